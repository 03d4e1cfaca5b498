"""Prepare jobs of many users while parts of the installation are broken at random.

Usage: ``python -m benchmarks.chaos``. Workers, web, Redis, database and storage are killed;
workers, web, Redis and storage are frozen, for less and for more than a lease; disks are filled
where a disk can be mounted. The seed decides what is requested and what is broken. At the end every
file is fetched, opened and compared with one that was made undisturbed. The run fails if a job is
lost, a file is damaged, a page was converted twice, or something is left behind.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.chaos.acts import Acts
from benchmarks.chaos.customers import Customers
from benchmarks.chaos.orders import PAGE_SIZE, ComicPlan, plan_comics, plan_orders
from benchmarks.chaos.site import BACKENDS, open_site
from benchmarks.chaos.verdict import Verdict, judge
from tests.queue.world import World
from tests.waiting import wait_for

BETWEEN_KILLS_SECONDS = (0.2, 2.0)
# Includes the time until it is mended. The orders are spread over the time of all kills.
EXPECTED_PER_KILL_SECONDS = 2.5
PATIENCE_SECONDS = 400


def run(backend: str, seed: int, jobs: int, kills: int, folder: Path) -> tuple[Verdict, Acts]:
    """Run one round of chaos in the folder, and return what became of all jobs."""
    chance = random.Random(f"{seed} orders")
    comics = plan_comics(chance, jobs)
    orders = plan_orders(chance, comics, jobs, kills * EXPECTED_PER_KILL_SECONDS)
    with open_site(backend, folder) as site:
        ids = _fill_library(site.world, comics)
        customers = Customers(site, ids)
        customers.sign_up()
        site.start()
        wait_for("a worker", site.world.worker_lives)
        with ThreadPoolExecutor(1) as thread:
            placing = thread.submit(customers.place, orders)
            acts = Acts(site)
            _havoc(acts, random.Random(f"{seed} kills"), kills)
            placing.result()
        verdict = judge(site, customers, orders, folder, PATIENCE_SECONDS)
        return verdict, acts


def _fill_library(world: World, comics: list[ComicPlan]) -> dict[str, str]:
    """Write the comics into the library and return the id of each by its name."""
    for comic in comics:
        world.put_comic(comic.name, comic.pages, PAGE_SIZE)
    world.scan(comics[0].name)
    return {comic.name: world.comic_id(comic.name) or "" for comic in comics}


def _havoc(acts: Acts, chance: random.Random, kills: int) -> None:
    """Break something as often as wanted, or until Ctrl-C, after which the run is judged."""
    interrupted = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    for number in range(1, kills + 1):
        if interrupted.wait(chance.uniform(*BETWEEN_KILLS_SECONDS)):
            break
        acts.perform(chance)
        print(f"\r{number} of {kills} kills", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    signal.signal(signal.SIGINT, signal.default_int_handler)


def _print(verdict: Verdict, acts: Acts, jobs: int, seconds: float) -> None:
    print(f"broken            {acts.done.total():>6}")
    for name, count in sorted(acts.done.items()):
        print(f"  {count:>5} x {name}")
    print(f"workers restarted {acts.restarts:>6}  after they ended by themselves")
    print(
        f"jobs submitted    {jobs:>6}  in {verdict.jobs} rows: "
        "equal requests share a job while it is unfinished"
    )
    print(f"ended right       {verdict.ended_right:>6}")
    print(f"lost              {len(verdict.lost):>6}")
    print(
        f"files opened      {verdict.files_opened:>6}  "
        "length, SHA-256 and checksums compared with an undisturbed run"
    )
    print(f"files damaged     {len(verdict.damaged):>6}")
    print(f"left behind       {len(verdict.left_behind):>6}")
    print(
        f"pages converted   {verdict.pages_converted:>6}  "
        f"twice on one machine: {verdict.converted_twice}; "
        f"again after a cancelled job, which keeps no pages: {verdict.converted_after_cancel}"
    )
    print(
        f"attempts          {verdict.attempts:>6}  "
        f"recovered after a crash: {verdict.recovered}, fenced: {verdict.fenced}"
    )
    print(f"seconds           {seconds:>6.0f}")
    for line in (*verdict.lost, *verdict.damaged, *verdict.left_behind):
        print(f"  {line}")


def main() -> int:
    """Run, print the verdict, and return 1 if it is bad."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=200)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--backend", choices=BACKENDS, default=BACKENDS[1])
    parser.add_argument(
        "--keep", type=Path, help="an empty folder to work in; it is kept, with its logs"
    )
    arguments = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        verdict, acts = run(
            arguments.backend, arguments.seed, arguments.jobs, arguments.kills, folder
        )
        print(f"{arguments.backend}, seed {arguments.seed}")
        _print(verdict, acts, arguments.jobs, time.monotonic() - started)
    return 0 if verdict.is_good else 1


if __name__ == "__main__":
    sys.exit(main())

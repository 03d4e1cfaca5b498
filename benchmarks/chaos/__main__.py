"""Prepare jobs of many users while workers, web and Redis are killed at random.

Usage: ``python -m benchmarks.chaos``. The seed decides what is requested and what is killed. At
the end every file is fetched, opened and compared with one that was made undisturbed. The run fails
if a job is lost, a file is damaged, or something is left behind.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.chaos.customers import Customers
from benchmarks.chaos.orders import PAGE_SIZE, ComicPlan, plan_comics, plan_orders
from benchmarks.chaos.site import BACKENDS, Site, open_site
from benchmarks.chaos.verdict import Verdict, judge
from tests.queue.world import World
from tests.waiting import wait_for

BETWEEN_KILLS_SECONDS = (0.2, 2.0)
# Includes the time of the restart. The orders are spread over the time of all kills.
EXPECTED_PER_KILL_SECONDS = 2.0
PATIENCE_SECONDS = 400


def run(backend: str, seed: int, jobs: int, kills: int, folder: Path) -> tuple[Verdict, Site]:
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
            _havoc(site, random.Random(f"{seed} kills"), kills)
            placing.result()
        verdict = judge(site, customers, orders, folder, PATIENCE_SECONDS)
        return verdict, site


def _fill_library(world: World, comics: list[ComicPlan]) -> dict[str, str]:
    """Write the comics into the library and return the id of each by its name."""
    for comic in comics:
        world.put_comic(comic.name, comic.pages, PAGE_SIZE)
    world.scan(comics[0].name)
    return {comic.name: world.comic_id(comic.name) or "" for comic in comics}


def _havoc(site: Site, chance: random.Random, kills: int) -> None:
    for number in range(1, kills + 1):
        time.sleep(chance.uniform(*BETWEEN_KILLS_SECONDS))
        site.kill_something(chance)
        print(f"\r{number} of {kills} kills", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def _print(verdict: Verdict, site: Site, jobs: int, seconds: float) -> None:
    killed = ", ".join(f"{count} x {name}" for name, count in sorted(site.kills.items()))
    print(f"killed            {site.kills.total():>6}  {killed}")
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
    parser.add_argument("--backend", choices=BACKENDS, default="postgres+redis")
    parser.add_argument(
        "--keep", type=Path, help="an empty folder to work in; it is kept, with its logs"
    )
    arguments = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        verdict, site = run(
            arguments.backend, arguments.seed, arguments.jobs, arguments.kills, folder
        )
        print(f"{arguments.backend}, seed {arguments.seed}")
        _print(verdict, site, arguments.jobs, time.monotonic() - started)
    return 0 if verdict.is_good else 1


if __name__ == "__main__":
    sys.exit(main())

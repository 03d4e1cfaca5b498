"""Measure the memory of the product at rest, and after many visitors have looked around.

Usage: ``python -m benchmarks.memory``. It starts the product with a library of 600 comics as the
README does, lets 20 visitors with 3 tabs each walk through every page 20 times, closes the tabs,
waits, and prints the proportional set sizes of all processes. It takes about ten minutes, and fails
if the sum is above its limit.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx

from benchmarks.many_comics import make_comics
from benchmarks.packaging.sample_pages import MEGABYTE
from benchmarks.visitors import Visitor, walk_all
from tests.attack.conftest import OWNER, cookie_of
from tests.browser.product import Product
from tests.waiting import wait_for

VISITORS, TABS, ROUNDS = 20, 3, 20
COMICS, SERIES = 600, 40
LIMIT_AT_REST_MB, LIMIT_AFTER = 280, 1.3
SCAN_SECONDS = 600
CALM_SECONDS = 30
# The states of a closed tab are kept that long here; the product keeps them for five minutes.
KEPT_SECONDS = 5
AFTER_SECONDS = 90


@dataclass(frozen=True)
class Memory:
    """The proportional set sizes of the product's processes in bytes, by what each is."""

    of_processes: tuple[tuple[str, int], ...]

    @property
    def megabytes(self) -> float:
        """The sum of all processes in megabytes."""
        return sum(size for _, size in self.of_processes) / MEGABYTE

    def line(self) -> str:
        """Return the sum and its parts as one line."""
        parts = ", ".join(f"{name} {size / MEGABYTE:.0f}" for name, size in self.of_processes)
        return f"{self.megabytes:.0f} MB ({parts})"


def measure(leader: int) -> Memory:
    """Return the memory of a process and all its descendants."""
    processes = [leader]
    for process in processes:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            processes += map(int, children.read_text().split())
    return Memory(tuple((_name(process), _pss_bytes(process)) for process in processes))


def _pss_bytes(process: int) -> int:
    """Return a process's share of memory: its own, and its part of what it shares (proc(5))."""
    rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    return 1024 * int(rollup.partition("\nPss:")[2].split()[0])


def _name(process: int) -> str:
    command = Path(f"/proc/{process}/cmdline").read_text().split("\0")
    return "worker" if "comic_downloads.worker" in command else "web"


def add_visitors(url: str) -> list[Visitor]:
    """Create the owner and the other accounts, and sign them in."""
    httpx.post(f"{url}/api/v1/setup", json=OWNER).raise_for_status()
    owner = cookie_of(url, OWNER)
    visitors = [Visitor(url, owner, 0)]
    for number in range(1, VISITORS):
        account = {"username": f"visitor{number}", "password": "a long enough password"}
        httpx.post(
            f"{url}/api/v1/users", json=account, headers={"Cookie": owner}, timeout=30
        ).raise_for_status()
        visitors.append(Visitor(url, cookie_of(url, account), number))
    return visitors


def has_all_comics(url: str, cookie: str) -> bool:
    """Return True once the first scan has found every comic."""
    answer = httpx.get(f"{url}/api/v1/comics", headers={"Cookie": cookie}, timeout=30)
    return answer.json()["total"] == COMICS


def report(what: str, memory: Memory, rest: Memory | None = None) -> None:
    """Print the memory, and how many times the memory at rest it is."""
    ratio = f"{memory.megabytes / rest.megabytes:.2f}x  " if rest else ""
    print(f"{what:28} {ratio}{memory.line()}", flush=True)


def run(product: Product, rounds: int) -> bool:
    """Measure the product before, while and after visitors use it; return False over a limit."""
    product.start()
    visitors = add_visitors(product.url)
    scanned = partial(has_all_comics, product.url, visitors[0].cookie)
    wait_for("the first scan", scanned, SCAN_SECONDS, every=1)
    time.sleep(CALM_SECONDS)
    report("after the first scan", measure(product.process_id))
    product.stop()

    product.start()
    time.sleep(CALM_SECONDS)
    rest = measure(product.process_id)
    report("at rest after a start", rest)
    asyncio.run(
        walk_all(
            visitors,
            TABS,
            rounds,
            lambda: report("all tabs open", measure(product.process_id), rest),
        )
    )
    time.sleep(AFTER_SECONDS)
    after = measure(product.process_id)
    report("after the tabs were closed", after, rest)
    return rest.megabytes <= LIMIT_AT_REST_MB and after.megabytes <= LIMIT_AFTER * rest.megabytes


def main() -> int:
    """Measure, print, and return 1 if the memory is above a limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.memory", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help="walks of each tab")
    parser.add_argument("--sources", type=Path, help="the sources of another version to measure")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="memory-") as temporary:
        folder = Path(temporary)
        make_comics(folder / "library", COMICS, SERIES)
        product = Product(
            folder,
            folder / "library",
            folder / "web",
            # As the README starts it: one worker process for each processor.
            WORKER_PROCESSES="",
            REFLEX_REDIS_TOKEN_EXPIRATION=str(KEPT_SECONDS),
        )
        if chosen.sources:
            product.root = chosen.sources
        try:
            return 0 if run(product, chosen.rounds) else 1
        finally:
            product.stop()


if __name__ == "__main__":
    sys.exit(main())

"""Measure what open pages, event streams and slow request bodies cost a web process in memory.

Usage: ``python -m benchmarks.connections [NAME ...]``. For each case, a new server is started and
measured at rest, while the connections are open, and a minute after they were closed. A stranger
and an account at one address are held to their limits; spread over accounts and addresses, all
connections are admitted, of each kind and of all together. The line says how many were admitted.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tests.attack.conftest import OWNER, cookie_of, running_server
from tests.attack.load import Load, Visitor, memory_bytes, web_process
from tests.attack.test_load import add_accounts, has_comics, slowest_answer
from tests.waiting import wait_for

PAGES, STREAMS, BODIES = 500, 300, 100
START_SECONDS = 60
CALM_SECONDS = 10
# The states of a closed page are kept that long here; the product keeps them for five minutes.
KEPT_SECONDS = 5
AFTER_SECONDS = 60
ACCOUNTS = 10
ADDRESS = "198.51.100.200"
MEGABYTE = 1_000_000


@dataclass(frozen=True)
class Case:
    """Who opens how many of each."""

    accounts: int
    pages: int
    streams: int
    bodies: int

    def visitors(self, url: str, owner: str) -> list[Visitor]:
        """Return those who open them: a stranger, or accounts with an address each."""
        if not self.accounts:
            return [Visitor(ADDRESS)]
        return add_accounts(url, owner, self.accounts)


CASES = {
    "stranger": Case(0, PAGES, 0, BODIES),
    "account": Case(1, PAGES, STREAMS, BODIES),
    "pages": Case(ACCOUNTS, PAGES, 0, 0),
    "streams": Case(ACCOUNTS, 0, STREAMS, 0),
    "bodies": Case(ACCOUNTS, 0, 0, BODIES),
    "all": Case(ACCOUNTS, PAGES, STREAMS, BODIES),
}


@dataclass(frozen=True)
class Memory:
    """Resident bytes of the web process, and the slowest answer while all was open."""

    rest: int
    during: int
    after: int
    slowest_seconds: float

    def line(self, connections: int) -> str:
        """Return the figures as one line."""
        cost = (self.during - self.rest) / connections / 1000
        return (
            f"{self.rest / MEGABYTE:.0f} MB at rest, {self.during / MEGABYTE:.0f} MB during "
            f"({self.during / self.rest:.2f}x, {cost:.0f} kB each), {self.after / MEGABYTE:.0f} MB "
            f"after ({self.after / self.rest:.2f}x), slowest answer {self.slowest_seconds:.2f} s"
        )


async def measure(load: Load, cookie: str, case: Case) -> Memory:
    """Open the connections, close them, and return the memory before, during and after."""
    process = web_process(urlsplit(load.url).port or 80)
    await asyncio.sleep(CALM_SECONDS)
    rest = memory_bytes(process)
    await load.open(case.pages, case.streams, case.bodies)
    slowest, during = await slowest_answer(load.url, cookie), memory_bytes(process)
    await load.close()
    await asyncio.sleep(AFTER_SECONDS)
    return Memory(rest, during, memory_bytes(process), slowest)


def measured(case: Case) -> str:
    """Measure the case in a server of its own, and return the figures."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_server(Path(folder), REFLEX_REDIS_TOKEN_EXPIRATION=str(KEPT_SECONDS)) as (url, _),
    ):
        owner = cookie_of(url, OWNER)
        load = Load(url, case.visitors(url, owner))
        wait_for("the demo comics", partial(has_comics, url, owner), START_SECONDS)
        memory = asyncio.run(measure(load, owner, case))
    counts = ", ".join(
        f"{load.admitted[kind]} {kind}"
        + (f" ({load.refused[kind]} refused)" if load.refused[kind] else "")
        for kind in sorted(load.admitted | load.refused)
    )
    return f"{counts}: {memory.line(load.admitted.total())}"


def main() -> None:
    """Measure each case that is named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], metavar="NAME")
    for name in parser.parse_args().cases or CASES:
        print(f"{name}: {measured(CASES[name])}", flush=True)


if __name__ == "__main__":
    main()

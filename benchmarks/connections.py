"""Measure what open pages, event streams and slow request bodies cost a web process in memory.

Usage: ``python -m benchmarks.connections``. For each kind and for all together, a new server is
started and measured at rest, while the connections are open, and a minute after they were closed.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from tests.attack.conftest import MEMBER, cookie_of, running_server
from tests.attack.load import memory_bytes, web_process
from tests.attack.test_load import Load, has_comics, slowest_answer
from tests.waiting import wait_for

PAGES, STREAMS, BODIES = 500, 300, 100
START_SECONDS = 60
CALM_SECONDS = 10
# The states of a closed page are kept that long here; the product keeps them for five minutes.
KEPT_SECONDS = 5
AFTER_SECONDS = 60
MEGABYTE = 1_000_000


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


async def measure(url: str, cookie: str, pages: int, streams: int, bodies: int) -> Memory:
    """Open the connections, close them, and return the memory before, during and after."""
    process = web_process(urlsplit(url).port or 80)
    await asyncio.sleep(CALM_SECONDS)
    rest = memory_bytes(process)
    load = Load(url, cookie)
    await load.open(pages, streams, bodies)
    slowest, during = await slowest_answer(url, cookie), memory_bytes(process)
    await load.close()
    await asyncio.sleep(AFTER_SECONDS)
    return Memory(rest, during, memory_bytes(process), slowest)


def main() -> None:
    """Measure each kind in a server of its own, then all together."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    for counts in ((PAGES, 0, 0), (0, STREAMS, 0), (0, 0, BODIES), (PAGES, STREAMS, BODIES)):
        with (
            tempfile.TemporaryDirectory() as folder,
            running_server(Path(folder), REFLEX_REDIS_TOKEN_EXPIRATION=str(KEPT_SECONDS)) as (
                url,
                _,
            ),
        ):
            cookie = cookie_of(url, MEMBER)
            wait_for("the demo comics", partial(has_comics, url, cookie), START_SECONDS)
            memory = asyncio.run(measure(url, cookie, *counts))
        names = ", ".join(
            f"{count} {name}"
            for count, name in zip(counts, ("pages", "streams", "bodies"), strict=True)
            if count
        )
        print(f"{names}: {memory.line(sum(counts))}", flush=True)


if __name__ == "__main__":
    main()

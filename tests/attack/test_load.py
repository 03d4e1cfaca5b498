"""Many strangers and open pages at once slow the server down little, and leave nothing behind."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from simple_websocket import AioClient

from comic_downloads.web.session.tab_states import SWEEP_SECONDS
from tests.attack.conftest import MEMBER, cookie_of, running_server
from tests.attack.load import (
    Connection,
    begin_body,
    memory_bytes,
    open_page,
    open_stream,
    web_process,
)
from tests.waiting import wait_for

SOCKETS, STREAMS, BODIES = 500, 300, 100
AT_ONCE = 20
ANSWER_SECONDS = 1.0
# Other work of the machine may delay some answers, but not those of so many rounds.
ROUNDS = 30
GROWTH_DURING, GROWTH_AFTER = 1.5, 1.1
# Closed sockets are kept until their next ping, and the sweep after it gives their memory back.
RETURN_SECONDS = 120
KEPT_SECONDS = 5


class Load:
    """What is open at the moment."""

    def __init__(self, url: str, cookie: str) -> None:
        self.url, self.cookie = url, cookie
        self._opened = 0
        self.pages: list[AioClient] = []
        self.connections: list[Connection] = []

    async def open(self, sockets: int, streams: int, bodies: int) -> None:
        """Open all of them, a few at a time."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def page() -> None:
            async with gate:
                number, self._opened = self._opened, self._opened + 1
                self.pages.append(await open_page(self.url, self.cookie, number))

        async def stream() -> None:
            async with gate:
                self.connections.append(await open_stream(self.url, self.cookie))

        async def body() -> None:
            async with gate:
                self.connections.append(await begin_body(self.url))

        await asyncio.gather(
            *(page() for _ in range(sockets)),
            *(stream() for _ in range(streams)),
            *(body() for _ in range(bodies)),
        )

    async def close(self) -> None:
        """Close them all."""
        await asyncio.gather(*(page.close() for page in self.pages))
        await asyncio.gather(*(connection.close() for connection in self.connections))
        self.pages, self.connections = [], []


def has_comics(url: str, cookie: str) -> bool:
    """Return True if the library has comics."""
    answer = httpx.get(f"{url}/api/v1/comics", headers={"Cookie": cookie})
    return answer.json()["total"] > 0


async def slowest_answer(url: str, cookie: str, requests: int = 10) -> float:
    """Return the seconds of the slowest of a few requests."""
    async with httpx.AsyncClient(headers={"Cookie": cookie}, timeout=30) as client:
        slowest = 0.0
        for _ in range(requests):
            began = time.monotonic()
            (await client.get(f"{url}/api/v1/me")).raise_for_status()
            slowest = max(slowest, time.monotonic() - began)
    return slowest


async def answers_soon(url: str, cookie: str) -> bool:
    """Return True once all answers of a round come in time; False if they never do."""
    for _ in range(ROUNDS):
        if await slowest_answer(url, cookie) < ANSWER_SECONDS:
            return True
    return False


async def falls_below(process: int, limit_bytes: float) -> bool:
    """Wait until the process holds less memory than that; return False if it never does."""
    for _ in range(RETURN_SECONDS):
        await asyncio.sleep(1)
        if memory_bytes(process) < limit_bytes:
            return True
    return False


def test_many_pages_streams_and_slow_bodies_neither_stop_answers_nor_keep_memory(tmp_path: Path):
    with running_server(tmp_path, REFLEX_REDIS_TOKEN_EXPIRATION=str(KEPT_SECONDS)) as (url, _):
        cookie = cookie_of(url, MEMBER)
        wait_for("the demo comics to be read", lambda: has_comics(url, cookie))
        process = web_process(urlsplit(url).port or 80)

        async def test() -> None:
            load = Load(url, cookie)
            # The first time, Python's allocator grows by what it cannot give back
            # (benchmarks/connections.py shows how much).
            await load.open(SOCKETS, STREAMS, BODIES)
            await load.close()
            await asyncio.sleep(2 * SWEEP_SECONDS + KEPT_SECONDS)
            rest = memory_bytes(process)

            await load.open(SOCKETS, STREAMS, BODIES)
            answered, during = await answers_soon(url, cookie), memory_bytes(process)
            await load.close()
            returned = await falls_below(process, GROWTH_AFTER * rest)

            assert answered
            assert during < GROWTH_DURING * rest
            assert returned

        # Playwright may have left an event loop running in the main thread.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, test()).result()

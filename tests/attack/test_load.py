"""Many strangers and open pages at once slow the server down little, and leave nothing behind."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
import pytest

from comic_downloads.web.api.middleware.tab_limits import MAX_OF_ACCOUNT, MAX_OF_NETWORK
from comic_downloads.web.api.routes.events import MAX_STREAMS
from comic_downloads.web.session.tab_states import SWEEP_SECONDS
from tests.attack.conftest import OWNER, cookie_of, running_server
from tests.attack.load import Load, Visitor, memory_bytes, web_process
from tests.waiting import wait_for

SOCKETS, STREAMS, BODIES = 500, 300, 100
# Each opens 25 pages, and as many again, which is no more than it may open at once.
ACCOUNTS = 20
ANSWER_SECONDS = 1.0
# Other work of the machine may delay some answers, but not those of so many rounds.
ROUNDS = 30
GROWTH_DURING, GROWTH_AFTER = 1.5, 1.1
# Closed sockets are kept until their next ping, and the sweep after it gives their memory back.
RETURN_SECONDS = 120
KEPT_SECONDS = 5
ADDRESS = "198.51.100.200"


@dataclass(frozen=True)
class Server:
    """A server with a process that has just started, and the cookie of an account."""

    url: str
    process: int
    cookie: str


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Yield a server of their own for these tests, one after the other."""
    folder = tmp_path_factory.mktemp("busy")
    with running_server(folder, REFLEX_REDIS_TOKEN_EXPIRATION=str(KEPT_SECONDS)) as (url, _):
        cookie = cookie_of(url, OWNER)
        wait_for("the demo comics to be read", lambda: has_comics(url, cookie))
        yield Server(url, web_process(urlsplit(url).port or 80), cookie)


def add_accounts(url: str, owner: str, count: int) -> list[Visitor]:
    """Create so many accounts, and return each as a visitor at an address of its own."""
    visitors = []
    for number in range(count):
        account = {"username": f"visitor{number}", "password": "a long enough password"}
        answer = httpx.post(
            f"{url}/api/v1/users", json=account, headers={"Cookie": owner}, timeout=30
        )
        answer.raise_for_status()
        visitors.append(Visitor(f"198.51.100.{number}", cookie_of(url, account)))
    return visitors


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


def run(test: Callable[[], Coroutine[None, None, None]]) -> None:
    """Run the coroutine in a thread: Playwright may have left an event loop in the main one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(test())).result()


def test_stranger_and_account_with_hundreds_of_connections_are_held_to_their_limits(
    busy: Server,
) -> None:
    async def test() -> None:
        # The first pages of a process also load what it keeps for the next.
        first = Load(busy.url, [Visitor(ADDRESS), Visitor(ADDRESS, busy.cookie)])
        await first.open(20, 0, 10)
        await first.close()
        await asyncio.sleep(2 * SWEEP_SECONDS + KEPT_SECONDS)
        rest = memory_bytes(busy.process)
        stranger = Load(busy.url, [Visitor(ADDRESS)])
        account = Load(busy.url, [Visitor(ADDRESS, busy.cookie)])

        await stranger.open(SOCKETS, 0, BODIES)
        await account.open(SOCKETS, STREAMS, 0)
        answered, during = await answers_soon(busy.url, busy.cookie), memory_bytes(busy.process)
        await stranger.close()
        await account.close()
        returned = await falls_below(busy.process, GROWTH_AFTER * rest)

        assert stranger.admitted["pages"] <= MAX_OF_NETWORK
        assert account.admitted["pages"] <= MAX_OF_ACCOUNT
        assert account.admitted["streams"] == MAX_STREAMS
        assert answered
        assert during < GROWTH_DURING * rest
        assert returned

    run(test)


def test_many_pages_streams_and_slow_bodies_neither_stop_answers_nor_keep_memory(
    busy: Server,
) -> None:
    async def test() -> None:
        visitors = add_accounts(busy.url, busy.cookie, ACCOUNTS)
        load = Load(busy.url, visitors)
        # The first time, Python's allocator grows by what it cannot give back
        # (benchmarks/connections.py shows how much).
        await load.open(SOCKETS, STREAMS, BODIES)
        await load.close()
        await asyncio.sleep(2 * SWEEP_SECONDS + KEPT_SECONDS)
        rest = memory_bytes(busy.process)

        await load.open(SOCKETS, STREAMS, BODIES)
        answered, during = await answers_soon(busy.url, busy.cookie), memory_bytes(busy.process)
        await load.close()
        returned = await falls_below(busy.process, GROWTH_AFTER * rest)

        assert not load.refused
        assert answered
        assert during < GROWTH_DURING * rest
        assert returned

    run(test)

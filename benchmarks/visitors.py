"""Visitors who look around: each has several tabs, which load pages and pictures as browsers do."""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
from simple_websocket import AioClient

from tests.attack.socket_client import NAMESPACE, STATES

HYDRATE = f"{STATES}.hydrate_and_load"
NAVIGATE = f"{STATES}.reflex___state____on_load_internal_state.on_load_internal"
# The last message that a page gets when it is loaded.
IS_LOADED = '"is_hydrated_rx_state_":true'
PAGES = ("/", "/comics/{comic}", "/downloads", "/shared", "/account", "/people", "/queue", "/lost")
PICTURES = re.compile(r'"(/api/v1/comics/[^"]+?/(?:cover|pages/\d+)\?[^"]*)"')
COMIC = re.compile(r'"(?:/api/v1)?/comics/([0-9A-Za-z_-]+)[/"]')
LOAD_SECONDS = 120.0
AT_ONCE = 6  # Browsers open no more connections to a server.


class Visitor:
    """A signed-in person, whose browser keeps the pictures that it has loaded."""

    def __init__(self, url: str, cookie: str, number: int) -> None:
        self.url, self.cookie, self.number = url, cookie, number
        # Each address may open only so many tabs.
        self.headers = {"Cookie": cookie, "X-Forwarded-For": f"198.51.100.{number}"}
        self._known: set[str] = set()
        self._gate = asyncio.Semaphore(AT_ONCE)

    async def load_pictures(self, client: httpx.AsyncClient, text: str) -> None:
        """Load the pictures that a page shows, if they are new."""
        new = set(PICTURES.findall(text)) - self._known
        self._known |= new
        await asyncio.gather(*(self._load(client, path) for path in new))

    async def _load(self, client: httpx.AsyncClient, path: str) -> None:
        async with self._gate:
            (await client.get(self.url + path, headers=self.headers)).raise_for_status()


class Tab:
    """One tab of a visitor."""

    def __init__(self, visitor: Visitor, client: httpx.AsyncClient, number: int) -> None:
        self._visitor, self._client, self._number = visitor, client, number
        self._socket: AioClient | None = None
        self._comics: list[str] = []

    async def walk(self, rounds: int) -> None:
        """Visit every page that many times, another comic each time."""
        for path in self._path(rounds):
            text = await self._open(path) if self._socket is None else await self._go(path)
            self._comics = list(dict.fromkeys(COMIC.findall(text))) if path == "/" else self._comics
            await self._visitor.load_pictures(self._client, text)

    def _path(self, rounds: int) -> Iterator[str]:
        step = self._visitor.number + self._number
        for turn in range(rounds):
            for page in PAGES:
                comic = self._comics[(turn + step) % len(self._comics)] if self._comics else ""
                yield page.format(comic=comic)

    async def _open(self, path: str) -> str:
        """Load the document and open the websocket; return what the page is sent."""
        url, headers = self._visitor.url, self._visitor.headers
        (await self._client.get(url + path, headers=headers)).raise_for_status()
        named = {**headers, "Origin": url}
        self._socket = await AioClient.connect(
            f"ws://{urlsplit(url).netloc}/_event/?EIO=4&transport=websocket&token={uuid.uuid4()}",
            # The annotation of the library is narrower than what its HTTP layer takes: bytes.
            headers={name.encode(): value.encode() for name, value in named.items()},  # pyright: ignore[reportArgumentType]
        )
        await self._socket.send(f"40{NAMESPACE},")
        return await self._call(HYDRATE, path)

    async def _go(self, path: str) -> str:
        return await self._call(NAVIGATE, path)

    async def _call(self, name: str, path: str) -> str:
        """Send the event, and return all messages until the page is loaded."""
        assert self._socket is not None
        place = {"pathname": path, "asPath": path, "query": {}}
        event = {"name": name, "payload": {}, "router_data": place}
        await self._socket.send(f"42{NAMESPACE}," + json.dumps(["event", event]))
        heard = ""
        async with asyncio.timeout(LOAD_SECONDS):
            while IS_LOADED not in heard:
                message = await self._socket.receive()
                # Engine.IO's ping, which the client answers with a pong.
                if message == "2":
                    await self._socket.send("3")
                heard += str(message)
        return heard

    async def close(self) -> None:
        """Close the websocket."""
        if self._socket is not None:
            await self._socket.close()


async def walk_all(
    visitors: list[Visitor], tabs_each: int, rounds: int, when_open: Callable[[], None]
) -> None:
    """Let all tabs walk at the same time, call ``when_open`` at the end, and close them."""
    async with httpx.AsyncClient(timeout=LOAD_SECONDS) as client:
        tabs = [Tab(visitor, client, number) for visitor in visitors for number in range(tabs_each)]
        await asyncio.gather(*(tab.walk(rounds) for tab in tabs))
        when_open()
        await asyncio.gather(*(tab.close() for tab in tabs))

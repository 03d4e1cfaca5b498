"""Many clients at once: pages, event streams, and requests that never finish their bodies."""

from __future__ import annotations

import asyncio
import json
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from simple_websocket import AioClient, ConnectionClosed
from simple_websocket import ConnectionError as Refused

from tests.attack.socket_client import HYDRATE, NAMESPACE, handler

ENTER = handler("tray", "tray_state", "enter")
LOAD = handler("library", "library_state", "load")
AT_ONCE = 20
# What each page gets at last: a member's library, or a stranger's way to the page to sign in.
LIBRARY_IS_SHOWN, STRANGER_IS_SENT_AWAY = '"phase_rx_state_":"ready"', "/sign-in"
REFUSED_STATUS = 429
ANSWER_SECONDS = 0.5
_PAGE = {"pathname": "/", "asPath": "/", "query": {}}


class TooMany(Exception):
    """The server has refused to open one more."""


@dataclass(frozen=True)
class Visitor:
    """Somebody at an address, which a proxy on this machine tells; a stranger has no cookie."""

    address: str
    cookie: str = ""

    def headers(self, url: str) -> dict[str, str]:
        """Return the headers of a page's request."""
        return {"Origin": url, "X-Forwarded-For": self.address, "Cookie": self.cookie}


@dataclass
class Load:
    """What many visitors have open at the moment, and how much was refused to them."""

    url: str
    visitors: Sequence[Visitor]
    admitted: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    _open: list[Page | Connection] = field(default_factory=list)

    async def open(self, pages: int, streams: int, bodies: int) -> None:
        """Open so many of each, a few at a time, by the visitors in turn."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(kind: str, opening: Opening, visitor: Visitor) -> None:
            async with gate:
                try:
                    self._open.append(await opening(self.url, visitor))
                    self.admitted[kind] += 1
                except TooMany:
                    self.refused[kind] += 1

        kinds: tuple[tuple[str, Opening, int], ...] = (
            ("pages", open_page, pages),
            ("streams", open_stream, streams),
            ("bodies", begin_body, bodies),
        )
        await asyncio.gather(
            *(
                one(kind, opening, self.visitors[number % len(self.visitors)])
                for kind, opening, count in kinds
                for number in range(count)
            )
        )

    async def close(self) -> None:
        """Close them all."""
        await asyncio.gather(*(one.close() for one in self._open))
        self._open = []


class Page:
    """An open page, which answers the server's pings."""

    def __init__(self, socket: AioClient) -> None:
        self._socket = socket
        self._answering = asyncio.create_task(self._answer_pings())

    async def _answer_pings(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                if await self._socket.receive() == "2":
                    await self._socket.send("3")

    async def close(self) -> None:
        """Close the page."""
        self._answering.cancel()
        await self._socket.close()


async def open_page(url: str, visitor: Visitor) -> Page:
    """Open the library's page as a browser does, and wait until it shows something.

    Raises TooMany.
    """
    try:
        socket = await AioClient.connect(
            f"ws://{urlsplit(url).netloc}/_event/?EIO=4&transport=websocket&token={uuid.uuid4()}",
            # The annotation of the library is narrower than what its HTTP layer takes: bytes.
            headers={name.encode(): value.encode() for name, value in visitor.headers(url).items()},  # pyright: ignore[reportArgumentType]
        )
    except Refused as refused:
        if refused.status_code != REFUSED_STATUS:
            raise
        raise TooMany from refused
    await socket.send(f"40{NAMESPACE},")
    for name in (HYDRATE, ENTER, LOAD):
        event = {"name": name, "payload": {}, "router_data": _PAGE}
        await socket.send(f"42{NAMESPACE}," + json.dumps(["event", event]))
    end = LIBRARY_IS_SHOWN if visitor.cookie else STRANGER_IS_SENT_AWAY
    while end not in str(await socket.receive()):
        pass
    return Page(socket)


class Connection:
    """An HTTP connection whose request was begun."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def begin(cls, url: str, head: str, body: bytes = b"") -> Connection:
        """Send the head of a request, and the beginning of its body."""
        address = urlsplit(url)
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        writer.write(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        await writer.drain()
        return cls(reader, writer)

    async def status(self) -> str:
        """Return the first line of the answer."""
        return (await self._reader.readline()).decode().strip()

    async def close(self) -> None:
        """Close the connection."""
        self._writer.close()
        with suppress(ConnectionError):
            await self._writer.wait_closed()


async def open_stream(url: str, visitor: Visitor) -> Connection:
    """Open a stream of an account's events, and wait until it has begun. Raises TooMany."""
    stream = await Connection.begin(url, _head("GET /api/v1/events", url, visitor))
    status = await stream.status()
    if str(REFUSED_STATUS) in status:
        await stream.close()
        raise TooMany
    assert "200" in status
    return stream


async def begin_body(url: str, visitor: Visitor) -> Connection:
    """Send a request whose body stops after one byte. Raises TooMany."""
    head = _head("POST /api/v1/session", url, visitor)
    head += "\nContent-Type: application/json\nContent-Length: 1000"
    connection = await Connection.begin(url, head, b"{")
    # Only a refusal is answered.
    with suppress(TimeoutError):
        async with asyncio.timeout(ANSWER_SECONDS):
            assert str(REFUSED_STATUS) in await connection.status()
            await connection.close()
            raise TooMany
    return connection


Opening = Callable[[str, Visitor], Awaitable[Page | Connection]]


def _head(request: str, url: str, visitor: Visitor) -> str:
    fields = {"Host": urlsplit(url).netloc, **visitor.headers(url)}
    return "\n".join([f"{request} HTTP/1.1", *(f"{key}: {fields[key]}" for key in fields)])


def web_process(port: int) -> int:
    """Return the id of the process that listens on a port of this machine."""
    listening = f":{port:04X} "
    inodes = {
        fields[9]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for fields in map(str.split, Path(table).read_text().splitlines()[1:])
        if fields[1].endswith(listening.strip()) and fields[3] == "0A"
    }
    holders = []
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if descriptor.readlink().name.removeprefix("socket:[").rstrip("]") in inodes:
                holders.append(int(descriptor.parts[2]))
    # The parent process may hold the socket as well, which it opened before the web process.
    return max(holders)


def memory_bytes(process_id: int) -> int:
    """Return the resident memory of a process."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return 1024 * int(status.partition("VmRSS:")[2].split()[0])

"""Many clients at once: pages, event streams, and requests that never finish their bodies."""

from __future__ import annotations

import asyncio
import json
import uuid
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from simple_websocket import AioClient

from tests.attack.socket_client import HYDRATE, NAMESPACE, handler

ENTER = handler("tray", "tray_state", "enter")
LOAD = handler("library", "library_state", "load")
SOCKETS_PER_ADDRESS = 50
_PAGE = {"pathname": "/", "asPath": "/", "query": {}}


async def open_page(url: str, cookie: str, number: int) -> AioClient:
    """Open the library's page as a browser does, and wait until it shows the library."""
    headers = {
        "Cookie": cookie,
        "Origin": url,
        # Each address may open only so many tabs.
        "X-Forwarded-For": f"198.51.100.{number // SOCKETS_PER_ADDRESS}",
    }
    socket = await AioClient.connect(
        f"ws://{urlsplit(url).netloc}/_event/?EIO=4&transport=websocket&token={uuid.uuid4()}",
        # The annotation of the library is narrower than what its HTTP layer takes: bytes.
        headers={name.encode(): value.encode() for name, value in headers.items()},  # pyright: ignore[reportArgumentType]
    )
    await socket.send(f"40{NAMESPACE},")
    for name in (HYDRATE, ENTER, LOAD):
        event = {"name": name, "payload": {}, "router_data": _PAGE}
        await socket.send(f"42{NAMESPACE}," + json.dumps(["event", event]))
    while '"phase_rx_state_":"ready"' not in str(await socket.receive()):
        pass
    return socket


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


async def open_stream(url: str, cookie: str) -> Connection:
    """Open a stream of an account's events, and wait until it has begun."""
    head = f"GET /api/v1/events HTTP/1.1\nHost: {urlsplit(url).netloc}\nCookie: {cookie}"
    stream = await Connection.begin(url, head)
    assert "200" in await stream.status()
    return stream


async def begin_body(url: str) -> Connection:
    """Send a request whose body stops after one byte."""
    head = (
        f"POST /api/v1/session HTTP/1.1\nHost: {urlsplit(url).netloc}\n"
        "Content-Type: application/json\nContent-Length: 1000"
    )
    return await Connection.begin(url, head, b"{")


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

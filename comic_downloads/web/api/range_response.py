"""Sending a planned answer from an open file.

Starlette's FileResponse is not used: it reopens the path it has measured, makes its ETag from time and size, answers
HEAD with 206, knows no 304 and 412, and refuses all ranges because of one.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from io import UnsupportedOperation
from typing import BinaryIO, Protocol

import anyio
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ...domain.ranges import ByteRange
from .range_plan import Plan

CHUNK_BYTES = 96 * 1024  # smaller ones are slower (benchmarks/serving.py), larger ones take more memory for each slow client
STALLED_SECONDS = 600  # a client that takes nothing for so long is gone, or can resume
log = logging.getLogger(__name__)
_READ_WHAT_IS_IN_MEMORY: int | None = getattr(os, "RWF_NOWAIT", None)  # Linux alone
ReadAt = Callable[[int, int], Awaitable[bytes]]


class Tally(Protocol):
    """Told of every piece of the file that was handed to the network, and once of the end."""

    def sent(self, start: int, end: int) -> None: ...

    def end(self, *, client_left: bool) -> None: ...


def joined_headers(headers: Headers) -> dict[str, str]:
    """The headers by their lower-case names, lines of one name joined by a comma."""
    joined: dict[str, str] = {}
    for name, value in headers.items():
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def response_from_memory(plan: Plan, data: bytes = b"") -> Response:
    """The planned answer where the file is in memory, or where none of its bytes are wanted."""
    parts = (part if isinstance(part, bytes) else data[part.start : part.end] for part in plan.segments)
    response = Response(b"".join(parts), plan.status)
    response.init_headers(plan.headers)
    return response


class RangeResponse(Response):
    """Sends a Plan and closes the file. ``begin`` is called when sending begins, to count what the network takes."""

    def __init__(self, plan: Plan, file: BinaryIO, begin: Callable[[], Tally]) -> None:
        self.status_code = plan.status
        self.background = None
        self.body = b""
        self.init_headers(plan.headers)
        self._plan = plan
        self._file = file
        self._begin = begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        tally, whole = self._begin(), False
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(_cancel_on_disconnect, receive, group.cancel_scope)
                await self._send(send, tally)
                whole = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})
                group.cancel_scope.cancel()
        except* TimeoutError:  # ending here makes the server close the connection, the client sees that it is not whole
            log.info("A client took nothing for %s s; its connection is closed", STALLED_SECONDS, extra={"action": "stalled"})
        finally:
            self._file.close()
            tally.end(client_left=not whole)

    async def _send(self, send: Send, tally: Tally) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        for segment in self._plan.segments:
            if isinstance(segment, bytes):
                await send({"type": "http.response.body", "body": segment, "more_body": True})
            else:
                await self._send_range(segment, send, tally)

    async def _send_range(self, part: ByteRange, send: Send, tally: Tally) -> None:
        read_at, now = _reader(self._file), asyncio.get_running_loop().time
        position = part.start
        async with asyncio.timeout(STALLED_SECONDS) as patience:
            while position < part.end:
                chunk = await read_at(position, min(CHUNK_BYTES, part.end - position))
                if not chunk:  # the file was cut: breaking off tells the client that its copy is not whole
                    raise EOFError("the stored file is shorter than it was")
                patience.reschedule(now() + STALLED_SECONDS)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                start, position = position, position + len(chunk)
                if position < part.end:
                    # granian's send returns at once, without an error, when the client has left: only by yielding do we
                    # learn of it. After the last piece a client may well leave: it has everything.
                    await asyncio.sleep(0)
                tally.sent(start, position)


async def _cancel_on_disconnect(receive: Receive, scope: anyio.CancelScope) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    scope.cancel()


def _reader(file: BinaryIO) -> ReadAt:
    try:
        descriptor = file.fileno()
    except (UnsupportedOperation, AttributeError):
        return lambda position, size: anyio.to_thread.run_sync(_read_stream, file, position, size)
    if _READ_WHAT_IS_IN_MEMORY is None:
        return lambda position, size: anyio.to_thread.run_sync(os.pread, descriptor, size, position)
    return lambda position, size: _read_file(descriptor, position, size)


async def _read_file(descriptor: int, position: int, size: int) -> bytes:
    """Reads on the event loop what the kernel has in memory, and in a thread what it would have to wait for."""
    buffer = bytearray(size)
    try:
        count = os.preadv(descriptor, [buffer], position, _READ_WHAT_IS_IN_MEMORY or 0)
    except OSError:  # not in memory, or a file system that cannot tell
        return await anyio.to_thread.run_sync(os.pread, descriptor, size, position)
    return bytes(memoryview(buffer)[:count])


def _read_stream(file: BinaryIO, position: int, size: int) -> bytes:
    file.seek(position)
    return file.read(size)

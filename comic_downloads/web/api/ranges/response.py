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
from types import TracebackType
from typing import BinaryIO, Protocol, Self

import anyio
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ....domain.ranges import ByteRange
from .plan import Plan

CHUNK_BYTES = (
    96 * 1024
)  # smaller ones are slower (benchmarks/serving.py), larger ones take more memory for each slow client
TELL_BYTES, TELL_SECONDS = (
    1024 * 1024,
    0.05,
)  # after so much, or so long, it is counted and the event loop has its turn
LAST_BYTES = 4 * CHUNK_BYTES  # of these after every chunk: who leaves now has not got all
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
    parts = (
        part if isinstance(part, bytes) else data[part.start : part.end] for part in plan.segments
    )
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
            async with _Listener(receive) as listener:
                await self._send(send, tally, listener)
                whole = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except _ClientGone as gone:  # ending here makes the server close the connection: whoever listens sees it is not whole
            log.info("Sending ended: %s", gone, extra={"action": "client_gone"})
        finally:
            _close(self._file)
            tally.end(client_left=not whole)

    async def _send(self, send: Send, tally: Tally, listener: _Listener) -> None:
        await send(
            {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
        )
        for segment in self._plan.segments:
            if isinstance(segment, bytes):
                await send({"type": "http.response.body", "body": segment, "more_body": True})
            else:
                await self._send_range(segment, send, tally, listener)

    async def _send_range(
        self, part: ByteRange, send: Send, tally: Tally, listener: _Listener
    ) -> None:
        read_at, now = _reader(self._file), asyncio.get_running_loop().time
        position = told = part.start
        told_at = now()
        try:
            while position < part.end:
                chunk = await read_at(position, min(CHUNK_BYTES, part.end - position))
                if (
                    not chunk
                ):  # the file was cut: breaking off tells the client that its copy is not whole
                    raise EOFError("the stored file is shorter than it was")
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                position += len(chunk)
                left = part.end - position
                # after the last piece a client may well leave: it has everything
                if left and (
                    left <= LAST_BYTES
                    or position - told >= TELL_BYTES
                    or now() - told_at >= TELL_SECONDS
                ):
                    await listener.check()
                    tally.sent(told, position)
                    told, told_at = position, now()
        finally:
            if told < position:
                tally.sent(told, position)


class _ClientGone(Exception):
    """The client left, or takes nothing any more."""


class _Listener:
    """Notices that a client is gone. An asynchronous context manager, which raises _ClientGone also while something waits."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._patience = asyncio.timeout(STALLED_SECONDS)

    async def __aenter__(self) -> Self:
        await self._patience.__aenter__()
        self._leaving = asyncio.create_task(self._wait_for_disconnect())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        has_left = self._leaving.done()
        self._leaving.cancel()
        try:
            await self._patience.__aexit__(kind, error, trace)
        except TimeoutError as timeout:
            raise _ClientGone(
                "the client left" if has_left else f"it took nothing for {STALLED_SECONDS} s"
            ) from timeout

    async def check(self) -> None:
        """Called after the client took something; lets everybody else have a turn.

        granian's send returns at once, without an error, when the client has left: only by yielding do we learn of it.
        """
        await asyncio.sleep(0)
        if self._leaving.done():
            raise _ClientGone("the client left")
        self._patience.reschedule(asyncio.get_running_loop().time() + STALLED_SECONDS)

    async def _wait_for_disconnect(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._patience.reschedule(asyncio.get_running_loop().time())


def _close(file: BinaryIO) -> None:
    """Closes the file now, and in a thread where that waits for a read which has not come back."""
    if _descriptor(file) is None:
        asyncio.get_running_loop().run_in_executor(None, file.close)
    else:
        file.close()


def _descriptor(file: BinaryIO) -> int | None:
    try:
        return file.fileno()
    except (UnsupportedOperation, AttributeError):
        return None


def _reader(file: BinaryIO) -> ReadAt:
    descriptor = _descriptor(file)
    if descriptor is None:
        return lambda position, size: anyio.to_thread.run_sync(_read_stream, file, position, size)
    if _READ_WHAT_IS_IN_MEMORY is None:
        return lambda position, size: anyio.to_thread.run_sync(os.pread, descriptor, size, position)
    buffer = memoryview(
        bytearray(CHUNK_BYTES)
    )  # a new one for each piece took a quarter of the time of reading it
    return lambda position, size: _read_file(descriptor, position, buffer[:size])


async def _read_file(descriptor: int, position: int, buffer: memoryview) -> bytes:
    """Reads on the event loop what the kernel has in memory, and in a thread what it would have to wait for."""
    try:
        count = os.preadv(descriptor, [buffer], position, _READ_WHAT_IS_IN_MEMORY or 0)
    except OSError:  # not in memory, or a file system that cannot tell
        return await anyio.to_thread.run_sync(os.pread, descriptor, len(buffer), position)
    return bytes(buffer[:count])


def _read_stream(file: BinaryIO, position: int, size: int) -> bytes:
    file.seek(position)
    return file.read(size)

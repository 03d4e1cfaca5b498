"""Send a planned answer from an open file.

Starlette's FileResponse is not used: it reopens the path that it measured, derives its ETag from
time and size, answers HEAD with 206, does not know 304 and 412, and refuses all ranges because of
one.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from io import UnsupportedOperation
from types import TracebackType
from typing import BinaryIO, Protocol, Self, cast

import anyio
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ....domain.ranges import ByteRange
from .plan import Plan

# Smaller chunks are slower (benchmarks/serving.py), larger ones take more memory per slow client:
# the web server holds six of them. So the more transfers there are, the smaller they are.
CHUNK_BYTES = 96 * 1024
LARGE_CHUNK_BYTES = 256 * 1024
MOST_WITH_LARGE_CHUNKS = 4
SMALL_CHUNK_BYTES = 48 * 1024
MOST_WITH_MEDIUM_CHUNKS = 20
# After this many bytes, or this long, what was sent is counted and other tasks run.
COUNT_BYTES = 1024 * 1024
COUNT_SECONDS = 0.05
# The last bytes of a range are counted after every chunk, because a client that leaves there has
# not received the whole file.
LAST_BYTES = 4 * CHUNK_BYTES
# A client that accepts nothing for this long has left, or can resume.
STALLED_SECONDS = 600
# Reads only what the kernel has in memory; exists on Linux only.
_READ_CACHED_ONLY: int | None = getattr(os, "RWF_NOWAIT", None)

log = logging.getLogger(__name__)
ReadAt = Callable[[int, int], Awaitable[bytes | bytearray]]


class Tally(Protocol):
    """Counts the pieces of the file that the network accepted."""

    def sent(self, start: int, end: int) -> None:
        """Count the bytes from ``start`` to ``end``."""
        ...

    def end(self, *, client_left: bool) -> None:
        """Note the end of the transfer, and whether the client left before it."""
        ...


class Body(Protocol):
    """The bytes of a file that is not one file on the disk, read by their position."""

    async def read_at(self, position: int, size: int, /) -> bytes | bytearray:
        """Return up to ``size`` bytes from ``position`` on, and at least one.

        Raises:
            BrokenOff: They cannot be had.
        """
        ...

    def close(self) -> None:
        """Release what is held. It must not block."""
        ...


class BrokenOff(Exception):
    """The rest of the file cannot be sent; the text says why."""


def transfers_under_way() -> int:
    """Return how many files this process sends now, and at least one."""
    return max(RangeResponse.under_way, 1)


def joined_headers(headers: Headers) -> dict[str, str]:
    """Return the headers by lower-case name, with repeated ones joined by a comma."""
    joined: dict[str, str] = {}
    for name, value in headers.items():
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


def response_from_memory(plan: Plan, data: bytes = b"") -> Response:
    """Return the planned answer for a file in memory, or for one without its bytes."""
    parts = (
        part if isinstance(part, bytes) else data[part.start : part.end] for part in plan.segments
    )
    response = Response(b"".join(parts), plan.status)
    response.init_headers(plan.headers)
    return response


class RangeResponse(Response):
    """Sends a Plan and closes the file. ``begin`` is called when sending begins."""

    # Of this process; all of them are sent from its event loop.
    under_way = 0

    def __init__(self, plan: Plan, file: BinaryIO | Body, begin: Callable[[], Tally]) -> None:
        self.status_code = plan.status
        self.background = None
        self.body = b""
        self.init_headers(plan.headers)
        self._plan = plan
        self._file = file
        self._begin = begin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the answer; count and log how it ended."""
        tally, whole = self._begin(), False
        RangeResponse.under_way += 1
        try:
            async with _Listener(receive) as listener:
                await self._send(send, tally, listener)
                whole = True
                await send({"type": "http.response.body", "body": b"", "more_body": False})
        except _ClientGone as gone:
            # Returning early makes the server close the connection, so that a client that still
            # listens notices that the file is incomplete.
            log.info("Transfer ended early: %s", gone, extra={"action": "client_gone"})
        except BrokenOff as reason:
            log.warning("Transfer broken off: %s", reason, extra={"action": "broken_off"})
        finally:
            RangeResponse.under_way -= 1
            close(self._file)
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
        file, now = self._file, asyncio.get_running_loop().time
        body = _body(file)
        read_at = reader(cast("BinaryIO", file)) if body is None else body.read_at
        position = counted = part.start
        counted_at = now()
        try:
            while position < part.end:
                chunk = await read_at(position, _chunk_bytes(part.end - position))
                # Closing the connection tells the client that its copy is incomplete.
                if not chunk:
                    raise EOFError("the stored file is shorter than when it was opened")
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                position += len(chunk)
                left = part.end - position
                # A client that leaves after the last chunk has everything.
                if left and (
                    left <= LAST_BYTES
                    or position - counted >= COUNT_BYTES
                    or now() - counted_at >= COUNT_SECONDS
                ):
                    await listener.check()
                    tally.sent(counted, position)
                    counted, counted_at = position, now()
        finally:
            if counted < position:
                tally.sent(counted, position)


def _chunk_bytes(left: int) -> int:
    """Return how many of the ``left`` bytes of a range are sent next."""
    transfers = transfers_under_way()
    if transfers <= MOST_WITH_LARGE_CHUNKS and left >= LAST_BYTES + LARGE_CHUNK_BYTES:
        return LARGE_CHUNK_BYTES
    return min(left, CHUNK_BYTES if transfers <= MOST_WITH_MEDIUM_CHUNKS else SMALL_CHUNK_BYTES)


class _ClientGone(Exception):
    """The client left, or has accepted nothing for STALLED_SECONDS."""


class _Listener:
    """Notices that a client has left; raises _ClientGone, also while something waits."""

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
                "the client left" if has_left else f"it accepted nothing for {STALLED_SECONDS} s"
            ) from timeout

    async def check(self) -> None:
        """Raise _ClientGone if the client has left; yield to other tasks.

        granian's send returns at once, without an error, after the client has left. Only by
        yielding do we learn of it.
        """
        await asyncio.sleep(0)
        if self._leaving.done():
            raise _ClientGone("the client left")
        self._patience.reschedule(asyncio.get_running_loop().time() + STALLED_SECONDS)

    async def _wait_for_disconnect(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._patience.reschedule(asyncio.get_running_loop().time())


def close(file: BinaryIO | Body) -> None:
    """Close the file now, or in a thread if a read that has not returned blocks closing."""
    if _body(file) is None and _descriptor(cast("BinaryIO", file)) is None:
        asyncio.get_running_loop().run_in_executor(None, file.close)
    else:
        file.close()


def _body(file: BinaryIO | Body) -> Body | None:
    # To ask whether an object is of a protocol takes as long as opening the file.
    return cast("Body", file) if hasattr(file, "read_at") else None


def _descriptor(file: BinaryIO) -> int | None:
    try:
        return file.fileno()
    except (UnsupportedOperation, AttributeError):
        return None


def reader(file: BinaryIO) -> ReadAt:
    """Return how ranges of the open file are read without blocking the event loop."""
    descriptor = _descriptor(file)
    if descriptor is None:
        return lambda position, size: anyio.to_thread.run_sync(_read_stream, file, position, size)
    if _READ_CACHED_ONLY is None:
        return lambda position, size: anyio.to_thread.run_sync(os.pread, descriptor, size, position)
    return lambda position, size: _read_file(descriptor, position, size)


async def _read_file(descriptor: int, position: int, size: int) -> bytes | bytearray:
    """Read what the kernel has in memory on the event loop, and the rest in a thread."""
    # A buffer of its own for each chunk: the web server copies it once, and we do not.
    buffer = bytearray(size)
    try:
        count = os.preadv(descriptor, [buffer], position, _READ_CACHED_ONLY or 0)
    except OSError:
        # The bytes are not in memory, or the file system does not support the flag.
        return await anyio.to_thread.run_sync(os.pread, descriptor, size, position)
    return buffer if count == size else buffer[:count]


def _read_stream(file: BinaryIO, position: int, size: int) -> bytes:
    file.seek(position)
    return file.read(size)

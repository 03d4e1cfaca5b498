"""Sending, as the server below sees it: what happens if the client or the disk stops midway."""

from __future__ import annotations

import asyncio
import io
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from comic_downloads.domain.ranges import ByteRange
from comic_downloads.web.api.ranges import response as range_response
from comic_downloads.web.api.ranges.plan import Plan
from comic_downloads.web.api.ranges.response import (
    CHUNK_BYTES,
    LARGE_CHUNK_BYTES,
    MOST_WITH_LARGE_CHUNKS,
    BrokenOff,
    RangeResponse,
)

SIZE = 5 * CHUNK_BYTES + 11


@dataclass
class Sheet:
    """Notes what the response reports of its progress."""

    pieces: list[tuple[int, int]] = field(default_factory=list)
    ends: list[bool] = field(default_factory=list)

    def sent(self, start: int, end: int) -> None:
        self.pieces.append((start, end))

    def end(self, *, client_left: bool) -> None:
        self.ends.append(client_left)


@dataclass
class Client:
    """The server's side of a connection. It takes ``takes`` messages; then ``then`` happens."""

    takes: int = 1000
    then: str = ""
    messages: list[dict[str, Any]] = field(default_factory=list)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive(self) -> dict[str, Any]:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if len(self.messages) == self.takes:
            if self.then == "stalls":
                await asyncio.Event().wait()
            self.left.set()
            return
        self.messages.append(message)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_bytes(os.urandom(SIZE))
    return path


def send(path: Path, client: Client, *segments: bytes | ByteRange) -> Sheet:
    sheet = Sheet()
    file = path.open("rb")
    response = RangeResponse(Plan(200, {"Content-Length": "1"}, segments), file, lambda: sheet)
    try:
        # Playwright's event loop may be running in this thread.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(
                asyncio.run, response({"type": "http"}, client.receive, client.send)
            ).result()
    finally:
        assert file.closed
        assert len(sheet.ends) == 1
    return sheet


def test_everything_is_sent_in_order_and_told(path: Path) -> None:
    client = Client()
    sheet = send(path, client, b"head", ByteRange(3, SIZE), b"tail", ByteRange(0, 2))
    data = path.read_bytes()
    assert client.body == b"head" + data[3:] + b"tail" + data[:2]
    assert client.messages[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    assert (sheet.pieces[0][0], sheet.pieces[-1], sheet.ends) == (3, (0, 2), [False])
    assert sum(end - start for start, end in sheet.pieces) == SIZE - 3 + 2


def test_chunks_are_large_while_few_clients_are_served_and_not_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(os.urandom(2 * 1024 * 1024))
    alone, last = Client(), Client()

    async def answer(client: Client) -> None:
        plan = Plan(200, {"Content-Length": "1"}, (ByteRange(0, path.stat().st_size),))
        response = RangeResponse(plan, path.open("rb"), Sheet)
        await response({"type": "http"}, client.receive, client.send)

    async def answer_beside_others() -> None:
        others = [Client(takes=1, then="stalls") for _ in range(MOST_WITH_LARGE_CHUNKS)]
        answers = [asyncio.create_task(answer(client)) for client in others]
        await asyncio.sleep(0)  # They begin.
        await answer(last)
        for one in answers:
            one.cancel()
        await asyncio.wait(answers)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, answer(alone)).result()
        thread.submit(asyncio.run, answer_beside_others()).result()
    sizes = [len(message.get("body", b"")) for message in alone.messages]
    assert max(sizes) == LARGE_CHUNK_BYTES
    assert max(sizes[-5:]) == CHUNK_BYTES
    assert max(len(message.get("body", b"")) for message in last.messages) == CHUNK_BYTES
    assert alone.body == last.body == path.read_bytes()


def test_a_client_that_leaves_ends_it(path: Path) -> None:
    client = Client(takes=3, then="leaves")
    sheet = send(path, client, ByteRange(0, SIZE))
    assert sheet.ends == [True]
    assert len(sheet.pieces) < 6


def test_a_client_that_leaves_with_everything_has_it_all(path: Path) -> None:
    class Leaving(Client):
        async def send(self, message: Any) -> None:
            await super().send(message)
            if len(self.body) == SIZE:
                self.left.set()

    sheet = send(path, Leaving(), ByteRange(0, SIZE))
    assert (sheet.pieces[-1][1], sheet.ends) == (SIZE, [False])


def test_a_client_that_stalls_is_let_go(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(range_response, "STALLED_SECONDS", 0.05)
    client = Client(takes=3, then="stalls")
    sheet = send(path, client, ByteRange(0, SIZE))
    assert sheet.ends == [True]
    assert all(message.get("more_body", True) for message in client.messages)


def test_a_file_cut_in_the_middle_breaks_the_answer_off(path: Path) -> None:
    class Cutting(Client):
        async def send(self, message: Any) -> None:
            await super().send(message)
            os.truncate(path, CHUNK_BYTES)

    client = Cutting()
    with pytest.raises(EOFError):
        send(path, client, ByteRange(0, SIZE))
    assert all(message.get("more_body", True) for message in client.messages)


class _SlowFile(io.RawIOBase):
    """A bucket that takes a while to answer."""

    def __init__(self) -> None:
        self.is_read, self.may_answer, self.has_answered = (
            threading.Event(),
            threading.Event(),
            threading.Event(),
        )

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, position: int, whence: int = 0) -> int:
        return position

    def readinto(self, buffer: Any) -> int:
        self.is_read.set()
        self.may_answer.wait()
        self.has_answered.set()
        return len(buffer)


def test_a_client_that_leaves_during_a_slow_read_holds_nobody_up() -> None:
    slow, client, sheet = _SlowFile(), Client(), Sheet()
    file = io.BufferedReader(slow)
    response = RangeResponse(
        Plan(200, {"Content-Length": "1"}, (ByteRange(0, SIZE),)), file, lambda: sheet
    )

    async def leave() -> None:
        answer = asyncio.create_task(response({"type": "http"}, client.receive, client.send))
        await asyncio.to_thread(slow.is_read.wait)
        client.left.set()
        await answer
        assert not slow.has_answered.is_set()
        slow.may_answer.set()

    try:
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, leave()).result()
    finally:
        slow.may_answer.set()
    assert sheet.ends == [True]
    assert file.closed


class _Broken:
    """A body whose end cannot be had."""

    is_closed = False

    async def read_at(self, position: int, size: int, /) -> bytes:
        if position >= CHUNK_BYTES:
            raise BrokenOff("Page 2 was changed.")
        return b"x" * size

    def close(self) -> None:
        self.is_closed = True


def test_a_body_that_breaks_off_leaves_the_answer_unfinished(
    caplog: pytest.LogCaptureFixture,
) -> None:
    body, client, sheet = _Broken(), Client(), Sheet()
    response = RangeResponse(
        Plan(200, {"Content-Length": "1"}, (ByteRange(0, SIZE),)), body, lambda: sheet
    )

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, response({"type": "http"}, client.receive, client.send)).result()

    assert client.body == b"x" * CHUNK_BYTES
    assert all(message.get("more_body", True) for message in client.messages)
    assert (sheet.pieces, sheet.ends) == ([(0, CHUNK_BYTES)], [True])
    assert body.is_closed
    assert "Page 2 was changed." in caplog.text

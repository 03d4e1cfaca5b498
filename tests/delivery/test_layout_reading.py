"""The bytes of a layout, read from the library through the object that answers are sent from."""

from __future__ import annotations

import asyncio
import os
import random
import threading
import time
from collections.abc import Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from anyio import CapacityLimiter

from comic_downloads.domain.errors import ComicChanged, JobError, LibraryAway, StorageUnavailable
from comic_downloads.domain.ranges import ByteRange
from comic_downloads.library import checked_pages as checked_pages_module
from comic_downloads.library import extents as extents_module
from comic_downloads.library.checked_pages import CheckedPages, Shelf
from comic_downloads.library.open_comic_cache import OpenComicCache
from comic_downloads.library.presence import KnownMounts
from comic_downloads.usecases.delivery.layout_file import LayoutFile
from comic_downloads.web.api.ranges.layout_body import LayoutBody
from comic_downloads.web.api.ranges.response import CHUNK_BYTES, BrokenOff

from .layouts import WRITERS, Draft, draft_of, pages_of


@dataclass
class Desk:
    """A library folder, and what reads its pages an hour later."""

    library: Path
    ahead: timedelta = timedelta(hours=1)
    faults: list[JobError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.library.mkdir()
        self.comics = OpenComicCache(time.monotonic)
        shelf = Shelf(self.library, KnownMounts(self.library, self.library / "none"), self.comics)
        # A clock that stands still: copies are not dropped however slow the machine is.
        self.pages = CheckedPages(shelf, lambda: datetime.now(UTC) + self.ahead, lambda: 0.0)

    def body(self, draft: Draft, *ranges: ByteRange) -> LayoutBody:
        """Return the body of an answer with these ranges, or with the whole file."""
        file = LayoutFile(draft.layout, self.pages)
        wanted = ranges or (ByteRange(0, file.size_bytes),)
        return LayoutBody(file, wanted, CapacityLimiter(8), self.faults.append)

    def read(self, draft: Draft, *ranges: ByteRange) -> bytes:
        """Return the bytes of these ranges as they would be sent."""
        return run(self._read(draft, ranges or (ByteRange(0, len(draft.data)),)))

    async def _read(self, draft: Draft, ranges: tuple[ByteRange, ...]) -> bytes:
        body = self.body(draft, *ranges)
        try:
            await body.open()
            return b"".join([await read_range(body, part) for part in ranges])
        finally:
            body.close()


async def read_range(body: LayoutBody, part: ByteRange) -> bytes:
    """Read a range in chunks, as it is sent."""
    read, position = [], part.start
    while position < part.end:
        chunk = await body.read_at(position, min(CHUNK_BYTES, part.end - position))
        assert chunk
        position += len(chunk)
        read.append(chunk)
    return b"".join(read)


def run(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Run the coroutine beside the loop that Playwright may have left in this thread."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "library")


@pytest.mark.parametrize("form", WRITERS)
def test_any_ranges_of_a_layout_are_slices_of_its_bytes(desk: Desk, form: str) -> None:
    draft = draft_of(desk.library, form, pages_of(5))
    size, source = len(draft.data), random.Random(7)

    assert desk.read(draft) == draft.data
    for _ in range(40):
        cuts = sorted(source.sample(range(size + 1), 4))
        parts = (ByteRange(cuts[2], cuts[3]), ByteRange(cuts[0], cuts[1]))
        expected = b"".join(draft.data[part.start : part.end] for part in parts)
        assert desk.read(draft, *parts) == expected
    assert desk.read(draft, ByteRange(size - 1, size)) == draft.data[-1:]
    assert not desk.faults


def test_a_page_whose_file_stays_the_same_is_checked_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = draft_of(desk.library, "stored", pages_of(3))
    checks: list[object] = []
    check = extents_module._check  # pyright: ignore[reportPrivateUsage]

    def note(*place: Any) -> None:
        checks.append(place)
        check(*place)

    monkeypatch.setattr(extents_module, "_check", note)
    for _ in range(4):
        assert desk.read(draft) == draft.data

    assert len(checks) == 3


@pytest.mark.parametrize("form", ["folder", "stored"])
def test_pages_that_were_checked_are_read_without_opening_their_comic(
    desk: Desk, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = draft_of(desk.library, form, pages_of(30))
    assert desk.read(draft) == draft.data
    desk.comics.close()

    def refuse(*comic: Any) -> Any:
        raise AssertionError(f"{comic} was opened again")

    monkeypatch.setattr(desk.comics, "borrow", refuse)
    middle = ByteRange(len(draft.data) // 3, len(draft.data) // 2)

    assert desk.read(draft) == draft.data
    assert desk.read(draft, middle) == draft.data[middle.start : middle.end]


@pytest.mark.parametrize("form", ["folder", "stored"])
def test_every_file_is_closed_after_the_transfers(desk: Desk, form: str) -> None:
    draft = draft_of(desk.library, form, pages_of(30))
    for _ in range(3):
        assert desk.read(draft) == draft.data
    desk.comics.close()

    assert not list(_open_files(desk.library))


def _open_files(folder: Path) -> Iterator[Path]:
    """Yield the files in the folder that this process has open."""
    for descriptor in Path("/proc/self/fd").iterdir():
        try:
            file = descriptor.readlink()
        except FileNotFoundError:
            continue  # It was closed meanwhile.
        if file.is_relative_to(folder):
            yield file


def _put(path: Path, data: bytes, seconds: int) -> None:
    """Replace the file by another one of this time: clocks of file systems may stand still."""
    path.unlink()
    path.write_bytes(data)
    os.utime(path, (seconds, seconds))


def test_a_page_that_was_checked_is_checked_again_in_another_file_of_its_name(desk: Desk) -> None:
    draft = draft_of(desk.library, "folder", pages_of(3))
    assert desk.read(draft) == draft.data
    page = desk.library / "owl/002.jpg"
    data = page.read_bytes()
    _put(page, data, seconds=1000)
    assert desk.read(draft) == draft.data
    _put(page, data[:-1] + bytes([data[-1] ^ 1]), seconds=2000)
    start = draft.data.index(b"--002.jpg--") + len(b"--002.jpg--")

    assert desk.read(draft, ByteRange(0, start)) == draft.data[:start]
    with pytest.raises(ComicChanged):
        desk.read(draft, ByteRange(start, len(draft.data)))


def test_a_file_that_changed_a_moment_ago_is_copied_before_it_is_sent(desk: Desk) -> None:
    # By a clock that is behind, the file has just changed however slow the machine is.
    desk.ahead = timedelta(hours=-1)
    draft = draft_of(desk.library, "stored", pages_of(2))
    body = desk.body(draft)

    async def change_while_it_is_sent() -> bytes:
        await body.open()
        before = await read_range(body, ByteRange(0, 1000))
        # Neither the size nor, in the worst case, the time of the file tells of this.
        path = desk.library / "owl.cbz"
        with path.open("r+b") as file:
            file.seek(2000)
            file.write(b"x" * 200_000)
        return before + await read_range(body, ByteRange(1000, 300_000))

    assert run(change_while_it_is_sent()) == draft.data[:300_000]
    body.close()


def test_parallel_ranges_of_a_compressed_page_unpack_it_once(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = draft_of(desk.library, "deflated", pages_of(1, 4_000_000))
    unpacked: list[object] = []
    checked = checked_pages_module._checked  # pyright: ignore[reportPrivateUsage]

    def note(*page: Any) -> Any:
        unpacked.append(page)
        return checked(*page)

    monkeypatch.setattr(checked_pages_module, "_checked", note)
    size = len(draft.data)
    parts = [ByteRange(size * part // 8, size * (part + 1) // 8) for part in range(8)]
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda part: desk.read(draft, part), parts))

    assert b"".join(read) == draft.data
    assert len(unpacked) == 1


@pytest.mark.parametrize("form", WRITERS)
def test_nothing_of_a_damaged_page_is_sent(desk: Desk, form: str) -> None:
    draft = draft_of(desk.library, form, pages_of(3))
    path = desk.library / ("owl/002.jpg" if form == "folder" else "owl.cbz")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    start = draft.data.index(b"--002.jpg--") + len(b"--002.jpg--")
    body = desk.body(draft)

    async def read_on() -> bytes:
        await body.open()
        read = b""
        with pytest.raises(BrokenOff, match=r"Page 2 \(002.jpg\) of “Owl #1” was changed"):
            while True:
                read += await body.read_at(len(read), CHUNK_BYTES)
        return read

    assert run(read_on()) == draft.data[:start]
    body.close()
    [fault] = desk.faults
    assert isinstance(fault, ComicChanged)
    assert (fault.place.comic_id, fault.place.page_index) == ("comic-0", 1)


def _rewrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(os.urandom(path.stat().st_size - 200))


def _replace(path: Path) -> None:
    other = path.with_name("other")
    WRITERS["stored"](other, pages_of(3, seed=2))
    other.replace(path)


CHANGES = {
    "rewritten": _rewrite,
    "replaced": _replace,
    "truncated": lambda path: os.truncate(path, 5000),
    "renamed": lambda path: path.rename(path.with_name("elsewhere.cbz")),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_comic_that_changes_meanwhile_ends_the_transfer_before_a_wrong_byte(
    desk: Desk, change: str
) -> None:
    draft = draft_of(desk.library, "stored", pages_of(3, 2_000_000))
    (desk.library / "another comic").touch()
    body = desk.body(draft)

    async def read_on() -> bytes:
        await body.open()
        read = await read_range(body, ByteRange(0, 1000))
        CHANGES[change](desk.library / "owl.cbz")
        with pytest.raises(BrokenOff):
            while True:
                read += await body.read_at(len(read), CHUNK_BYTES)
        return read

    assert draft.data.startswith(run(read_on()))
    body.close()
    [fault] = desk.faults
    assert isinstance(fault, ComicChanged)
    assert fault.place.comic_id == "comic-0"
    with pytest.raises(ComicChanged):
        desk.read(draft)


def test_a_comic_packed_again_with_the_same_pages_is_sent_to_its_end(desk: Desk) -> None:
    pages = pages_of(3, 2_000_000)
    draft = draft_of(desk.library, "stored", pages)
    body = desk.body(draft)

    async def read_on() -> bytes:
        await body.open()
        read = await read_range(body, ByteRange(0, 1000))
        WRITERS["deflated"](desk.library / "owl.cbz", pages)
        return read + await read_range(body, ByteRange(1000, len(draft.data)))

    assert run(read_on()) == draft.data
    body.close()


def test_a_library_that_is_away_is_told_from_one_that_changed(desk: Desk) -> None:
    draft = draft_of(desk.library, "folder", pages_of(3))
    away = desk.library.with_name("away")
    desk.library.rename(away)

    with pytest.raises(LibraryAway):
        desk.read(draft)
    away.rename(desk.library)
    assert desk.read(draft) == draft.data


def test_a_disk_that_fails_on_a_page_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = draft_of(desk.library, "stored", pages_of(3))
    place = draft.data.index(b"--002.jpg--")
    preadv = os.preadv

    def fail(descriptor: int, buffers: Any, offset: int, flags: int = 0) -> int:
        if offset > 400_000:
            raise OSError(5, "Input/output error")
        return preadv(descriptor, buffers, offset, flags)

    monkeypatch.setattr(os, "preadv", fail)
    body = desk.body(draft)

    async def read_on() -> bytes:
        await body.open()
        read = b""
        with pytest.raises(BrokenOff, match="Page 2 of “Owl #1” cannot be read now: Input/output"):
            while True:
                read += await body.read_at(len(read), CHUNK_BYTES)
        return read

    read = run(read_on())
    assert draft.data.startswith(read)
    assert len(read) >= place
    assert isinstance(desk.faults[0], StorageUnavailable)
    monkeypatch.undo()
    assert desk.read(draft) == draft.data


def test_pages_that_are_closed_while_they_are_opened_leave_nothing_open(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = draft_of(desk.library, "deflated", pages_of(1))
    reader = LayoutFile(draft.layout, desk.pages).page(2)
    opening, go_on = threading.Event(), threading.Event()
    borrow = desk.comics.borrow

    def slowly(*comic: Any) -> Any:
        opening.set()
        go_on.wait(30)
        return borrow(*comic)

    monkeypatch.setattr(desk.comics, "borrow", slowly)
    with ThreadPoolExecutor(1) as pool:
        opened = pool.submit(reader.open)
        assert opening.wait(30)
        reader.close()
        go_on.set()
        opened.result()
    assert reader.read_cached(0, memoryview(bytearray(10))) == 0
    assert desk.pages.copies.user_count == 0


@pytest.mark.parametrize("form", WRITERS)
def test_small_pages_leave_together_and_not_one_by_one(desk: Desk, form: str) -> None:
    draft = draft_of(desk.library, form, pages_of(30, 5000))
    body = desk.body(draft)

    async def first_chunk() -> bytearray:
        await body.open()
        return await body.read_at(0, CHUNK_BYTES)

    assert run(first_chunk()) == draft.data[:CHUNK_BYTES]
    body.close()

"""A scan lists every comic first, from its directory and its cover, and reads the pages then."""

from __future__ import annotations

import errno
import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from datetime import timedelta
from typing import BinaryIO

import pytest

from comic_downloads.db.scans import SCAN_LEASE_SECONDS
from comic_downloads.domain.errors import InvalidRequest
from comic_downloads.domain.library import ComicQuery, ImageFacts
from comic_downloads.packaging import images
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.stream import stream_comic
from comic_downloads.usecases.downloads.submit import estimate_download
from comic_downloads.usecases.library import reading
from comic_downloads.usecases.library.browse import get_comic
from comic_downloads.usecases.library.page_images import cover_image, original_page
from comic_downloads.usecases.library.scan import request_scan, run_requested_scans
from comic_downloads.usecases.library.status import library_status
from comic_downloads.usecases.library.summaries import PageView

from .shelf import Shelf, comic_info, image, write_folder, write_zip

PAGES = 4


class Probe:
    """The real probe, which notes the widths of the pages that it reads.

    ``before`` is called before each page, with the number of pages read until then.
    """

    def __init__(self) -> None:
        self.widths: list[int] = []
        self.before: Callable[[int], None] = lambda _: None
        self._probe = images.probe

    def __call__(self, stream: BinaryIO, max_pixels: int) -> ImageFacts:
        self.before(len(self.widths))
        facts = self._probe(stream, max_pixels)
        self.widths.append(facts.width)
        return facts


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Probe:
    counted = Probe()
    monkeypatch.setattr(images, "probe", counted)
    return counted


@pytest.fixture
def _nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be read while a comic is opened, so that tests see what is listed."""
    monkeypatch.setattr(reading, "OPENING_SECONDS", -1.0)


def _pages(first_width: int) -> dict[str, bytes]:
    """Return pages that the test tells apart by their widths."""
    return {f"{n}.jpg": image("teal", (first_width + n, 90)) for n in range(PAGES)}


def _list(shelf: Shelf) -> None:
    """Scan until all comics are listed."""
    request_scan(shelf.context)
    assert run_requested_scans(shelf.context, lambda: library_status(shelf.context).reading) == 0


def _read(shelf: Shelf) -> None:
    """Continue the scan to its end."""
    assert run_requested_scans(shelf.context, lambda: False) == 1


@pytest.mark.usefixtures("_nobody_waits")
def test_a_listed_comic_can_be_found_and_looked_at(any_shelf: Shelf, probe: Probe):
    named = comic_info(Title="Night Train", Series="Rails", Number="3", Writer="Ada Quill")
    path = write_zip(any_shelf.library / "A.cbz", {**_pages(100), "ComicInfo.xml": named})
    _list(any_shelf)
    (comic,) = any_shelf.comics(ComicQuery("quill"))
    assert probe.widths == [100]
    assert (comic.title, comic.series, comic.page_count) == ("Night Train", "Rails", PAGES)
    with zipfile.ZipFile(path) as archive:
        sizes = [archive.getinfo(f"{n}.jpg").file_size for n in range(PAGES)]
    assert comic.size_bytes == sum(sizes)
    assert cover_image(any_shelf.context, comic.id).data
    listed = get_comic(any_shelf.context, comic.id)
    assert [page.size_bytes for page in listed.pages] == sizes
    assert [page.width for page in listed.pages] == [100, 0, 0, 0]
    status = library_status(any_shelf.context)
    assert (status.unread_comics, status.waiting) == (1, True)
    assert status.listed_at is not None


def test_every_page_is_read_once_however_often_the_scan_is_stopped(any_shelf: Shelf, probe: Probe):
    write_zip(any_shelf.library / "A.cbz", _pages(100))
    write_folder(any_shelf.library / "B", _pages(200))
    write_zip(any_shelf.library / "C.cbt.zip", _pages(300))
    _list(any_shelf)
    for read in range(4, 3 * PAGES):
        run_requested_scans(any_shelf.context, lambda enough=read: len(probe.widths) >= enough)
        assert len(probe.widths) == read
    _read(any_shelf)
    expected = sorted(first + n for first in (100, 200, 300) for n in range(PAGES))
    assert sorted(probe.widths) == expected
    assert all(page.width for comic in any_shelf.comics() for page in _detail(any_shelf, comic.id))
    assert library_status(any_shelf.context).unread_comics == 0


def _detail(shelf: Shelf, comic_id: str) -> tuple[PageView, ...]:
    return get_comic(shelf.context, comic_id).pages


def test_what_was_read_before_a_crash_is_not_read_again(any_shelf: Shelf, probe: Probe):
    write_zip(any_shelf.library / "A.cbz", _pages(100))
    _list(any_shelf)

    def die(count: int) -> None:
        if count == 2:
            raise SystemExit

    probe.before = die
    with pytest.raises(SystemExit):
        run_requested_scans(any_shelf.context, lambda: False)
    probe.before = lambda _: None
    any_shelf.clock.now += timedelta(seconds=SCAN_LEASE_SECONDS + 1)
    _read(any_shelf)
    assert sorted(probe.widths) == [100, 101, 102, 103]


def test_opening_a_comic_reads_it_at_once(any_shelf: Shelf, probe: Probe):
    for name, first in (("Attic", 100), ("Night", 200)):
        write_zip(any_shelf.library / f"{name}.cbz", _pages(first))
    _list(any_shelf)
    (chosen,) = any_shelf.comics(ComicQuery("night"))
    assert [page.width for page in _detail(any_shelf, chosen.id)] == [200, 201, 202, 203]
    assert sorted(probe.widths) == [100, 200, 201, 202, 203]


def test_a_page_that_is_asked_for_is_read_alone(shelf: Shelf, probe: Probe):
    pages = _pages(100)
    write_zip(shelf.library / "A.cbz", pages)
    _list(shelf)
    (comic,) = shelf.comics()
    assert original_page(shelf.context, comic.id, 2).data == pages["2.jpg"]
    assert probe.widths == [100, 102]
    _read(shelf)
    assert sorted(probe.widths) == [100, 101, 102, 103]


@pytest.mark.usefixtures("_nobody_waits")
def test_comics_that_somebody_opened_are_read_first(any_shelf: Shelf, probe: Probe):
    for number in range(1, 6):
        write_zip(any_shelf.library / f"Comic {number}.cbz", _pages(100 * number))
    _list(any_shelf)
    probe.widths.clear()
    by_title = {comic.title: comic.id for comic in any_shelf.comics()}
    for number in (4, 2):
        get_comic(any_shelf.context, by_title[f"Comic #{number}"])
    _read(any_shelf)
    order = list(dict.fromkeys(width // 100 for width in probe.widths))
    assert order[:2] == [2, 4]
    assert sorted(order) == [1, 2, 3, 4, 5]


def test_damage_shows_when_the_pages_are_read(any_shelf: Shelf):
    pages = _pages(100)
    pages["2.jpg"] = b"\xff\xd8\xff broken"
    write_zip(any_shelf.library / "A.cbz", pages)
    _list(any_shelf)
    assert any_shelf.comics()[0].damaged_pages == 0
    _read(any_shelf)
    assert any_shelf.comics()[0].damaged_pages == 1
    (damaged,) = library_status(any_shelf.context).damaged
    assert damaged.reason == "1 page of 4 cannot be read."


def test_a_comic_whose_first_pages_are_damaged_gets_a_cover_when_it_is_read(shelf: Shelf):
    pages = {f"{n}.jpg": b"\xff\xd8\xff broken" for n in range(4)}
    write_zip(shelf.library / "A.cbz", {**pages, "5.jpg": image()})
    _list(shelf)
    assert shelf.comics()[0].cover_url == ""
    _read(shelf)
    (comic,) = shelf.comics()
    assert comic.cover_url
    assert (comic.damaged_pages, comic.error) == (4, "")


def test_long_strips_are_noticed_when_the_pages_are_read(shelf: Shelf):
    strips = {f"{n}.jpg": image("teal", (60, 900)) for n in range(1, 4)}
    write_zip(shelf.library / "A.cbz", {"0.jpg": image(), **strips})
    _list(shelf)
    assert shelf.comics()[0].reading_direction == "ltr"
    _read(shelf)
    assert shelf.comics()[0].reading_direction == "vertical"


@pytest.mark.usefixtures("_nobody_waits")
def test_a_scan_that_is_requested_while_pages_are_read_lists_first(any_shelf: Shelf, probe: Probe):
    write_zip(any_shelf.library / "A.cbz", _pages(100))
    write_zip(any_shelf.library / "B.cbz", _pages(200))
    _list(any_shelf)
    seen: list[list[str]] = []

    def look() -> bool:
        if len(probe.widths) == 3 and not seen:
            seen.append(any_shelf.titles())
            write_zip(any_shelf.library / "C.cbz", _pages(300))
            request_scan(any_shelf.context)
        elif len(seen) == 1 and 300 in probe.widths:
            seen.append([str(width) for width in probe.widths])
        return False

    assert run_requested_scans(any_shelf.context, look) == 2
    assert any_shelf.titles() == ["A", "B", "C"]
    assert "300" in seen[1][: 2 * PAGES]
    assert len(probe.widths) == 3 * PAGES


def test_reading_yields_to_work_that_is_more_urgent_and_listing_does_not(
    any_shelf: Shelf, probe: Probe
):
    for name, first in (("A", 100), ("B", 200)):
        write_zip(any_shelf.library / f"{name}.cbz", _pages(first))
    request_scan(any_shelf.context)
    assert run_requested_scans(any_shelf.context, lambda: False, lambda: True) == 0
    assert probe.widths == [100, 200]
    assert run_requested_scans(any_shelf.context, lambda: False, lambda: False) == 1
    assert len(probe.widths) == 2 * PAGES


@pytest.mark.usefixtures("_nobody_waits")
def test_a_comic_replaced_while_it_is_read_is_listed_again(any_shelf: Shelf, probe: Probe):
    path = write_zip(any_shelf.library / "A.cbz", _pages(100))
    _list(any_shelf)

    def replace(count: int) -> None:
        if count == 2:
            write_zip(path.with_name("new"), _pages(500)).replace(path)

    probe.before = replace
    _read(any_shelf)
    probe.before = lambda _: None
    (comic,) = any_shelf.comics()
    assert (comic.error, comic.damaged_pages) == ("", 0)
    assert library_status(any_shelf.context).unread_comics == 1
    any_shelf.scan()
    assert [page.width for page in _detail(any_shelf, comic.id)] == [500, 501, 502, 503]


@pytest.mark.usefixtures("_nobody_waits")
@pytest.mark.parametrize("change", ["truncated", "renamed", "removed"])
def test_a_comic_that_changes_before_it_is_read_is_not_damaged(
    shelf: Shelf, probe: Probe, change: str
):
    path = write_zip(shelf.library / "A.cbz", _pages(100))
    write_zip(shelf.library / "Z.cbz", _pages(200))
    _list(shelf)
    before = {comic.title: comic.id for comic in shelf.comics()}
    if change == "truncated":
        os.truncate(path, 50)
    elif change == "renamed":
        path.rename(path.with_name("B.cbz"))
    else:
        path.unlink()
    _read(shelf)
    assert library_status(shelf.context).damaged == ()
    assert library_status(shelf.context).unread_comics == 1
    assert sorted(width for width in probe.widths if width >= 200) == [200, 201, 202, 203]
    shelf.scan()
    after = {comic.title: (comic.id, comic.error != "") for comic in shelf.comics()}
    assert after.pop("Z") == (before["Z"], False)
    expected = {"truncated": {"A": (before["A"], True)}, "renamed": {"B": (before["A"], False)}}
    assert after == expected.get(change, {})
    assert library_status(shelf.context).unread_comics == 0


@pytest.mark.usefixtures("_nobody_waits")
def test_a_library_unmounted_while_it_is_read_is_read_when_it_is_back(
    any_shelf: Shelf, probe: Probe
):
    for name, first in (("A", 100), ("B", 200)):
        write_zip(any_shelf.library / f"{name}.cbz", _pages(first))
    _list(any_shelf)
    away = any_shelf.root / "away"

    def unmount(count: int) -> None:
        if count == 4:
            any_shelf.library.rename(away)
            any_shelf.library.mkdir()

    probe.before = unmount
    _read(any_shelf)
    status = library_status(any_shelf.context)
    assert "Its disk may not be mounted" in status.problems[0]
    assert (status.unread_comics, status.damaged) == (1, ())
    any_shelf.library.rmdir()
    away.rename(any_shelf.library)
    any_shelf.scan()
    assert sorted(set(probe.widths)) == [*range(100, 104), *range(200, 204)]
    assert library_status(any_shelf.context).unread_comics == 0
    assert library_status(any_shelf.context).problems == ()


def test_a_library_unmounted_while_it_is_listed_loses_no_comic(any_shelf: Shelf):
    for name, first in (("A", 100), ("B", 200)):
        write_zip(any_shelf.library / f"{name}.cbz", _pages(first))
    any_shelf.scan()
    before = any_shelf.comics()
    away = any_shelf.root / "away"
    moments: list[int] = []

    def unmount() -> bool:
        moments.append(1)
        if len(moments) == 3 and any_shelf.library.exists():
            any_shelf.library.rename(away)
            any_shelf.library.mkdir()
        return False

    request_scan(any_shelf.context)
    run_requested_scans(any_shelf.context, unmount)
    assert any_shelf.comics() == before
    assert "Its disk may not be mounted" in library_status(any_shelf.context).problems[0]
    any_shelf.library.rmdir()
    away.rename(any_shelf.library)
    any_shelf.scan()
    assert any_shelf.comics() == before


def test_only_the_page_that_a_disk_failed_on_is_read_again(any_shelf: Shelf, probe: Probe):
    write_zip(any_shelf.library / "A.cbz", _pages(100))
    _list(any_shelf)

    def fail(count: int) -> None:
        if count == 2:
            probe.widths.append(0)
            raise OSError(errno.EIO, "Input/output error")

    probe.before = fail
    _read(any_shelf)
    (damaged,) = library_status(any_shelf.context).damaged
    assert damaged.reason == "1 page of 4 cannot be read."
    comic = get_comic(any_shelf.context, damaged.id)
    assert comic.pages[2].error == "It cannot be read from the disk: Input/output error."
    probe.before = lambda _: None
    probe.widths.clear()
    any_shelf.scan()
    assert (any_shelf.only().id, any_shelf.only().damaged_pages) == (damaged.id, 0)
    assert probe.widths in ([102], [100, 102])


def test_a_renamed_comic_is_listed_again_and_not_read_again(any_shelf: Shelf, probe: Probe):
    path = write_zip(any_shelf.library / "Old.cbz", _pages(100))
    any_shelf.scan()
    probe.widths.clear()
    path.rename(path.with_name("New.cbz"))
    any_shelf.scan()
    assert any_shelf.titles() == ["New"]
    assert probe.widths == [100]
    assert [page.width for page in any_shelf.only().pages] == [100, 101, 102, 103]


def test_a_comic_that_has_to_be_unpacked_is_read_when_it_is_listed(shelf: Shelf, probe: Probe):
    with tarfile.open(shelf.library / "A.tgz", "w:gz") as archive:
        for name, data in _pages(100).items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    listed: list[int] = []
    probe.before = lambda _: listed.append(library_status(shelf.context).reading)
    shelf.scan()
    assert probe.widths == [100, 101, 102, 103]
    assert not any(listed)


def test_an_estimate_reads_the_comic_first(shelf: Shelf, probe: Probe):
    path = write_zip(shelf.library / "A.cbz", _pages(100))
    _list(shelf)
    (comic,) = shelf.comics()
    estimate = estimate_download(shelf.context, DownloadRequest(comic_ids=(comic.id,)))
    assert estimate.page_count == PAGES
    assert len(probe.widths) == PAGES
    assert estimate.size_bytes == pytest.approx(path.stat().st_size, rel=0.3)


@pytest.mark.usefixtures("_nobody_waits")
def test_a_comic_is_not_streamed_before_it_is_read(shelf: Shelf):
    write_zip(shelf.library / "A.cbz", _pages(100))
    _list(shelf)
    (comic,) = shelf.comics()
    with pytest.raises(InvalidRequest, match="not read yet"):
        stream_comic(shelf.context, comic.id, "cbz")

"""Scanning again: what is read again, what keeps its id, what disappears and comes back."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import BinaryIO

import pytest

from comic_downloads.domain.errors import NotFound
from comic_downloads.domain.library import ImageFacts
from comic_downloads.library import scanner
from comic_downloads.packaging import images
from comic_downloads.usecases.library.browse import get_comic, list_series

from .shelf import Shelf, comic_info, image, write_folder, write_zip


class CountedProbe:
    """The real probe, with a count of its calls."""

    def __init__(self) -> None:
        self.calls = 0
        self._probe = images.probe

    def __call__(self, stream: BinaryIO, max_pixels: int) -> ImageFacts:
        self.calls += 1
        return self._probe(stream, max_pixels)


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> CountedProbe:
    counted = CountedProbe()
    monkeypatch.setattr(images, "probe", counted)
    return counted


def test_unchanged_comics_are_not_read_again(shelf: Shelf, probe: CountedProbe):
    write_zip(shelf.library / "A.cbz", {"1.jpg": image(), "2.jpg": image()})
    write_folder(shelf.library / "B", {"1.jpg": image()})
    shelf.scan()
    assert probe.calls == 3
    shelf.scan()
    assert probe.calls == 3


def test_only_the_changed_comic_is_read_again_and_keeps_its_id(
    any_shelf: Shelf, probe: CountedProbe
):
    path = write_zip(any_shelf.library / "A.cbz", {"1.jpg": image("red")})
    write_zip(any_shelf.library / "B.cbz", {"1.jpg": image()})
    any_shelf.scan()
    before = any_shelf.comics()
    write_zip(path, {"1.jpg": image("blue"), "2.jpg": image()})
    _touch(path)
    any_shelf.scan()
    after = any_shelf.comics()
    assert probe.calls == 4
    assert [comic.id for comic in after] == [comic.id for comic in before]
    assert (before[0].page_count, after[0].page_count) == (1, 2)
    assert before[0].cover_url != after[0].cover_url


def test_a_page_replaced_in_a_folder_is_noticed(shelf: Shelf):
    folder = write_folder(shelf.library / "A", {"1.jpg": image("red"), "2.jpg": image("red")})
    shelf.scan()
    before = shelf.only()
    (folder / "2.jpg").write_bytes(image("red", (90, 60)))
    _touch(folder / "2.jpg")
    shelf.scan()
    after = shelf.only()
    assert (after.id, after.pages[1].width) == (before.id, 90)


def test_new_comic_info_in_a_folder_is_noticed(shelf: Shelf):
    folder = write_folder(shelf.library / "A", {"1.jpg": image()})
    shelf.scan()
    (folder / "ComicInfo.xml").write_bytes(comic_info(Title="Named"))
    shelf.scan()
    assert shelf.only().title == "Named"


def test_a_removed_comic_is_not_listed_and_returns_with_its_id(
    any_shelf: Shelf, probe: CountedProbe, tmp_path: Path
):
    path = write_zip(any_shelf.library / "Nebula" / "Nebula 1.cbz", {"1.jpg": image()})
    any_shelf.scan()
    comic, series = any_shelf.only(), list_series(any_shelf.context)
    path.rename(tmp_path / "away.cbz")
    any_shelf.scan()
    assert any_shelf.comics() == []
    assert list_series(any_shelf.context) == []
    with pytest.raises(NotFound):
        get_comic(any_shelf.context, comic.id)
    (tmp_path / "away.cbz").rename(path)
    any_shelf.scan()
    assert any_shelf.only() == comic
    assert list_series(any_shelf.context) == series
    assert probe.calls == 1


def test_a_renamed_or_moved_comic_keeps_its_id_and_takes_its_new_name(shelf: Shelf):
    archive = write_zip(shelf.library / "Old 1.cbz", {"1.jpg": image("red")})
    folder = write_folder(shelf.library / "Folder", {"1.jpg": image("blue")})
    shelf.scan()
    ids = {comic.id for comic in shelf.comics()}
    (shelf.library / "New").mkdir()
    archive.rename(shelf.library / "New" / "New 2.cbz")
    folder.rename(shelf.library / "New" / "Renamed")
    shelf.scan()
    comics = shelf.comics()
    assert [comic.title for comic in comics] == ["New #2", "Renamed"]
    assert {comic.id for comic in comics} == ids
    assert [series.title for series in list_series(shelf.context)] == ["New"]


def test_a_copied_comic_is_another_comic(shelf: Shelf):
    path = write_zip(shelf.library / "A.cbz", {"1.jpg": image()})
    shelf.scan()
    shutil.copy2(path, shelf.library / "B.cbz")
    shelf.scan()
    assert len({comic.id for comic in shelf.comics()}) == 2


def test_a_repaired_comic_loses_its_error(shelf: Shelf):
    path = shelf.library / "A.cbz"
    path.write_bytes(b"PK\x03\x04 and then nothing")
    shelf.scan()
    damaged = shelf.only()
    assert damaged.error
    write_zip(path, {"1.jpg": image()})
    _touch(path)
    shelf.scan()
    assert (shelf.only().id, shelf.only().error) == (damaged.id, "")


def test_a_new_reader_reads_every_comic_once_and_keeps_its_id(
    shelf: Shelf, probe: CountedProbe, monkeypatch: pytest.MonkeyPatch
):
    write_zip(shelf.library / "A.cbz", {"1.jpg": image("red")})
    write_folder(shelf.library / "B" / "B 2", {"1.jpg": image()})
    shelf.scan()
    before = [(comic.id, comic.title) for comic in shelf.comics()]
    monkeypatch.setattr(scanner, "READER_VERSION", scanner.READER_VERSION + 1)
    shelf.scan()
    shelf.scan()
    assert probe.calls == 4
    assert [(comic.id, comic.title) for comic in shelf.comics()] == before


def test_a_series_goes_with_the_last_comic_that_was_in_it(shelf: Shelf):
    path = write_zip(
        shelf.library / "A.cbz", {"ComicInfo.xml": comic_info(Series="Old"), "1.jpg": image()}
    )
    shelf.scan()
    write_zip(path, {"ComicInfo.xml": comic_info(Series="New"), "1.jpg": image()})
    _touch(path)
    shelf.scan()
    assert [series.title for series in list_series(shelf.context)] == ["New"]


def _touch(path: Path) -> None:
    """Move the file's time by a second, as a rewrite does on a file system with coarse times."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))

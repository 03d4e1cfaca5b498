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
from comic_downloads.usecases.library.scan import request_scan, run_requested_scans

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


def _pages(*colours: str) -> dict[str, bytes]:
    return {f"{number}.jpg": image(colour) for number, colour in enumerate(colours, 1)}


def _ids(shelf: Shelf) -> dict[str, str]:
    """Return the ids of the listed comics by their paths."""
    return {get_comic(shelf.context, comic.id).path: comic.id for comic in shelf.comics()}


def test_comics_moved_into_and_out_of_folders_keep_their_ids(any_shelf: Shelf):
    library = any_shelf.library
    archive = write_zip(library / "A.cbz", _pages("red", "blue"))
    inner = write_zip(library / "Nebula" / "v1" / "B.cbz", _pages("green"))
    loose = write_folder(library / "Nebula" / "Loose", _pages("navy", "teal"))
    any_shelf.scan()
    before = _ids(any_shelf)
    archive.rename(library / "Nebula" / "v1" / "A.cbz")
    inner.rename(library / "B.cbz")
    loose.rename(library / "Out")
    any_shelf.scan()
    assert _ids(any_shelf) == {
        "Nebula/v1/A.cbz": before["A.cbz"],
        "B.cbz": before["Nebula/v1/B.cbz"],
        "Out": before["Nebula/Loose"],
    }


def test_renumbered_comics_keep_their_ids(any_shelf: Shelf):
    library = any_shelf.library / "Nebula"
    colours = ("red", "green", "blue")
    for number, colour in enumerate(colours, 1):
        write_zip(library / f"Nebula {number}.cbz", _pages(*[colour] * number))
    any_shelf.scan()
    before = _ids(any_shelf)
    for number in (3, 2, 1):
        (library / f"Nebula {number}.cbz").rename(library / f"Nebula {number + 1}.cbz")
    write_zip(library / "Nebula 1.cbz", _pages("white", "black"))
    any_shelf.scan()
    after = _ids(any_shelf)
    for number in (1, 2, 3):
        assert after[f"Nebula/Nebula {number + 1}.cbz"] == before[f"Nebula/Nebula {number}.cbz"]
    assert after["Nebula/Nebula 1.cbz"] not in before.values()
    assert any_shelf.titles() == [f"Nebula #{number}" for number in (1, 2, 3, 4)]


def test_two_comics_that_change_places_keep_their_ids(any_shelf: Shelf, tmp_path: Path):
    first = write_zip(any_shelf.library / "A.cbz", _pages("red"))
    second = write_zip(any_shelf.library / "B.cbz", _pages("blue", "green"))
    any_shelf.scan()
    before = _ids(any_shelf)
    first.rename(tmp_path / "aside.cbz")
    second.rename(first)
    (tmp_path / "aside.cbz").rename(second)
    any_shelf.scan()
    assert _ids(any_shelf) == {"A.cbz": before["B.cbz"], "B.cbz": before["A.cbz"]}


def test_a_comic_moved_over_another_one_stays_itself(any_shelf: Shelf, tmp_path: Path):
    kept = write_zip(any_shelf.library / "Better.cbz", _pages("red"))
    lost = write_zip(any_shelf.library / "Comic.cbz", _pages("blue", "green"))
    any_shelf.scan()
    before = _ids(any_shelf)
    shutil.copy2(lost, tmp_path / "backup.cbz")
    kept.rename(lost)
    any_shelf.scan()
    assert _ids(any_shelf) == {"Comic.cbz": before["Better.cbz"]}
    shutil.copy2(tmp_path / "backup.cbz", any_shelf.library / "Comic (restored).cbz")
    any_shelf.scan()
    assert _ids(any_shelf)["Comic (restored).cbz"] == before["Comic.cbz"]


def test_a_comic_that_is_packed_again_under_another_name_keeps_its_id(any_shelf: Shelf):
    pages = _pages("red", "green", "blue")
    path = write_zip(any_shelf.library / "Old.zip", pages)
    write_zip(any_shelf.library / "Other.cbz", _pages("red", "white", "black"))
    any_shelf.scan()
    before = _ids(any_shelf)
    path.unlink()
    named = {"ComicInfo.xml": comic_info(Title="Named"), **pages}
    write_zip(any_shelf.library / "New" / "New 1.cbz", named)
    any_shelf.scan()
    assert _ids(any_shelf)["New/New 1.cbz"] == before["Old.zip"]
    assert any_shelf.titles() == ["Named", "Other"]


def test_an_archive_unpacked_into_a_folder_keeps_its_id(any_shelf: Shelf):
    path = write_zip(any_shelf.library / "A.cbz", _pages("red", "green"))
    any_shelf.scan()
    before = any_shelf.only().id
    path.unlink()
    write_folder(any_shelf.library / "Unpacked", _pages("red", "green"))
    any_shelf.scan()
    assert any_shelf.only().id == before


def test_a_moved_comic_that_lost_one_of_many_pages_keeps_its_id(shelf: Shelf):
    pages = {f"{n:02}.jpg": image("teal", (60, 90 + n)) for n in range(12)}
    path = write_zip(shelf.library / "A.cbz", pages)
    shelf.scan()
    before = shelf.only().id
    path.unlink()
    del pages["11.jpg"]
    write_zip(shelf.library / "B.cbz", pages)
    shelf.scan()
    assert (shelf.only().id, shelf.only().page_count) == (before, 11)


def test_a_comic_that_shares_some_pages_with_a_gone_one_is_another_comic(shelf: Shelf):
    path = write_zip(shelf.library / "A.cbz", _pages("red", "green", "blue"))
    shelf.scan()
    before = shelf.only().id
    path.unlink()
    write_zip(shelf.library / "B.cbz", _pages("red", "green", "white"))
    shelf.scan()
    assert shelf.only().id != before


def test_a_file_and_a_folder_of_the_same_pages_keep_their_own_ids(any_shelf: Shelf):
    archive = write_zip(any_shelf.library / "A.cbz", _pages("red", "green"))
    folder = write_folder(any_shelf.library / "A", _pages("red", "green"))
    any_shelf.scan()
    before = _ids(any_shelf)
    archive.rename(any_shelf.library / "B.cbz")
    folder.rename(any_shelf.library / "C")
    any_shelf.scan()
    assert _ids(any_shelf) == {"B.cbz": before["A.cbz"], "C": before["A"]}


def test_two_copies_that_move_stay_two_comics(any_shelf: Shelf):
    first = write_zip(any_shelf.library / "A.cbz", _pages("red"))
    second = any_shelf.library / "B.cbz"
    shutil.copy2(first, second)
    any_shelf.scan()
    before = _ids(any_shelf)
    (any_shelf.library / "Moved").mkdir()
    for path in (first, second):
        path.rename(any_shelf.library / "Moved" / path.name)
    any_shelf.scan()
    assert _ids(any_shelf) == {f"Moved/{path}": comic_id for path, comic_id in before.items()}


def test_a_comic_moved_while_its_scan_was_stopped_still_takes_its_new_name(shelf: Shelf):
    path = write_zip(shelf.library / "Old.cbz", _pages("red"))
    shelf.scan()
    before = shelf.only().id
    path.rename(shelf.library / "New.cbz")
    request_scan(shelf.context)
    is_followed = {"New.cbz": before}
    assert run_requested_scans(shelf.context, lambda: _ids(shelf) == is_followed) == 0
    assert shelf.only().title == "Old"
    shelf.scan()
    assert (shelf.only().id, shelf.only().title) == (before, "New")


def test_a_comic_moved_at_an_update_keeps_its_id_even_without_readable_pages(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
):
    path = shelf.library / "Old.cbz"
    path.write_bytes(b"PK\x03\x04 and then nothing")
    with monkeypatch.context() as earlier:
        earlier.setattr(scanner, "READER_VERSION", scanner.EARLIER_VERSIONS[-1])
        shelf.scan()
    before = shelf.only().id
    path.rename(shelf.library / "New.cbz")
    shelf.scan()
    assert shelf.only().id == before


def _touch(path: Path) -> None:
    """Move the file's time by a second, as a rewrite does on a file system with coarse times."""
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))

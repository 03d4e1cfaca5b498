"""A library whose disk is not mounted keeps its comics, and gets no demo."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from comic_downloads.domain.errors import LibraryAway, StorageUnavailable
from comic_downloads.library import presence
from comic_downloads.library.presence import LibraryProbe
from comic_downloads.usecases.library.page_images import original_page
from comic_downloads.usecases.library.status import library_status
from tests.small_disk import SmallDisk

from .shelf import Shelf, image, write_folder

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system")


def take_away(shelf: Shelf, *, mount_point_stays: bool) -> Path:
    """Rename the library folder, and return where it is now."""
    library = shelf.context.settings.library
    away = library.rename(library.with_name("away"))
    if mount_point_stays:
        library.mkdir()
    return away


@pytest.mark.parametrize("mount_point_stays", [True, False], ids=["empty", "gone"])
def test_comics_stay_in_the_list_and_the_status_says_why(any_shelf: Shelf, mount_point_stays: bool):
    write_folder(any_shelf.library / "A", {"1.jpg": image()})
    any_shelf.scan()
    away = take_away(any_shelf, mount_point_stays=mount_point_stays)

    before_the_scan = library_status(any_shelf.context).problems
    any_shelf.scan()

    assert any_shelf.titles() == ["A"]
    problems = library_status(any_shelf.context).problems
    assert problems == before_the_scan
    assert len(problems) == 1
    assert f"The library folder {any_shelf.library} is empty or cannot be read" in problems[0]
    assert library_status(any_shelf.context).away == problems[0]

    if mount_point_stays:
        any_shelf.library.rmdir()
    away.rename(any_shelf.library)
    status = library_status(any_shelf.context)
    assert (status.problems, status.away) == ((), "")


def test_comics_that_were_removed_on_purpose_leave_the_list_once_a_file_is_there(shelf: Shelf):
    write_folder(shelf.library / "A", {"1.jpg": image()})
    shelf.scan()
    take_away(shelf, mount_point_stays=True)
    (shelf.library / "emptied on purpose").touch()

    shelf.scan()

    assert shelf.titles() == []
    assert library_status(shelf.context).problems == ()


@pytest.mark.parametrize("mount_point_stays", [True, False], ids=["empty", "gone"])
def test_no_demo_is_drawn_where_comics_were_known(tmp_path: Path, mount_point_stays: bool):
    shelf = Shelf(tmp_path, {"library_dir": None, "demo_library": True})
    library = shelf.context.settings.library
    write_folder(library / "Mine", {"1.jpg": image()})
    shelf.scan()
    take_away(shelf, mount_point_stays=mount_point_stays)

    shelf.scan()

    assert shelf.titles() == ["Mine"]
    assert library.is_dir() == mount_point_stays
    assert not mount_point_stays or list(library.iterdir()) == []
    shelf.close()


def test_a_page_that_is_away_is_not_said_to_be_changed(shelf: Shelf):
    write_folder(shelf.library / "A", {"1.jpg": image()})
    shelf.scan()
    comic = shelf.only()
    take_away(shelf, mount_point_stays=True)

    with pytest.raises(LibraryAway, match="may not be mounted") as refusal:
        original_page(shelf.context, comic.id, 0)
    assert isinstance(refusal.value, StorageUnavailable)


@pytest.fixture
def disk(shelf: Shelf) -> Iterator[SmallDisk]:
    """Yield a disk of its own in the library, with one comic; another comic is beside it."""
    write_folder(shelf.library / "Here", {"1.jpg": image("red")})
    disk = SmallDisk(shelf.library / "nas", 4)
    write_folder(disk.folder / "Series" / "There", {"1.jpg": image("blue")})
    shelf.scan()
    assert shelf.titles() == ["Here", "There"]
    yield disk
    if disk.folder.is_mount():
        disk.unmount()


@root_only
@pytest.mark.parametrize("mount_point_stays", [True, False], ids=["empty", "gone"])
def test_a_disk_in_the_library_that_is_away_keeps_its_comics(
    shelf: Shelf, disk: SmallDisk, mount_point_stays: bool
):
    disk.unmount()
    if not mount_point_stays:
        disk.folder.rmdir()

    shelf.scan()
    shelf.scan()

    assert shelf.titles() == ["Here", "There"]
    problems = library_status(shelf.context).problems
    assert len(problems) == 1
    assert problems[0].startswith("nas: Its disk may not be mounted")


@root_only
def test_comics_of_a_disk_leave_the_list_when_they_were_removed_from_it(
    shelf: Shelf, disk: SmallDisk
):
    for path in sorted(disk.folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    shelf.scan()
    assert shelf.titles() == ["Here"]


@root_only
def test_comics_of_a_disk_leave_the_list_once_a_file_is_in_its_place(shelf: Shelf, disk: SmallDisk):
    disk.unmount()
    (disk.folder / "unplugged for good").touch()
    shelf.scan()
    assert shelf.titles() == ["Here"]
    assert library_status(shelf.context).problems == ()


def test_a_disk_that_hangs_counts_as_away_and_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    answers = threading.Event()
    monkeypatch.setattr(presence, "PROBE_SECONDS", 0.1)
    monkeypatch.setattr(presence, "is_away", lambda _: not answers.wait())
    probe = LibraryProbe()
    before = set(threading.enumerate())

    assert [probe.is_away(tmp_path) for _ in range(5)] == [True] * 5
    assert len(set(threading.enumerate()) - before) == 1

    answers.set()
    monkeypatch.setattr(presence, "PROBE_SECONDS", 30)
    assert not probe.is_away(tmp_path)

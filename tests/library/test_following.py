"""The library follows its folder by itself, and leaves files alone that are still being written."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from comic_downloads.db import scans
from comic_downloads.db.tables import LibraryScan
from comic_downloads.library import watching
from comic_downloads.usecases.library import scan
from comic_downloads.usecases.library.following import follow_changes, request_due_scan
from comic_downloads.usecases.library.scan import request_scan, run_requested_scans
from comic_downloads.usecases.library.status import library_status
from tests.waiting import wait_for

from .shelf import Shelf, image, write_folder, write_zip

SETTLE, EVERY = 60, 3600


@pytest.fixture
def following(shelf: Shelf) -> Shelf:
    """Return a library that follows its folder, as is the default."""
    values = {"scan_settle_seconds": SETTLE, "scan_every_seconds": EVERY}
    settings = shelf.context.settings.model_copy(update=values)
    object.__setattr__(shelf.context, "settings", settings)
    return shelf


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan, "GROWTH_SECONDS", 0.0)


def _changed_now(shelf: Shelf, path: Path) -> Path:
    """Set the time of the file to that of the shelf's clock."""
    time = shelf.clock.now.timestamp()
    os.utime(path, (time, time))
    return path


def _automatic_scan(shelf: Shelf) -> None:
    with shelf.context.db.write() as session:
        scans.request_scan(session, shelf.clock(), automatic=True)
    assert run_requested_scans(shelf.context, lambda: False) == 1


def _requested(shelf: Shelf) -> int:
    with shelf.context.db.read() as session:
        waiting = select(LibraryScan).where(col(LibraryScan.started_at).is_(None))
        return len(session.exec(waiting).all())


def test_a_new_file_waits_until_it_rests(following: Shelf):
    _changed_now(following, write_zip(following.library / "A.cbz", {"1.jpg": image()}))
    _automatic_scan(following)
    assert following.comics() == []
    assert library_status(following.context).growing_comics == 1
    following.clock.now += timedelta(seconds=SETTLE - 5)
    request_due_scan(following.context)
    assert _requested(following) == 0
    following.clock.now += timedelta(seconds=6)
    request_due_scan(following.context)
    assert run_requested_scans(following.context, lambda: False) == 1
    assert following.titles() == ["A"]
    assert library_status(following.context).growing_comics == 0


def test_a_comic_that_is_written_again_stays_as_it_was_until_it_rests(following: Shelf):
    folder = write_folder(following.library / "A", {"1.jpg": image()})
    _changed_now(following, folder / "1.jpg")
    following.clock.now += timedelta(days=1)
    _automatic_scan(following)
    write_folder(folder, {"2.jpg": image()})
    _changed_now(following, folder / "2.jpg")
    _automatic_scan(following)
    assert following.only().page_count == 1
    following.clock.now += timedelta(seconds=SETTLE + 1)
    _automatic_scan(following)
    assert following.only().page_count == 2


def test_a_file_that_is_complete_is_listed_when_somebody_asks(following: Shelf):
    _changed_now(following, write_zip(following.library / "A.cbz", {"1.jpg": image()}))
    following.scan()
    assert following.titles() == ["A"]


def test_half_a_file_is_not_listed_as_damaged_until_it_rests(following: Shelf):
    path = write_zip(following.library / "A.cbz", {"1.jpg": image(), "2.jpg": image()})
    os.truncate(path, path.stat().st_size // 2)
    _changed_now(following, path)
    following.scan()
    assert following.comics() == []
    assert library_status(following.context).growing_comics == 1
    following.clock.now += timedelta(seconds=SETTLE + 1)
    request_due_scan(following.context)
    assert run_requested_scans(following.context, lambda: False) == 1
    assert following.comics()[0].error


def test_a_file_that_grows_during_the_scan_waits(following: Shelf):
    folder = write_folder(following.library / "A", {"1.jpg": image()})
    _changed_now(following, folder / "1.jpg")
    written: list[Path] = []

    def write_more() -> bool:
        path = folder / f"{len(written) + 2}.jpg"
        path.write_bytes(image())
        written.append(_changed_now(following, path))
        return False

    request_scan(following.context)
    assert run_requested_scans(following.context, write_more) == 1
    assert following.comics() == []
    assert library_status(following.context).growing_comics == 1


def test_a_time_in_the_future_does_not_hold_a_file_back(following: Shelf):
    path = write_zip(following.library / "A.cbz", {"1.jpg": image()})
    later = (following.clock.now + timedelta(days=1)).timestamp()
    os.utime(path, (later, later))
    _automatic_scan(following)
    assert following.titles() == ["A"]


def test_the_library_is_looked_through_every_hour(following: Shelf):
    request_due_scan(following.context)
    assert _requested(following) == 0  # A worker asks for the first scan when it starts.
    following.scan()
    looked_at = library_status(following.context).listed_at
    following.clock.now += timedelta(seconds=EVERY - 10)
    request_due_scan(following.context)
    assert _requested(following) == 0
    following.clock.now += timedelta(seconds=20)
    request_due_scan(following.context)
    request_due_scan(following.context)
    assert _requested(following) == 1
    assert run_requested_scans(following.context, lambda: False) == 1
    again = library_status(following.context).listed_at
    assert looked_at is not None
    assert again is not None
    assert again - looked_at > timedelta(seconds=EVERY)


def test_a_library_that_is_away_is_looked_for_every_minute(following: Shelf):
    write_zip(following.library / "A.cbz", {"1.jpg": image()})
    following.scan()
    away = following.root / "away"
    following.library.rename(away)
    following.library.mkdir()
    _automatic_scan(following)
    assert library_status(following.context).away
    following.library.rmdir()
    away.rename(following.library)
    following.clock.now += timedelta(seconds=61)
    request_due_scan(following.context)
    assert run_requested_scans(following.context, lambda: False) == 1
    assert library_status(following.context).problems == ()


def test_nothing_is_looked_through_by_itself_if_that_is_off(shelf: Shelf):
    shelf.scan()
    shelf.clock.now += timedelta(days=30)
    request_due_scan(shelf.context)
    assert _requested(shelf) == 0
    follow_changes(shelf.context, threading.Event())
    assert _requested(shelf) == 0


def test_a_scan_that_somebody_asks_for_is_no_longer_automatic(following: Shelf):
    with following.context.db.write() as session:
        automatic = scans.request_scan(session, following.clock(), automatic=True)
    assert request_scan(following.context) == automatic
    _changed_now(following, write_zip(following.library / "A.cbz", {"1.jpg": image()}))
    run_requested_scans(following.context, lambda: False)
    assert following.titles() == ["A"]


def test_a_change_in_the_folder_requests_a_scan(following: Shelf):
    (following.library / "Nebula").mkdir()
    stop = threading.Event()
    thread = threading.Thread(target=follow_changes, args=(following.context, stop))
    thread.start()
    try:
        # The watch may begin after the first of these files.
        numbers = iter(range(1000))

        def is_noticed() -> bool:
            (following.library / "Nebula" / f"{next(numbers)}.cbz").write_bytes(b"")
            return _requested(following) == 1

        wait_for("the change to be noticed", is_noticed, every=0.3)
    finally:
        stop.set()
        thread.join()
    assert _requested(following) == 1


@pytest.mark.parametrize(
    ("path", "matters"),
    [
        ("A/1.cbz", True),
        (".upload-x.part", False),
        ("A/.tmp/1.jpg", False),
        ("@eaDir/1.jpg", False),
    ],
)
def test_hidden_files_are_no_change(
    following: Shelf, monkeypatch: pytest.MonkeyPatch, path: str, matters: bool
):
    def told(*_: object, **__: object):
        yield {(1, str(following.library / path))}

    monkeypatch.setattr("watchfiles.watch", told)
    assert len(list(watching.changes(following.library, threading.Event()))) == matters


def test_a_network_disk_is_not_watched(following: Shelf, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(watching, "network_file_system", lambda _: "nfs4")
    with pytest.raises(watching.NotWatchable, match="nfs4"):
        next(watching.changes(following.library, threading.Event()))


def test_a_folder_that_is_missing_is_not_watched(following: Shelf):
    following.library.rmdir()
    with pytest.raises(watching.NotWatchable):
        next(watching.changes(following.library, threading.Event()))

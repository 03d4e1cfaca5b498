"""Scans run one at a time, and survive workers that crash or stop."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import func, select

from comic_downloads.db import scans
from comic_downloads.db.tables import LibraryScan
from comic_downloads.usecases.library import scan
from comic_downloads.usecases.library.page_images import cover_image
from comic_downloads.usecases.library.scan import request_scan, run_requested_scans
from comic_downloads.usecases.library.status import library_status

from .shelf import Shelf, image, write_folder


def _never() -> bool:
    return False


def test_requesting_twice_is_one_scan_and_notifies_workers_each_time(any_shelf: Shelf):
    assert request_scan(any_shelf.context) == request_scan(any_shelf.context)
    assert any_shelf.rings == 2
    assert run_requested_scans(any_shelf.context, _never) == 1
    assert run_requested_scans(any_shelf.context, _never) == 0


def test_status_tells_waiting_from_finished(any_shelf: Shelf):
    write_folder(any_shelf.library / "A", {"1.jpg": image()})
    request_scan(any_shelf.context)
    waiting = library_status(any_shelf.context)
    assert (waiting.waiting, waiting.scanning, waiting.finished_at) == (True, False, None)
    run_requested_scans(any_shelf.context, _never)
    finished = library_status(any_shelf.context)
    assert (finished.waiting, finished.scanning, finished.comic_count) == (False, False, 1)
    assert finished.finished_at is not None


def test_a_scan_asked_for_during_a_scan_is_done_after_it(any_shelf: Shelf):
    first = request_scan(any_shelf.context)
    with any_shelf.context.db.write() as session:
        assert scans.claim_scan(session, any_shelf.clock()) is not None
    assert request_scan(any_shelf.context) != first


def test_two_workers_never_scan_at_once(any_shelf: Shelf):
    request_scan(any_shelf.context)
    with any_shelf.context.db.write() as session:
        scans.claim_scan(session, any_shelf.clock())
    request_scan(any_shelf.context)
    assert run_requested_scans(any_shelf.context, _never) == 0
    assert library_status(any_shelf.context).scanning


def test_a_dead_workers_scan_is_taken_over(any_shelf: Shelf):
    write_folder(any_shelf.library / "A", {"1.jpg": image()})
    request_scan(any_shelf.context)
    with any_shelf.context.db.write() as session:
        dead = scans.claim_scan(session, any_shelf.clock())
    assert dead is not None
    assert dead.started_at is not None
    any_shelf.clock.now += timedelta(seconds=scans.SCAN_LEASE_SECONDS + 1)
    assert run_requested_scans(any_shelf.context, _never) == 1
    assert any_shelf.titles() == ["A"]
    with any_shelf.context.db.write() as session:
        assert not scans.update_scan(session, dead.id, dead.started_at, {"comics_done": 99})


def test_a_comic_that_crashes_the_program_twice_is_skipped(any_shelf: Shelf):
    for name in ("A", "B"):
        write_folder(any_shelf.library / name, {"1.jpg": image()})
    request_scan(any_shelf.context)
    for crashes in range(2):
        with any_shelf.context.db.write() as session:
            dying = scans.claim_scan(session, any_shelf.clock())
            assert dying is not None
            dying.error = f"reading {crashes} A"
        any_shelf.clock.now += timedelta(seconds=scans.SCAN_LEASE_SECONDS + 1)
    assert run_requested_scans(any_shelf.context, _never) == 1
    assert [comic.error[:31] for comic in any_shelf.comics()] == [
        "Reading it crashed the program ",
        "",
    ]
    any_shelf.scan()
    assert [comic.error != "" for comic in any_shelf.comics()] == [True, False]
    write_folder(any_shelf.library / "A", {"2.jpg": image()})
    any_shelf.scan()
    assert [comic.error for comic in any_shelf.comics()] == ["", ""]


def test_a_comic_is_read_again_after_a_single_crash(shelf: Shelf):
    write_folder(shelf.library / "A", {"1.jpg": image()})
    request_scan(shelf.context)
    with shelf.context.db.write() as session:
        dying = scans.claim_scan(session, shelf.clock())
        assert dying is not None
        dying.error = "reading 0 A"
    shelf.clock.now += timedelta(seconds=scans.SCAN_LEASE_SECONDS + 1)
    run_requested_scans(shelf.context, _never)
    assert shelf.comics()[0].error == ""
    assert library_status(shelf.context).problems == ()


@pytest.fixture
def _saved_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Write every comic at once that is listed, as happens when listing takes long."""
    monkeypatch.setattr(scan, "SAVED_TOGETHER", 1)


@pytest.mark.usefixtures("_saved_one_by_one")
def test_a_stopped_scan_waits_and_keeps_what_it_has_read(any_shelf: Shelf):
    for name in ("A", "B", "C"):
        write_folder(any_shelf.library / name, {"1.jpg": image()})

    def after_the_first() -> bool:
        return len(any_shelf.comics()) > 0

    request_scan(any_shelf.context)
    assert run_requested_scans(any_shelf.context, after_the_first) == 0
    assert library_status(any_shelf.context).waiting
    assert any_shelf.titles() == ["A"]
    assert run_requested_scans(any_shelf.context, _never) == 1
    assert any_shelf.titles() == ["A", "B", "C"]


@pytest.mark.usefixtures("_saved_one_by_one")
def test_comics_are_listed_with_their_covers_while_the_scan_runs(any_shelf: Shelf):
    for number in range(3):
        write_folder(any_shelf.library / f"Comic {number}", {"1.jpg": image()})
    listed: list[int] = []

    def look() -> bool:
        comics = any_shelf.comics()
        assert all(comic.cover_url for comic in comics)
        assert all(cover_image(any_shelf.context, comic.id).data for comic in comics)
        listed.append(len(comics))
        return False

    request_scan(any_shelf.context)
    run_requested_scans(any_shelf.context, look)
    assert set(listed) >= {0, 1, 2}


@pytest.mark.usefixtures("_saved_one_by_one")
def test_a_scan_says_how_far_it_is(any_shelf: Shelf):
    for name in ("A", "B"):
        write_folder(any_shelf.library / name, {"1.jpg": image()})
    seen: list[tuple[int, int]] = []

    def watch() -> bool:
        status = library_status(any_shelf.context)
        seen.append((status.comics_done, status.comics_total))
        return False

    request_scan(any_shelf.context)
    run_requested_scans(any_shelf.context, watch)
    assert (1, 2) in seen


def test_only_the_latest_scans_are_remembered(any_shelf: Shelf):
    for _ in range(scans.KEPT_SCANS + 5):
        any_shelf.scan()
    with any_shelf.context.db.read() as session:
        assert session.exec(select(func.count()).select_from(LibraryScan)).one() == scans.KEPT_SCANS

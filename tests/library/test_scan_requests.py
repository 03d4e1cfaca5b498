"""Who scans when: one at a time, whatever dies or stops meanwhile."""

from __future__ import annotations

from datetime import timedelta

from sqlmodel import func, select

from comic_downloads.db import scans
from comic_downloads.db.tables import LibraryScan
from comic_downloads.usecases.browse_library import library_status
from comic_downloads.usecases.scan_library import request_scan, run_requested_scans

from .shelf import Shelf, image, write_folder


def _never() -> bool:
    return False


def test_asking_twice_is_one_scan_and_rings_each_time(shelf: Shelf):
    assert request_scan(shelf.context) == request_scan(shelf.context)
    assert shelf.rings == 2
    assert run_requested_scans(shelf.context, _never) == 1
    assert run_requested_scans(shelf.context, _never) == 0


def test_status_tells_waiting_from_finished(shelf: Shelf):
    write_folder(shelf.library / "A", {"1.jpg": image()})
    request_scan(shelf.context)
    waiting = library_status(shelf.context)
    assert (waiting.waiting, waiting.scanning, waiting.finished_at) == (True, False, None)
    run_requested_scans(shelf.context, _never)
    finished = library_status(shelf.context)
    assert (finished.waiting, finished.scanning, finished.comic_count) == (False, False, 1)
    assert finished.finished_at is not None


def test_a_scan_asked_for_during_a_scan_is_done_after_it(shelf: Shelf):
    first = request_scan(shelf.context)
    with shelf.context.db.write() as session:
        assert scans.claim_scan(session, shelf.clock()) is not None
    assert request_scan(shelf.context) != first


def test_two_workers_never_scan_at_once(shelf: Shelf):
    request_scan(shelf.context)
    with shelf.context.db.write() as session:
        scans.claim_scan(session, shelf.clock())
    request_scan(shelf.context)
    assert run_requested_scans(shelf.context, _never) == 0
    assert library_status(shelf.context).scanning


def test_a_dead_workers_scan_is_taken_over(shelf: Shelf):
    write_folder(shelf.library / "A", {"1.jpg": image()})
    request_scan(shelf.context)
    with shelf.context.db.write() as session:
        dead = scans.claim_scan(session, shelf.clock())
    assert dead is not None
    assert dead.started_at is not None
    shelf.clock.now += timedelta(seconds=scans.SCAN_LEASE_SECONDS + 1)
    assert run_requested_scans(shelf.context, _never) == 1
    assert shelf.titles() == ["A"]
    with shelf.context.db.write() as session:
        assert not scans.update_scan(session, dead.id, dead.started_at, {"comics_done": 99})


def test_a_stopped_scan_waits_and_keeps_what_it_has_read(shelf: Shelf):
    for name in ("A", "B", "C"):
        write_folder(shelf.library / name, {"1.jpg": image()})
    asked = iter([False, False, False, False])

    def after_a_while() -> bool:
        return next(asked, True)

    request_scan(shelf.context)
    assert run_requested_scans(shelf.context, after_a_while) == 0
    assert library_status(shelf.context).waiting
    assert shelf.titles() == ["A"]
    assert run_requested_scans(shelf.context, _never) == 1
    assert shelf.titles() == ["A", "B", "C"]


def test_a_scan_says_how_far_it_is(shelf: Shelf):
    for name in ("A", "B"):
        write_folder(shelf.library / name, {"1.jpg": image()})
    seen: list[tuple[int, int]] = []

    def watch() -> bool:
        status = library_status(shelf.context)
        seen.append((status.comics_done, status.comics_total))
        return False

    request_scan(shelf.context)
    run_requested_scans(shelf.context, watch)
    assert (1, 2) in seen


def test_only_the_latest_scans_are_remembered(shelf: Shelf):
    for _ in range(scans.KEPT_SCANS + 5):
        shelf.scan()
    with shelf.context.db.read() as session:
        assert session.exec(select(func.count()).select_from(LibraryScan)).one() == scans.KEPT_SCANS

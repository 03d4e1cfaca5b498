"""On a machine with one worker process, a long library scan does not delay a download."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import col, func, select

from comic_downloads.db.tables import LibraryScan
from comic_downloads.usecases.library.status import library_status
from comic_downloads.worker.process import POLL_SECONDS
from tests.queue.world import TALL, World
from tests.waiting import wait_for

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
COMICS = 500
PAGES = 4


def test_scan_is_left_for_a_waiting_download_and_goes_on_after_it(new_world: Callable[..., World]):
    world = new_world(WORKER_PROCESSES="1")
    user, comic = world.add_user("ann"), world.add_comic("First")
    for number in range(COMICS):
        world.put_comic(f"Comic {number}", PAGES, TALL)
    worker = world.start_worker()  # A worker begins with a scan.
    wait_for("the scan", lambda: library_status(world.context).comics_done > 0, every=0.01)
    worker.signal_all(signal.SIGSTOP)
    job = world.submit(user, comic)
    time.sleep(POLL_SECONDS)  # So that the worker looks for jobs as soon as it continues.
    worker.signal_all(signal.SIGCONT)

    assert world.wait_for_status(job, "ready").attempt == 1
    scanned_at = wait_for("the whole library", lambda: _when_scanned(world, job.created_at))
    assert library_status(world.context).comic_count == COMICS + 1
    prepared_at = world.row(job).finished_at
    assert prepared_at is not None and prepared_at < scanned_at


def _when_scanned(world: World, since: datetime) -> datetime | None:
    """Return when a scan had read everything; None if none has since then."""
    with world.context.db.read() as session:
        finished_at = col(LibraryScan.finished_at)
        return session.exec(select(func.max(finished_at)).where(finished_at > since)).one()

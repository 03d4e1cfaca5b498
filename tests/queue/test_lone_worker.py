"""On a machine with one worker process, a library scan does not delay a download."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest
from sqlmodel import col, func, select

from comic_downloads.db.tables import LibraryScan
from comic_downloads.usecases.library.status import library_status
from tests.queue.world import SMALL, World
from tests.waiting import wait_for

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
COMICS, PAGES = 4, 4

# Runs the worker; while a comic is read, it waits until the test has requested a download, and then
# for so long that it looks for jobs before the next page.
PROGRAM = """
import os, sys, time
from pathlib import Path
from comic_downloads.packaging import images
from comic_downloads.worker.process import POLL_SECONDS

real, pages = images.probe, 0
reading, may_continue = Path(os.environ["READING"]), Path(os.environ["MAY_CONTINUE"])

def probe(stream, max_pixels):
    global pages
    pages += 1
    if pages == int(os.environ["WAIT_AT"]):
        reading.touch()
        while not may_continue.exists():
            time.sleep(0.05)
        time.sleep(POLL_SECONDS)
    return real(stream, max_pixels)

images.probe = probe
sys.argv = ["worker"]
from comic_downloads.worker.__main__ import main
main()
"""


@pytest.mark.parametrize(
    "wait_at",
    [
        pytest.param(2, id="while comics are listed"),
        pytest.param(COMICS + 2, id="while one is read"),
    ],
)
def test_scan_is_left_for_a_waiting_download_and_goes_on_after_it(
    new_world: Callable[..., World], wait_at: int
):
    world = new_world(WORKER_PROCESSES="1")
    user, comic = world.add_user("ann"), world.add_comic("First")
    for number in range(COMICS):
        world.put_comic(f"Comic {number}", PAGES, SMALL)
    reading, may_continue = world.folder / "reading", world.folder / "may continue"
    world.start_worker(  # It begins with a scan.
        program=PROGRAM,
        READING=str(reading),
        MAY_CONTINUE=str(may_continue),
        WAIT_AT=str(wait_at),
    )
    wait_for("the scan", reading.exists)
    job = world.submit(user, comic)
    may_continue.touch()

    assert world.wait_for_status(job, "ready").attempt == 1
    scanned_at = wait_for("the whole library", lambda: _when_scanned(world, job.created_at))
    status = library_status(world.context)
    assert (status.comic_count, status.unread_comics) == (COMICS + 1, 0)
    prepared_at = world.row(job).finished_at
    assert prepared_at is not None and prepared_at < scanned_at


def _when_scanned(world: World, since: datetime) -> datetime | None:
    """Return when a scan had read everything; None if none has since then."""
    with world.context.db.read() as session:
        finished_at = col(LibraryScan.finished_at)
        return session.exec(select(func.max(finished_at)).where(finished_at > since)).one()

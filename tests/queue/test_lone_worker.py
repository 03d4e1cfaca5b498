"""On a machine with one worker process, a long library scan does not delay a download."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from comic_downloads.usecases.library.status import library_status
from tests.queue.world import TALL, World
from tests.waiting import wait_for

pytestmark = pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
COMICS = 250
PAGES = 4


def test_scan_is_left_for_a_waiting_download_and_goes_on_after_it(new_world: Callable[..., World]):
    world = new_world(WORKER_PROCESSES="1")
    user, comic = world.add_user("ann"), world.add_comic("First")
    for number in range(COMICS):
        world.put_comic(f"Comic {number}", PAGES, TALL)
    world.start_worker()  # A worker begins with a scan.
    wait_for("the scan", lambda: library_status(world.context).comics_done > 0)

    job = world.submit(user, comic)
    assert world.wait_for_status(job, "ready").attempt == 1
    found_so_far = library_status(world.context).comic_count

    assert found_so_far < COMICS
    wait_for("the whole library", lambda: library_status(world.context).comic_count == COMICS + 1)

"""Two worker machines with their own DATA_DIR on one database, one broker and one storage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from comic_downloads.usecases.queue_report import queue_report
from tests.queue.world import LARGE, World

pytestmark = pytest.mark.parametrize("backend", ["postgres+redis"], indirect=True)


@pytest.fixture
def machines(new_world: Callable[..., World], tmp_path) -> tuple[World, World]:
    """The library and the folder of finished files are mounted on both."""
    storage = tmp_path / "storage"
    storage.mkdir()
    for name in ("one", "two"):
        (tmp_path / name / "data").mkdir(parents=True)
        (tmp_path / name / "data" / "storage").symlink_to(storage)
    shared = {"LIBRARY_DIR": str(tmp_path / "library"), "LEASE_SECONDS": "3", "WORKER_PROCESSES": "1"}
    return new_world("one", **shared), new_world("two", **shared)


def test_both_prepare_and_each_can_serve_what_the_other_made(machines: tuple[World, World]):
    one, two = machines
    user = one.add_user("ann")
    jobs = [one.submit(user, one.add_comic(f"Comic {number}", pages=40, size=LARGE), quality="720p") for number in range(2)]
    one.start_worker()
    two.start_worker()

    for job in jobs:
        assert two.wait_for_status(job, "ready", "failed").attempt == 1
        assert len(one.page_names(job)) == len(two.page_names(job)) == 40
    assert (len(one.lines("claim")), len(two.lines("claim"))) == (1, 1)
    assert len(queue_report(one.context).workers) == 2


def test_the_other_takes_over_when_one_machine_dies(machines: tuple[World, World]):
    one, two = machines
    job = one.submit(one.add_user("ann"), one.add_comic("Large", pages=40, size=LARGE), quality="720p")
    one.start_worker()
    one.wait_for_job(job, "converting", lambda now: now.pages_done >= 5)
    two.start_worker()

    one.workers[0].kill()

    done = two.wait_for_status(job, "ready", "failed")
    assert (done.status, done.attempt) == ("ready", 2)
    assert len(two.page_names(job)) == 40
    assert two.lines("recover")

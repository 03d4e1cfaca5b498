"""Two worker machines with their own DATA_DIR share a database, a broker and a storage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from comic_downloads.usecases.operations.queue import queue_report
from tests.queue.world import World

MANY_PAGES = 40  # With a lock on each, a worker needs about three minutes.

pytestmark = pytest.mark.parametrize("backend", ["postgres+redis"], indirect=True)


@pytest.fixture
def machines(new_world: Callable[..., World], tmp_path) -> tuple[World, World]:
    """Open two machines that share the library and the folder of finished files."""
    storage = tmp_path / "storage"
    storage.mkdir()
    for name in ("one", "two"):
        (tmp_path / name / "data").mkdir(parents=True)
        (tmp_path / name / "data" / "storage").symlink_to(storage)
    shared = {
        "LIBRARY_DIR": str(tmp_path / "library"),
        "LEASE_SECONDS": "3",
        "WORKER_PROCESSES": "1",
    }
    return new_world("one", **shared), new_world("two", **shared)


def test_both_prepare_and_each_can_serve_what_the_other_made(machines: tuple[World, World]):
    one, two = machines
    # The first machine stays busy for minutes, so that the other one has to take the second job,
    # however long its worker takes to start.
    with one.converting(MANY_PAGES, hold_at=5, name="First", held=MANY_PAGES - 5) as first:
        second = one.submit(one.add_user("ann"), one.add_comic("Second", pages=10))
        two.start_worker()
        assert two.wait_for_status(second, "ready", "failed", seconds=120).attempt == 1
        assert len(queue_report(one.context).workers) == 2

    assert one.wait_for_status(first, "ready", "failed").attempt == 1
    for job, pages in ((first, MANY_PAGES), (second, 10)):
        assert len(one.page_names(job)) == len(two.page_names(job)) == pages
    assert (len(one.lines("claim")), len(two.lines("claim"))) == (1, 1)


def test_the_other_takes_over_when_one_machine_dies(machines: tuple[World, World]):
    one, two = machines
    with one.converting(20, hold_at=10) as job:
        one.workers[0].kill()
    two.start_worker()

    done = two.wait_for_status(job, "ready", "failed")
    assert (done.status, done.attempt) == ("ready", 2)
    assert len(two.page_names(job)) == 20
    assert two.lines("recover")

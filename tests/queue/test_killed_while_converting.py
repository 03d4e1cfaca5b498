"""After SIGKILL during a long conversion the job ends ready, and no page is converted twice."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

from tests.queue.world import World
from tests.waiting import wait_for

PAGES = 60


def assert_whole(world: World, job) -> None:
    done = world.wait_for_status(job, "ready", "failed")
    assert (done.status, done.attempt) == ("ready", 2)
    assert len(world.page_names(job)) == PAGES
    # A page that was finished without its log line is found on disk, so none is logged twice.
    assert set(world.conversions().values()) == {1}
    assert len(world.conversions()) in (PAGES, PAGES - 1)


def test_job_ends_ready_when_its_process_is_killed(new_world: Callable[..., World]):
    world = new_world(
        LEASE_SECONDS="30"
    )  # The other processes see at once that this one is dead, before its lease lapses.
    with world.converting(PAGES, hold_at=20) as job:
        os.kill(world.process_of(job), signal.SIGKILL)

    assert_whole(world, job)
    assert len(world.lines("recover")) == 1


def test_job_ends_ready_when_the_whole_worker_is_killed_and_started_again(world: World):
    with world.converting(PAGES, hold_at=20) as job:
        world.workers[0].kill()
    world.start_worker()

    assert_whole(world, job)
    wait_for("the work folder to be tidied", lambda: not world.job_folders())

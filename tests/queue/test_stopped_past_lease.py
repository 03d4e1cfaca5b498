"""A worker stopped for longer than its lease changes nothing when it continues."""

from __future__ import annotations

import signal
from collections.abc import Callable

from tests.queue.world import World
from tests.waiting import wait_for


def test_late_commit_of_a_stopped_worker_is_fenced(new_world: Callable[..., World]):
    world = new_world(LEASE_SECONDS="2", WORKER_PROCESSES="1")
    with world.converting(20, hold_at=10) as job:
        sleeper = world.workers[0]
        sleeper.signal_all(signal.SIGSTOP)
    world.start_worker()
    done = world.wait_for_status(job, "ready")
    sleeper.signal_all(signal.SIGCONT)

    wait_for("the sleeper to notice", lambda: sleeper.lines("fenced"))
    assert world.job(job) == done
    assert done.attempt == 2
    assert len(world.page_names(job)) == 20
    assert len(list(world.context.blobs.list("artifacts/"))) == 1

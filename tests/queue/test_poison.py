"""A job that kills its worker every time ends failed, and other jobs are not affected."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Callable

from comic_downloads.domain.errors import DatabaseError
from tests.queue.world import TALL, World


def kill_each_that_claims(world: World, job, stop: threading.Event) -> None:
    while not stop.is_set():
        if world.row(job).status == "preparing":
            # Its process may have been killed just before, and its row be gone.
            with contextlib.suppress(ProcessLookupError, DatabaseError):
                os.kill(world.process_of(job), signal.SIGKILL)
        stop.wait(0.02)


def test_poison_job_ends_failed_and_the_others_end_ready(new_world: Callable[..., World]):
    world = new_world(LEASE_SECONDS="3", MAX_ATTEMPTS="2")
    ann, bob = world.add_user("ann"), world.add_user("bob")
    poison = world.submit(ann, world.add_comic("Poison", 1, TALL), quality="480p")
    good = [
        world.submit(bob, world.add_comic(f"Good {number}"), format="zip") for number in range(4)
    ]
    stop = threading.Event()
    killer = threading.Thread(target=kill_each_that_claims, args=(world, poison, stop))
    killer.start()
    try:
        with world.holding("Poison", [1]):
            world.start_worker()
            for job in good:
                assert world.wait_for_status(job, "ready").attempt == 1
            failed = world.wait_for_status(poison, "failed", "ready")
    finally:
        stop.set()
        killer.join()

    assert (failed.status, failed.attempt) == ("failed", 2)
    assert failed.error is not None
    assert (failed.error.code, failed.error.retryable) == ("crash_loop", False)
    assert "2 times in a row" in failed.error.message

"""A worker process that lives but does not beat is killed and replaced; its job goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.queue.test_database_faults import database_locked
from tests.queue.world import TALL, World
from tests.waiting import wait_for

PAGES = 20
SECONDS = 90.0

# Freezes its process once, in the middle of the transaction that writes a job's progress.
FREEZES_IN_TRANSACTION = """
import os, runpy, signal
from pathlib import Path
from comic_downloads.db import leases

write = leases.record_progress

def write_and_freeze(session, lease, **changes):
    written = write(session, lease, **changes)
    if changes.get("pages_done", 0) > 3 and not Path(os.environ["FROZEN"]).exists():
        Path(os.environ["FROZEN"]).write_text(str(os.getpid()))
        os.kill(os.getpid(), signal.SIGSTOP)
    return written

leases.record_progress = write_and_freeze
runpy.run_module("comic_downloads.worker", run_name="__main__", alter_sys=True)
"""

# The main loop of its first worker process waits for the queue without end.
STUCK_IN_QUEUE = """
import os, runpy, time
from pathlib import Path
from huey import Huey
from comic_downloads.worker import process

process.STUCK_AFTER_SECONDS = 3.0
dequeue = Huey.dequeue

def wait_without_end(huey):
    if not Path(os.environ["FROZEN"]).exists():
        Path(os.environ["FROZEN"]).touch()
        time.sleep(3600)
    return dequeue(huey)

Huey.dequeue = wait_without_end
runpy.run_module("comic_downloads.worker", run_name="__main__", alter_sys=True)
"""


@pytest.fixture
def lone(new_world: Callable[..., World]) -> World:
    """Return a machine with one worker process, which hangs after 6 seconds of silence."""
    return new_world(LEASE_SECONDS="2", WORKER_PROCESSES="1")


def test_frozen_process_is_replaced_and_its_job_goes_on(lone: World):
    with lone.converting(PAGES, hold_at=10) as job:
        os.kill(lone.process_of(job), signal.SIGSTOP)

    done = lone.wait_for_status(job, "ready", "failed", seconds=SECONDS)

    assert (done.status, done.attempt) == ("ready", 2)
    assert len(lone.lines("worker_hung")) == 1
    assert sorted(lone.conversions().values()) == [1] * PAGES
    assert len(lone.page_names(job)) == PAGES


def test_process_frozen_inside_a_transaction_holds_up_nobody_for_good(lone: World, tmp_path: Path):
    job = lone.submit(lone.add_user("ann"), lone.add_comic("Frozen", PAGES, TALL), quality="480p")
    frozen = tmp_path / "frozen"
    lone.start_worker(program=FREEZES_IN_TRANSACTION, FROZEN=str(frozen))
    wait_for("the process to freeze", frozen.exists)

    done = lone.wait_for_status(job, "ready", "failed", seconds=SECONDS)

    assert (done.status, done.attempt) == ("ready", 2)
    assert len(lone.lines("worker_hung")) == 1
    assert sorted(lone.conversions().values()) == [1] * PAGES


def test_process_whose_main_loop_is_stuck_is_replaced(lone: World, tmp_path: Path):
    job = lone.submit(lone.add_user("ann"), lone.add_comic("Small"))

    lone.start_worker(program=STUCK_IN_QUEUE, FROZEN=str(tmp_path / "stuck"))

    assert lone.wait_for_status(job, "ready", seconds=SECONDS).attempt == 1
    assert len(lone.lines("worker_hung")) == 1


def test_processes_go_on_while_their_parent_is_frozen_and_no_job_is_prepared_twice(lone: World):
    with lone.converting(PAGES, hold_at=10) as job:
        os.kill(lone.workers[0].process.pid, signal.SIGSTOP)
        lone.start_worker()
        wait_for("the other worker", lambda: lone.workers[1].lines("worker_start"))

    assert lone.wait_for_status(job, "ready", "failed", seconds=SECONDS).attempt == 1
    assert len(lone.lines("claim")) == 1
    assert sorted(lone.conversions().values()) == [1] * PAGES


def test_process_frozen_for_a_moment_is_not_replaced(lone: World):
    with lone.converting(PAGES, hold_at=10) as job:
        process = lone.process_of(job)
        os.kill(process, signal.SIGSTOP)
        time.sleep(1)  # Half of its lease.
        os.kill(process, signal.SIGCONT)

    assert lone.wait_for_status(job, "ready").attempt == 1
    assert lone.lines("worker_hung") == []


def test_database_that_is_locked_for_long_gets_no_worker_killed(lone: World):
    with lone.converting(PAGES, hold_at=10) as job, database_locked(lone):
        time.sleep(lone.settings.hung_after_seconds + 3)

    assert lone.wait_for_status(job, "ready", "failed", seconds=SECONDS).status == "ready"
    assert lone.lines("worker_hung") == []
    assert max(lone.conversions().values()) == 1

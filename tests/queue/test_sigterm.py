"""After SIGTERM a worker finishes its page, puts its job back and ends within ten seconds."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from tests.queue.world import World
from tests.waiting import PATIENCE_SECONDS, wait_for

PAGES = 30


def test_stopped_worker_puts_its_job_back_and_the_next_one_goes_on(world: World):
    # The current page is held for seconds, so that the stop is noticed before the page is done.
    with world.converting(PAGES, hold_at=10, held=PAGES - 9) as job:
        worker = world.workers[0]
        started = time.monotonic()
        worker.process.terminate()
        worker.process.wait(timeout=20)
        assert time.monotonic() - started < 10

    assert worker.process.returncode == 0
    put_back = world.job(job)
    assert (put_back.status, put_back.attempt, put_back.error) == ("queued", 0, None)
    assert 10 <= len(world.kept_pages()) < PAGES  # The current page was finished and kept.
    assert len(worker.lines("claim")) == 1  # No other job was claimed.

    world.start_worker()
    assert world.wait_for_status(job, "ready").attempt == 1
    assert len(world.page_names(job)) == PAGES
    assert sorted(world.conversions().values()) == [1] * PAGES


def test_worker_leaves_no_processes_behind(world: World):
    worker = world.start_worker()
    children = Path(f"/proc/{worker.process.pid}/task/{worker.process.pid}/children")
    pids = wait_for(
        "the processes", lambda: len(found := children.read_text().split()) >= 2 and found
    )

    os.kill(
        worker.process.pid, signal.SIGKILL
    )  # Only the consumer: its children must notice by themselves.
    worker.process.wait(PATIENCE_SECONDS)

    assert wait_for(
        "the orphans to end", lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids)
    )

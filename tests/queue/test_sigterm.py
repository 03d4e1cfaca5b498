"""SIGTERM: the page in hand is finished, the job goes back to the queue and costs no attempt, all within ten seconds."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from tests.queue.world import LARGE, World
from tests.servers import wait_for

PAGES = 60


def start_converting(world: World):
    comic = world.add_comic("Sixty", pages=PAGES, size=LARGE)
    job = world.submit(world.add_user("ann"), comic, quality="720p")
    worker = world.start_worker()
    return world.wait_for_job(job, "converting", lambda now: now.pages_done >= 5), worker


def test_stopped_worker_puts_its_job_back_and_the_next_one_goes_on(world: World):
    job, worker = start_converting(world)

    seconds = worker.terminate()

    assert seconds < 10
    assert worker.process.returncode == 0
    put_back = world.job(job)
    assert (put_back.status, put_back.attempt, put_back.error) == ("queued", 0, None)
    assert len(worker.lines("claim")) == 1  # nothing new was begun

    world.start_worker()
    done = world.wait_for_status(job, "ready")
    assert done.attempt == 1
    assert len(world.page_names(job)) == PAGES
    assert sorted(world.conversions().values()) == [1] * PAGES  # the page in hand was finished and kept


def test_worker_leaves_no_processes_behind(world: World):
    worker = world.start_worker()
    children = Path(f"/proc/{worker.process.pid}/task/{worker.process.pid}/children")
    pids = wait_for("the processes", lambda: len(found := children.read_text().split()) >= 3 and found)

    os.kill(worker.process.pid, signal.SIGKILL)  # the consumer alone: its children must notice by themselves
    worker.process.wait(timeout=5)

    wait_for("the orphans to end", lambda: not any(Path(f"/proc/{pid}").exists() for pid in pids), seconds=15)
    assert worker.process.returncode == -signal.SIGKILL

"""The broker only wakes workers: if messages are lost or doubled, or it is down, no job is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from comic_downloads.db.workers import claim_slot
from comic_downloads.domain.errors import QueueFull
from comic_downloads.usecases.library.scan import request_scan
from comic_downloads.usecases.library.status import library_status
from comic_downloads.worker.queue import connect
from tests.queue.world import World
from tests.waiting import wait_for

ANSWER_SECONDS = 5  # Connecting to a Redis that is down must not take longer than a visitor waits.


def empty_broker(world: World) -> None:
    """Delete all messages, as ``FLUSHALL`` or a lost queue file would."""
    connect(world.settings).huey.flush()


def test_jobs_end_ready_when_the_broker_is_emptied(world: World):
    user, comic = world.add_user("ann"), world.add_comic("Small")
    jobs = [world.submit(user, comic, format=format) for format in ("cbz", "zip", "pdf")]
    empty_broker(world)

    world.start_worker()

    for job in jobs:
        assert world.wait_for_status(job, "ready", "failed").status == "ready"


def test_job_is_found_when_the_crash_came_between_commit_and_notification(world: World):
    world.start_worker()
    wait_for("the worker", lambda: world.worker_lives())
    silent = replace(world, context=replace(world.context, notify_workers=lambda: None))

    job = silent.submit(world.add_user("ann"), world.add_comic("Small"))

    assert world.wait_for_status(job, "ready").attempt == 1


def test_fifty_messages_for_one_job_are_one_attempt(world: World):
    job = world.submit(world.add_user("ann"), world.add_comic("Small", pages=20))
    with ThreadPoolExecutor(8) as threads:
        for sent in [threads.submit(world.context.notify_workers) for _ in range(50)]:
            sent.result()

    world.start_worker()

    assert world.wait_for_status(job, "ready").attempt == 1
    wait_for(
        "the messages to be used up", lambda: connect(world.settings).huey.pending_count() == 0
    )
    assert len(world.lines("claim")) == 1


def test_message_of_a_stranger_is_thrown_away_unread(world: World, tmp_path):
    world.start_worker()
    wait_for("the worker", lambda: world.worker_lives())
    marker = tmp_path / "owned"
    pickled = b"cposix\nsystem\n(S'touch " + str(marker).encode() + b"'\ntR."
    connect(world.settings).huey.storage.enqueue(pickled)

    job = world.submit(world.add_user("ann"), world.add_comic("Small"))

    assert world.wait_for_status(job, "ready").attempt == 1
    assert not marker.exists()


@pytest.mark.parametrize("backend", ["postgres+redis"], indirect=True)
def test_work_goes_on_and_the_web_answers_while_redis_is_down(new_world: Callable[..., World]):
    world = new_world(LEASE_SECONDS="3", MAX_QUEUED_PER_USER="2")
    assert world.redis is not None
    user, comic = world.add_user("ann"), world.add_comic("Small")
    world.redis.stop()
    with ThreadPoolExecutor(1) as web:  # It answers as usual, refusals included.
        submitted = [
            web.submit(world.submit, user, comic, format=format) for format in ("cbz", "zip", "pdf")
        ]
        jobs = [answer.result(ANSWER_SECONDS) for answer in submitted[:2]]
        with pytest.raises(QueueFull):
            submitted[2].result(ANSWER_SECONDS)

    world.start_worker()
    for job in jobs:
        assert world.wait_for_status(job, "ready").attempt == 1
    later = world.submit(user, comic, format="pdf")
    assert world.wait_for_status(later, "ready").attempt == 1
    request_scan(world.context)
    wait_for(
        "the scan",
        lambda: not (status := library_status(world.context)).waiting and not status.scanning,
    )

    world.redis.start()
    last = world.submit(user, comic, format="epub")
    assert world.wait_for_status(last, "ready").attempt == 1
    wait_for(
        "the queue to be read again", lambda: connect(world.settings).huey.pending_count() == 0
    )


@pytest.mark.parametrize("backend", ["postgres+redis"], indirect=True)
def test_files_that_were_lost_are_found_out_while_redis_is_down(world: World):
    assert world.redis is not None
    job = world.submit(world.add_user("ann"), world.add_comic("Small"))
    assert world.prepare_here()
    world.redis.stop()
    with world.context.db.write() as session:
        hour = world.context.clock().replace(minute=0, second=0, microsecond=0)
        for slot in (
            hour,
            hour + timedelta(hours=1),
        ):  # Until this is rolled back, a process that claims a slot has to wait.
            assert claim_slot(session, "reconcile", slot)
        world.start_worker()  # It reconciles the storage before it is ready.
        wait_for("the worker", lambda: world.lines("worker_start"))
        (blob,) = world.context.blobs.list("artifacts/")
        world.context.blobs.delete(blob.key)
        session.rollback()

    assert world.wait_for_status(job, "expired").sha256
    assert not world.redis.answers()
    world.redis.start()

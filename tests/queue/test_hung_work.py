"""Hanging work is noticed although heartbeats continue: its attempt fails and its process ends."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from comic_downloads.db.claims import Claimant, claim_next
from comic_downloads.db.leases import Lease
from comic_downloads.domain.errors import LeaseLost
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.downloads.control import cancel_download
from comic_downloads.usecases.preparing.heartbeat import LeaseHeartbeat
from tests.queue.world import World
from tests.waiting import PATIENCE_SECONDS, wait_for


def claim(world: World) -> Lease:
    claimant = Claimant(
        secrets.token_hex(16),
        "a worker",
        "a host",
        lease_seconds=world.settings.lease_seconds,
        max_running_per_user=10,
    )
    with world.context.db.write() as session:
        claimed = claim_next(session, claimant)
    assert claimed is not None
    return claimed.lease


def fast(world: World) -> Context:
    """Return a context in which a real second counts as a quarter of an hour."""
    return replace(world.context, monotonic=lambda: time.monotonic() * 900)


def test_work_without_progress_fails_and_its_process_ends(new_world: Callable[..., World]):
    world = new_world(LEASE_SECONDS="10")
    job = world.submit(world.add_user("ann"), world.add_comic("Hangs"))
    ended = threading.Event()

    with LeaseHeartbeat(fast(world), claim(world), lambda: False, hard_exit=ended.set):
        assert ended.wait(PATIENCE_SECONDS)  # No progress is reported.

    waiting = world.job(job)
    assert (waiting.status, waiting.attempt) == ("queued", 1)
    assert waiting.error is not None
    assert (waiting.error.code, waiting.error.message) == (
        "timeout",
        "No page was finished for 300 seconds.",
    )
    assert waiting.next_attempt_at is not None


def test_process_of_hanging_work_is_ended_after_its_job_was_cancelled(
    new_world: Callable[..., World],
):
    world = new_world(LEASE_SECONDS="10")
    job = world.submit(world.add_user("ann"), world.add_comic("Hangs"))
    ended = threading.Event()

    with LeaseHeartbeat(fast(world), claim(world), lambda: False, hard_exit=ended.set):
        cancel_download(world.context, job.user_id, job.id)
        assert ended.wait(PATIENCE_SECONDS)

    assert world.job(job).status == "cancelled"


def test_stop_is_enforced_when_the_page_in_hand_takes_too_long(new_world: Callable[..., World]):
    world = new_world(LEASE_SECONDS="10")
    job = world.submit(world.add_user("ann"), world.add_comic("Slow"))
    ended = threading.Event()

    with LeaseHeartbeat(fast(world), claim(world), lambda: True, hard_exit=ended.set):
        assert ended.wait(PATIENCE_SECONDS)

    assert (world.job(job).status, world.job(job).attempt) == ("queued", 0)


def test_lease_of_another_owner_stops_the_work(new_world: Callable[..., World]):
    world = new_world(LEASE_SECONDS="10")
    job = world.submit(world.add_user("ann"), world.add_comic("Small"))
    stale = Lease(claim(world).job_id, "somebody else")
    ended = threading.Event()

    with LeaseHeartbeat(world.context, stale, lambda: False, hard_exit=ended.set) as heartbeat:
        assert wait_for("the lease to be lost", lambda: is_lost(heartbeat))

    assert not ended.is_set()
    assert world.job(job).status == "preparing"


def is_lost(heartbeat: LeaseHeartbeat) -> bool:
    try:
        heartbeat.check()
    except LeaseLost:
        return True
    return False

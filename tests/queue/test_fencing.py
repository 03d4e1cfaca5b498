"""A worker that has lost its lease can change nothing, however late it tries."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest

from comic_downloads.db import leases
from comic_downloads.db.claims import Claimant, claim_next
from comic_downloads.db.leases import Lease
from comic_downloads.db.tables import Job
from comic_downloads.domain.errors import LeaseLost, PageUnreadable, StorageUnavailable
from comic_downloads.domain.job import Phase
from comic_downloads.usecases.operations.maintenance import recover_lost_jobs
from comic_downloads.usecases.preparing.attempt import Attempt
from comic_downloads.usecases.preparing.heartbeat import LeaseHeartbeat, fail_attempt, release
from comic_downloads.usecases.preparing.publish import publish_existing
from tests.queue.world import World

ATTEMPTS: dict[str, Callable[[World, Lease], object]] = {
    "release": lambda world, lease: release(world.context, lease),
    "back off": lambda world, lease: fail_attempt(world.context, lease, StorageUnavailable("away")),
    "fail": lambda world, lease: fail_attempt(world.context, lease, PageUnreadable("torn")),
    "finish": lambda world, lease: publish_existing(attempt_of(world, lease)),
}


def attempt_of(world: World, lease: Lease) -> Attempt:
    heartbeat = LeaseHeartbeat(world.context, lease, lambda: False, lambda: None)
    return Attempt.begin(world.context, lease, heartbeat)


def row_of(world: World, lease: Lease) -> Job:
    with world.context.db.read() as session:
        return session.get_one(Job, lease.job_id)


def claim(world: World, worker_id: str) -> Lease:
    claimant = Claimant(
        secrets.token_hex(16), worker_id, "a host", lease_seconds=30, max_running_per_user=10
    )
    with world.context.db.write() as session:
        claimed = claim_next(session, claimant)
    assert claimed is not None
    return claimed.lease


@pytest.mark.parametrize("act", ATTEMPTS.values(), ids=ATTEMPTS)
def test_late_worker_changes_nothing(
    new_world: Callable[..., World], act: Callable[[World, Lease], object]
):
    world = new_world()
    ann, bob, comic = world.add_user("ann"), world.add_user("bob"), world.add_comic("Small")
    equal = world.submit(bob, comic)
    job = world.submit(ann, comic)
    late = claim(world, "first"), claim(world, "first")
    stale = next(lease for lease in late if lease.job_id == job.id)
    recover_lost_jobs(world.context, ["first"])
    world.make_due(job)
    holder = claim(world, "second")
    assert holder.job_id == job.id
    world.make_due(equal)
    assert world.prepare_here()  # The file exists now, so finishing would be easy.
    with world.context.db.write() as session:
        assert not leases.record_progress(session, stale, phase=Phase.CONVERTING, progress=50)
        assert not leases.renew_lease(session, stale, 30)
    before = row_of(world, holder)

    act(world, stale)

    assert row_of(world, holder) == before
    assert before.lease_token == holder.token
    with (
        pytest.raises(LeaseLost),
        LeaseHeartbeat(world.context, stale, lambda: False, lambda: None) as heartbeat,
    ):
        heartbeat.report(Phase.CONVERTING, force=True, progress=50)

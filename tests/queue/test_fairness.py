"""Many jobs of one user never delay the job of another, and no user exceeds the cap."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from comic_downloads.db.claims import Claimant, Claimed, claim_next
from comic_downloads.db.jobs import move
from comic_downloads.db.session import next_revision
from comic_downloads.db.tables import Job
from comic_downloads.db.workers import NO_LIMIT_BYTES
from comic_downloads.domain.identity import new_id
from comic_downloads.domain.job import Action
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from tests.queue.world import World

CAP = 10


def add_waiting(world: World, user_id: str, count: int) -> list[str]:
    """Insert queued jobs as rows, which is faster than submitting them one by one."""
    template = world.row(world.submit(user_id, world.add_comic(f"Comic of {user_id}")))
    rows = []
    with world.context.db.write() as session:
        for number in range(count - 1):
            values = {
                **template.model_dump(),
                "id": new_id(template.created_at),
                "request_key": f"{number}",
            }
            rows.append(Job(**{**values, "revision": next_revision(session)}))
        session.add_all(rows)
        return [template.id, *(row.id for row in rows)]


def claim(
    world: World,
    worker_id: str = "a worker",
    host: str = "a host",
    free_disk_bytes: int = NO_LIMIT_BYTES,
) -> Claimed | None:
    claimant = Claimant(
        secrets.token_hex(16),
        worker_id,
        host,
        lease_seconds=30,
        max_running_per_user=CAP,
        free_disk_bytes=free_disk_bytes,
    )
    with world.context.db.write() as session:
        return claim_next(session, claimant)


def test_one_job_of_another_user_goes_before_the_five_hundred(new_world: Callable[..., World]):
    world = new_world()
    ann, bob = world.add_user("ann"), world.add_user("bob")
    add_waiting(world, ann, 500)
    first = [claim(world) for _ in range(3)]
    single = world.submit(bob, world.add_comic("Single"))
    assert world.job(single).queue_position == 1

    claimed = claim(world)

    assert [job.user_id for job in first if job] == [ann] * 3
    assert claimed is not None
    assert claimed.lease.job_id == single.id


def test_the_user_with_nothing_running_is_next_however_many_claim_at_once(
    new_world: Callable[..., World],
):
    world = new_world()
    ann, bob = world.add_user("ann"), world.add_user("bob")
    add_waiting(world, ann, 20)
    single = world.submit(bob, world.add_comic("Single"))
    barrier = threading.Barrier(4)

    def claim_together(_: int) -> Claimed | None:
        barrier.wait()
        return claim(world)

    with ThreadPoolExecutor(4) as pool:
        claimed = [job.lease.job_id for job in pool.map(claim_together, range(4)) if job]

    assert len(claimed) == 4
    assert single.id in claimed


def test_nobody_exceeds_the_cap_when_many_claim_at_once(new_world: Callable[..., World]):
    world = new_world()
    ann, bob = world.add_user("ann"), world.add_user("bob")
    add_waiting(world, ann, 40)
    add_waiting(world, bob, 4)
    barrier = threading.Barrier(8)

    def claim_often(_: int) -> list[str]:
        barrier.wait()
        return [job.user_id for _ in range(6) if (job := claim(world))]

    with ThreadPoolExecutor(8) as threads:
        claimed = [user for users in threads.map(claim_often, range(8)) for user in users]

    assert (claimed.count(ann), claimed.count(bob)) == (
        CAP,
        4,
    )  # 48 were submitted; none that could run was left.


def test_next_one_goes_when_one_of_the_cap_ends(new_world: Callable[..., World]):
    world = new_world()
    ann = world.add_user("ann")
    add_waiting(world, ann, CAP + 2)
    running = [claim(world) for _ in range(CAP)]
    assert claim(world) is None
    with world.context.db.write() as session:
        assert running[0] is not None
        assert move(session, Action.CANCEL, running[0].lease.job_id)

    assert claim(world) is not None
    assert claim(world) is None


def test_users_take_turns_by_age_and_places_in_the_queue_say_so(new_world: Callable[..., World]):
    world = new_world()
    ann, bob = world.add_user("ann"), world.add_user("bob")
    comics = [world.add_comic(f"Comic {number}") for number in range(3)]
    hers = [world.submit(ann, comic) for comic in comics]
    his = [world.submit(bob, comic, format="zip") for comic in comics[:2]]

    assert [world.job(job).queue_position for job in hers] == [1, 3, 5]
    assert [world.job(job).queue_position for job in his] == [1, 3]
    order = [job.lease.job_id for _ in range(5) if (job := claim(world))]
    assert order == [hers[0].id, his[0].id, hers[1].id, his[1].id, hers[2].id]


def set_duration(world: World, job: JobSnapshot, *, seconds: float) -> None:
    """Let the job's attempt have taken this long, whatever the speed of this machine."""
    with world.context.db.write() as session:
        row = session.get_one(Job, job.id)
        assert row.finished_at is not None
        row.attempt_started_at = row.finished_at - timedelta(seconds=seconds)


def test_time_left_is_estimated_from_what_was_measured(new_world: Callable[..., World]):
    world = new_world()
    user = world.add_user("ann")
    first = world.submit(user, world.add_comic("First"))
    assert world.job(first).eta_seconds is None  # No speed is known yet.
    assert world.prepare_here()
    set_duration(world, first, seconds=7)

    second = world.submit(user, world.add_comic("Second"))

    assert world.job(second).eta_seconds == 7

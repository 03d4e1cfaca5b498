"""All changes of several rows lock them in one order on PostgreSQL.

The order is users, jobs by their ids, shares, transfers, files. In other orders two changes would
wait for each other until the database ends one of them with an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlmodel import col, select, text, update

from comic_downloads.db import delivery, leases
from comic_downloads.db.leases import Lease
from comic_downloads.db.tables import Artifact, Job, Transfer, Worker
from comic_downloads.domain.account import Account
from comic_downloads.usecases.accounts.accounts import create_owner
from comic_downloads.usecases.accounts.removal import delete_user
from comic_downloads.usecases.downloads.control import pause_all
from comic_downloads.usecases.operations.maintenance import (
    note_disk_waits,
    purge,
    recover_lost_jobs,
)
from comic_downloads.usecases.sharing.shares import ShareRequest, create_share, revoke_share
from tests.queue.test_fairness import claim
from tests.queue.test_guests_jobs import Guest
from tests.queue.world import World
from tests.waiting import wait_for

pytestmark = pytest.mark.parametrize("backend", ["postgres+redis"], indirect=True)
DEAD = "a worker"  # The worker that claims the jobs and dies.


@dataclass
class Crowd:
    """An account with two jobs of a dead worker and a share with four guests.

    Two of the guests have the share's file, and two wait for it.
    """

    world: World
    owner: Account
    user_id: str
    share_id: str
    held: list[Lease]
    ready: list[str]
    waiting: list[str]
    transfers: list[Transfer]
    file: str

    def delete_account(self) -> None:
        delete_user(self.world.context, self.owner, self.user_id)

    def revoke(self) -> None:
        revoke_share(self.world.context, self.user_id, self.share_id)

    def recover(self) -> None:
        recover_lost_jobs(self.world.context, [DEAD])

    def pause(self) -> None:
        pause_all(self.world.context, self.user_id)

    def progress(self) -> None:
        for lease in self.held[::-1]:
            with self.world.context.db.write() as session:
                leases.record_progress(session, lease, progress=50)

    def finish(self) -> None:
        """Prepare the job of a waiting guest, whose file exists already."""
        self.world.prepare_here()

    def beat(self) -> None:
        with self.world.context.db.write() as session:
            delivery.heartbeat(session, self.transfers, self.world.context.clock())

    def purge(self) -> None:
        purge(self.world.after(timedelta(days=2)).context)

    def note_disk_waits(self) -> None:
        note_disk_waits(self.world.context)

    def row(self, name: str) -> tuple[str, str]:
        """Return the table and id of the row named so, such as ``lost 1`` or ``file``."""
        kind, _, number = name.partition(" ")
        if kind == "file":
            return "artifact", self.file
        if kind == "transfer":
            return "transfer", self.transfers[int(number)].id
        jobs = {
            "lost": [lease.job_id for lease in self.held],
            "ready": self.ready,
            "waiting": self.waiting,
        }
        return "job", jobs[kind][int(number)]

    def statuses(self, job_ids: set[str] | None = None) -> set[tuple[str, bool]]:
        """Return the statuses of these jobs, or of all, and whether they are removed."""
        with self.world.context.db.read() as session:
            jobs = [
                job for job in session.exec(select(Job)) if job_ids is None or job.id in job_ids
            ]
        return {(job.status, job.deleted_at is not None) for job in jobs}


@pytest.fixture
def crowd(new_world: Callable[..., World]) -> Crowd:
    world = new_world()
    owner, ann = create_owner(world.context, "olga", "a long password"), world.add_user("ann")
    for name in ("First", "Second"):
        world.submit(ann, world.add_comic(name))
    held = sorted(
        (claimed.lease for _ in range(2) if (claimed := claim(world))),
        key=lambda lease: lease.job_id,
    )
    share = create_share(world.context, ann, ShareRequest((world.add_comic("Shared"),)))
    guests = [Guest(world, share.path).prepare() for _ in range(4)]
    assert world.prepare_here()
    assert world.prepare_here()
    ready, waiting = sorted(guests[:2]), sorted(guests[2:])
    now = world.context.clock()
    with world.context.db.write() as session:
        file = session.exec(select(Artifact.id)).one()
        session.add(
            Worker(id=DEAD, host="", pid=1, started_at=now, heartbeat_at=now, free_disk_bytes=0)
        )
        transfers = [Transfer(id=f"of {job}", artifact_id=file, job_id=job) for job in ready]
        delivery.heartbeat(session, transfers[::-1], now)
        for job in (*waiting[::-1], *ready[::-1], *(lease.job_id for lease in held[::-1])):
            # Neither the table nor the times are in the order of the ids now.
            session.connection().execute(
                update(Job).where(col(Job.id) == job).values(created_at=world.context.clock())
            )
    return Crowd(world, owner, ann, share.id, held, ready, waiting, transfers, file)


@contextmanager
def locked(world: World, table: str, row_id: str) -> Iterator[None]:
    with world.context.db.write() as session:
        session.connection().execute(
            text(f"SELECT id FROM {table} WHERE id = :id FOR UPDATE"), {"id": row_id}
        )
        yield


def stuck(world: World) -> int:
    """Return how many connections wait for a lock."""
    waiting = (
        "SELECT count(*) FROM pg_stat_activity "
        "WHERE datname = current_database() AND wait_event_type = 'Lock'"
    )
    with world.context.db.read() as session:
        return session.connection().execute(text(waiting)).scalar_one()


def at_once(crowd: Crowd, first: str, second: str, row: str) -> None:
    """Run both changes while the row is locked, then unlock it; raise what they raise.

    The second begins when the first waits for the row or has ended.
    """
    begun: list[Future[None]] = []

    def came_far() -> bool:
        return stuck(crowd.world) >= sum(not act.done() for act in begun)

    with ThreadPoolExecutor(2) as threads:
        with locked(crowd.world, *crowd.row(row)):
            for act in (first, second):
                begun.append(threads.submit(getattr(crowd, act)))
                wait_for(f"{act} to come as far as it can", came_far)
        for act in begun:
            act.result()


@pytest.mark.parametrize(
    ("first", "second", "row"),
    [
        ("recover", "delete_account", "lost 1"),
        ("delete_account", "recover", "lost 0"),
        ("progress", "delete_account", "lost 1"),
        ("finish", "delete_account", "waiting 0"),
        ("finish", "delete_account", "file"),
        ("beat", "delete_account", "transfer 1"),
        ("delete_account", "beat", "transfer 0"),
        ("note_disk_waits", "delete_account", "waiting 1"),
        ("delete_account", "note_disk_waits", "waiting 0"),
        ("purge", "delete_account", "ready 1"),
        ("delete_account", "purge", "ready 0"),
    ],
)
def test_an_account_is_deleted_while_others_are_at_its_jobs(
    crowd: Crowd, first: str, second: str, row: str
):
    at_once(crowd, first, second, row)

    assert crowd.statuses() == set()


@pytest.mark.parametrize(
    ("first", "second", "row"),
    [
        ("finish", "revoke", "file"),
        ("revoke", "finish", "waiting 0"),
        ("note_disk_waits", "revoke", "waiting 1"),
        ("revoke", "note_disk_waits", "waiting 0"),
        ("revoke", "beat", "ready 1"),
    ],
)
def test_a_share_is_revoked_while_others_are_at_its_jobs(
    crowd: Crowd, first: str, second: str, row: str
):
    at_once(crowd, first, second, row)

    assert crowd.statuses() - {("preparing", False)} == {("expired", True), ("cancelled", True)}


@pytest.mark.parametrize(
    ("first", "second", "row"),
    [
        ("pause", "recover", "lost 1"),
        ("recover", "pause", "lost 0"),
        ("progress", "recover", "lost 0"),
        ("recover", "progress", "lost 1"),
    ],
)
def test_jobs_of_the_dead_are_recovered_while_others_are_at_them(
    crowd: Crowd, first: str, second: str, row: str
):
    at_once(crowd, first, second, row)

    lost = {lease.job_id for lease in crowd.held}
    assert crowd.statuses(lost) == {("paused" if "pause" in {first, second} else "queued", False)}

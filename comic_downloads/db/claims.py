"""Claiming: who is next, and taking it under a lease, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import bindparam, func, select, text, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from ..domain.job import JobStatus, Phase
from .columns import UtcDateTime
from .jobs import NO_ERROR, lock_user
from .leases import Lease
from .session import database_now, next_revision
from .tables import Job, Worker
from .waiting import beyond_back_off, is_due
from .workers import NO_LIMIT_BYTES


@dataclass(frozen=True)
class Claimed:
    """A job that was just claimed, and the number of its attempt."""

    lease: Lease
    user_id: str
    attempt: int


@dataclass(frozen=True)
class Claimant:
    """Who claims, and on what terms.

    ``cap``: how many jobs of one user are prepared at a time. ``room_bytes``: the disk room a job may count on (None: no
    limit); a job expected to need more stays in the queue.
    """

    owner: str
    worker_id: str
    lease_seconds: int
    cap: int
    room_bytes: int | None = None


# The users whose turn it is. The recursion steps from user to user through the index, and each user's first claimable job is
# one look into it, so the cost depends on the number of users who wait and not on the number of jobs.
_TURNS = text(
    """
    WITH RECURSIVE waiting(user_id) AS (
        SELECT min(user_id) FROM job WHERE status = 'queued'
        UNION ALL
        SELECT (SELECT min(user_id) FROM job WHERE status = 'queued' AND user_id > waiting.user_id)
        FROM waiting WHERE waiting.user_id IS NOT NULL
    ), head AS (
        SELECT waiting.user_id,
            (SELECT count(*) FROM job WHERE status = 'preparing' AND job.user_id = waiting.user_id) AS running,
            (SELECT id FROM job
             WHERE status = 'queued' AND job.user_id = waiting.user_id
                AND (attempt = 0 OR not_before <= :now OR not_before > :far) AND expected_bytes <= :room
             ORDER BY priority, created_at, id LIMIT 1) AS job_id
        FROM waiting WHERE waiting.user_id IS NOT NULL
    )
    SELECT head.user_id FROM head JOIN job ON job.id = head.job_id
    WHERE head.running < :cap
    ORDER BY head.running, job.priority, job.created_at, job.id
    LIMIT 20
    """
).bindparams(bindparam("now", type_=UtcDateTime()), bindparam("far", type_=UtcDateTime()))


_FIRST = aliased(Job)
_RUNNING = aliased(Job)

# The user's first claimable job as it is now (while we waited for the lock another worker may have taken one), unless the
# user has as many running as the cap allows. Made once: a claim is too frequent to build this anew each time.
_TAKE = (
    update(Job)
    .where(
        col(Job.status) == JobStatus.QUEUED,
        col(Job.id)
        == select(col(_FIRST.id))
        .where(
            col(_FIRST.status) == JobStatus.QUEUED,
            col(_FIRST.user_id) == bindparam("of_user"),
            is_due(_FIRST, bindparam("at"), bindparam("far")),
            col(_FIRST.expected_bytes) <= bindparam("room"),
        )
        .order_by(col(_FIRST.priority), col(_FIRST.created_at), col(_FIRST.id))
        .limit(1)
        .scalar_subquery(),
        select(func.count())
        .select_from(_RUNNING)
        .where(col(_RUNNING.status) == JobStatus.PREPARING, col(_RUNNING.user_id) == bindparam("of_user"))
        .scalar_subquery()
        < bindparam("cap"),
    )
    .values(
        status=JobStatus.PREPARING,
        owner=bindparam("new_owner"),
        worker_id=bindparam("new_worker"),
        lease_until=bindparam("until"),
        attempt=col(Job.attempt) + 1,
        started_at=func.coalesce(col(Job.started_at), bindparam("at")),
        attempt_started_at=bindparam("at"),
        progressed_at=bindparam("at"),
        waiting_for="",
        phase=Phase.WAITING,
        progress_before=col(Job.progress),
        bytes_done=0,
        revision=bindparam("new_revision"),
        **NO_ERROR,
    )
    .returning(col(Job.id), col(Job.attempt))
)


def claim_next(session: Session, claimant: Claimant) -> Claimed | None:
    """Takes the next job that may run, or None; what this session wrote before may then be rolled back.

    Users with fewer running jobs come first, then priority, then age; nobody has more than the cap at a time.
    """
    now = database_now(session)
    room = NO_LIMIT_BYTES if claimant.room_bytes is None else claimant.room_bytes
    turns = (
        session.connection()
        .execute(_TURNS, {"now": now, "far": beyond_back_off(now), "room": room, "cap": claimant.cap})
        .scalars()
        .all()
    )
    values = {
        "at": now,
        "far": beyond_back_off(now),
        "until": now + timedelta(seconds=claimant.lease_seconds),
        "room": room,
        "cap": claimant.cap,
        "new_owner": claimant.owner,
        "new_worker": claimant.worker_id,
    }
    for user_id in turns:
        lock_user(session, user_id)
        taking = {**values, "of_user": user_id, "new_revision": next_revision(session)}
        taken = session.connection().execute(_TAKE, taking).first()
        if taken is not None:
            return Claimed(Lease(taken.id, claimant.owner, taken.attempt), user_id, taken.attempt)
        session.rollback()  # at most one user's row is locked at a time: claims that hold several could deadlock
    return None


def promised_bytes(session: Session, host: str) -> int:
    """The disk room that jobs now prepared on this machine are expected to need."""
    of_host = select(col(Worker.id)).where(col(Worker.host) == host)
    promised = select(func.coalesce(func.sum(col(Job.expected_bytes)), 0)).where(
        col(Job.status) == JobStatus.PREPARING, col(Job.worker_id).in_(of_host)
    )
    return int(session.connection().execute(promised).scalar_one())

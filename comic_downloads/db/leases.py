"""The worker's side of a job: claim it under a lease, keep the lease, record progress, end the attempt; and recovery.

Times are the database's, so that leases do not depend on how well the machines' clocks agree. Every write is fenced by the
lease's owner word.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, or_, select, text, update
from sqlmodel import Session, col

from ..domain.backoff import retry_delay
from ..domain.errors import CrashLoop, JobError
from ..domain.job import Action, JobStatus, Phase
from .jobs import ATTEMPT_BEFORE, NO_ERROR, NOTHING_DONE, lock_user, move
from .session import database_now, next_revision
from .tables import Job, UtcDateTime, Worker
from .workers import NO_LIMIT_BYTES


@dataclass(frozen=True)
class Lease:
    """A worker's hold on a job; ``owner`` is a fresh random word for every claim and fences every later write."""

    job_id: str
    owner: str


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
                AND not_before <= :now AND expected_bytes <= :room
             ORDER BY priority, created_at, id LIMIT 1) AS job_id
        FROM waiting WHERE waiting.user_id IS NOT NULL
    )
    SELECT head.user_id FROM head JOIN job ON job.id = head.job_id
    WHERE head.running < :cap
    ORDER BY head.running, job.priority, job.created_at, job.id
    LIMIT 20
    """
).bindparams(bindparam("now", type_=UtcDateTime()))


def claim_next(session: Session, claimant: Claimant) -> Job | None:
    """Takes the next job that may run, or None.

    Users with fewer running jobs come first, then priority, then age; nobody has more than the cap at a time.
    """
    now = database_now(session)
    room = NO_LIMIT_BYTES if claimant.room_bytes is None else claimant.room_bytes
    turns = session.connection().execute(_TURNS, {"now": now, "room": room, "cap": claimant.cap})
    for user_id in turns.scalars().all():
        # A savepoint, so that at most one user's row is locked at a time: claims that hold several could deadlock.
        savepoint = session.begin_nested()
        job_id = _first_of(session, user_id, now, room) if _may_start(session, user_id, claimant.cap) else None
        if job_id is not None and _take(session, job_id, claimant, now):
            return session.get_one(Job, job_id)
        savepoint.rollback()
    return None


def _may_start(session: Session, user_id: str, cap: int) -> bool:
    """Counts again under a lock on the user's row: two claims at once could each see room for one more."""
    lock_user(session, user_id)
    running = select(func.count()).where(col(Job.user_id) == user_id, col(Job.status) == JobStatus.PREPARING)
    return session.connection().execute(running).scalar_one() < cap


def _first_of(session: Session, user_id: str, now: datetime, room_bytes: int) -> str | None:
    """The user's first claimable job as it is now: while we waited for the lock another worker may have taken one."""
    claimable = (
        select(col(Job.id))
        .where(
            col(Job.status) == JobStatus.QUEUED,
            col(Job.user_id) == user_id,
            col(Job.not_before) <= now,
            col(Job.expected_bytes) <= room_bytes,
        )
        .order_by(col(Job.priority), col(Job.created_at), col(Job.id))
    )
    return session.connection().execute(claimable.limit(1)).scalar_one_or_none()


def _take(session: Session, job_id: str, claimant: Claimant, now: datetime) -> bool:
    return move(
        session,
        Action.CLAIM,
        job_id,
        owner=claimant.owner,
        worker_id=claimant.worker_id,
        lease_until=now + timedelta(seconds=claimant.lease_seconds),
        attempt=col(Job.attempt) + 1,
        started_at=func.coalesce(col(Job.started_at), now),
        attempt_started_at=now,
        progressed_at=now,
        **NOTHING_DONE,
        **NO_ERROR,
    )


def promised_bytes(session: Session, host: str) -> int:
    """The disk room that jobs now prepared on this machine are expected to need."""
    of_host = select(col(Worker.id)).where(col(Worker.host) == host)
    promised = select(func.coalesce(func.sum(col(Job.expected_bytes)), 0)).where(
        col(Job.status) == JobStatus.PREPARING, col(Job.worker_id).in_(of_host)
    )
    return int(session.connection().execute(promised).scalar_one())


def renew_lease(session: Session, lease: Lease, lease_seconds: int) -> bool:
    """Pushes the lease's end away; False means it is lost. Nothing a user sees changes, so the revision stays."""
    until = database_now(session) + timedelta(seconds=lease_seconds)
    return _update_held(session, lease, {"lease_until": until})


def still_held(session: Session, lease: Lease) -> bool:
    """True while the worker may go on; pausing, cancelling and recovery all take the owner word away."""
    held = select(col(Job.id)).where(col(Job.id) == lease.job_id, col(Job.owner) == lease.owner)
    return session.connection().execute(held).first() is not None


def record_progress(session: Session, lease: Lease, **changes: Any) -> bool:
    """Writes phase, progress, pages and bytes of a running attempt; False means the lease is lost."""
    return _update_held(session, lease, {**changes, "progressed_at": database_now(session), "revision": next_revision(session)})


def _update_held(session: Session, lease: Lease, values: dict[str, Any]) -> bool:
    held = update(Job).where(col(Job.id) == lease.job_id, col(Job.owner) == lease.owner, col(Job.status) == JobStatus.PREPARING)
    return session.connection().execute(held.values(**values)).rowcount == 1


def release(session: Session, lease: Lease) -> bool:
    """Puts the job back into the queue as if this attempt had not been; False means the lease is lost."""
    return move(session, Action.RELEASE, lease.job_id, held_by=lease.owner, attempt=ATTEMPT_BEFORE, phase=Phase.WAITING)


def end_attempt(session: Session, lease: Lease, error: JobError, randomness: float) -> bool:
    """Ends the attempt with an error: back to the queue after a delay, or failed when no attempt is left or could help.

    ``randomness`` from 0 to 1 is for the delay. False means the lease is lost.
    """
    job = session.get(Job, lease.job_id)
    if job is None:
        return False
    now = database_now(session)
    if error.retryable and job.attempt < job.max_attempts:
        not_before = now + timedelta(seconds=retry_delay(job.attempt, randomness))
        changes = {**NOTHING_DONE, "not_before": not_before}
        return move(session, Action.BACK_OFF, job.id, held_by=lease.owner, **changes, **_error_columns(error))
    return move(session, Action.FAIL, job.id, held_by=lease.owner, finished_at=now, **_error_columns(error))


def _error_columns(error: JobError) -> dict[str, Any]:
    return {
        "error_code": error.code,
        "error_message": error.detail,
        "error_retryable": error.retryable,
        "error_comic_id": error.place.comic_id,
        "error_page_index": error.place.page_index,
    }


# --- recovery -----------------------------------------------------------------------------------------------------------


def lapsed_jobs(session: Session, dead_workers: Collection[str] = ()) -> Sequence[Job]:
    """Jobs whose worker is gone: the lease ran out, or the worker is known to be dead."""
    lost = or_(col(Job.lease_until) < database_now(session), col(Job.worker_id).in_(dead_workers))
    return session.scalars(select(Job).where(col(Job.status) == JobStatus.PREPARING, lost)).all()


def recover(session: Session, job: Job, randomness: float) -> bool:
    """Gives a lapsed job back to the queue, or ends it when its last attempt is spent. Fenced by the lease that lapsed."""
    now = database_now(session)
    if job.attempt >= job.max_attempts:
        error = CrashLoop(
            f"The worker stopped unexpectedly while preparing this, {job.attempt} times in a row. "
            "Try again; if it happens again, tell whoever runs this server."
        )
        return move(session, Action.FAIL, job.id, held_by=job.owner, finished_at=now, **_error_columns(error))
    not_before = now + timedelta(seconds=retry_delay(job.attempt, randomness))
    return move(session, Action.RECOVER, job.id, held_by=job.owner, not_before=not_before, phase=Phase.WAITING)

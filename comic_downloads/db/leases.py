"""Statements for the worker that holds a job's lease, and for the recovery of lapsed leases.

All times are taken from the database's clock, because the clocks of several machines may differ.
Every write is fenced by the lease's token.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, or_, select, update
from sqlmodel import Session, col

from ..domain.backoff import retry_delay
from ..domain.errors import CrashLoop, JobError
from ..domain.job import Action, JobStatus
from .jobs import NOTHING_DONE, error_columns, move
from .session import clock_value, database_now, revision_value
from .tables import Job
from .waiting import FOR_LIBRARY

# A library that is away is looked for with the pause that follows a third attempt: 32 seconds.
_LIBRARY_WAIT = 3


@dataclass(frozen=True)
class Lease:
    """A worker's hold on a job.

    Every claim gets a new random ``token``, which fences all later writes. ``attempt`` is for the
    log.
    """

    job_id: str
    token: str
    attempt: int = 0

    def logged(self, action: str, **more: object) -> dict[str, object]:
        """Return the fields of a log record about this attempt."""
        return {"job": self.job_id, "attempt": self.attempt, "action": action, **more}


def renew_lease(session: Session, lease: Lease, lease_seconds: int) -> bool:
    """Extend the lease to ``lease_seconds`` from now. Return False if it is lost.

    The revision stays the same, since users see no change.
    """
    until = database_now(session) + timedelta(seconds=lease_seconds)
    return _update_held(session, lease, {"lease_until": until})


def still_held(session: Session, lease: Lease) -> bool:
    """Return True while the worker may continue.

    Pausing, cancelling and recovering a job all remove the lease's token.
    """
    held = select(col(Job.id)).where(
        col(Job.id) == lease.job_id, col(Job.lease_token) == lease.token
    )
    return session.connection().execute(held).first() is not None


def record_progress(session: Session, lease: Lease, **changes: Any) -> bool:
    """Write phase, progress, pages and bytes of an attempt. Return False if its lease is lost.

    Progress and pages never go back within an attempt, not even after a pause, when the worker has
    to find the converted pages again.
    """
    growing = {
        name: _at_least(name, changes[name])
        for name in ("progress", "pages_done")
        if name in changes
    }
    noted = {"progressed_at": clock_value(session), "revision": revision_value(session)}
    return _update_held(session, lease, {**changes, **growing, **noted})


def _at_least(name: str, value: int) -> Any:
    known = getattr(Job, name)
    return case((known > value, known), else_=value)


def _update_held(session: Session, lease: Lease, values: dict[str, Any]) -> bool:
    held = update(Job).where(
        col(Job.id) == lease.job_id,
        col(Job.lease_token) == lease.token,
        col(Job.status) == JobStatus.PREPARING,
    )
    return session.connection().execute(held.values(**values)).rowcount == 1


def release(session: Session, lease: Lease) -> bool:
    """Put the job back into the queue as if this attempt had not happened.

    Return False if the lease is lost.
    """
    return move(session, Action.RELEASE, lease.job_id, lease_token=lease.token)


def end_attempt(session: Session, lease: Lease, error: JobError, randomness: float) -> bool:
    """End the attempt with an error. Return False if the lease is lost.

    The job goes back into the queue after a delay. It fails if no attempt is left, or if another
    one could not help. ``randomness``, from 0 to 1, varies the delay.
    """
    job = session.get(Job, lease.job_id)
    if job is None:
        return False
    now = database_now(session)
    if error.retryable and (job.attempt < job.max_attempts or not error.counts):
        return move(
            session,
            Action.BACK_OFF,
            job.id,
            lease_token=lease.token,
            **NOTHING_DONE,
            **_next_attempt(job, error, now, randomness),
            **error_columns(error),
        )
    return move(
        session,
        Action.FAIL,
        job.id,
        lease_token=lease.token,
        finished_at=now,
        **error_columns(error),
    )


def _next_attempt(job: Job, error: JobError, now: datetime, randomness: float) -> dict[str, Any]:
    """Return when the job is tried again, and what it waits for until then."""
    if error.counts:
        return {"not_before": now + timedelta(seconds=retry_delay(job.attempt, randomness))}
    delay = timedelta(seconds=retry_delay(_LIBRARY_WAIT, randomness))
    # A job without a failed attempt would not have to wait.
    return {
        "not_before": now + delay,
        "waiting_for": FOR_LIBRARY,
        "attempt": max(job.attempt - 1, 1),
    }


def lapsed_jobs(session: Session, dead_workers: Collection[str] = ()) -> Sequence[Job]:
    """Return jobs that lost their worker: it is known to be dead, or the lease has expired."""
    lost = or_(col(Job.lease_until) < database_now(session), col(Job.worker_id).in_(dead_workers))
    return session.scalars(
        select(Job).where(col(Job.status) == JobStatus.PREPARING, lost).order_by(col(Job.id))
    ).all()


def recover(session: Session, job: Job, randomness: float) -> bool:
    """Put a lapsed job back into the queue, or fail it if no attempt is left.

    The write is fenced by the lease that lapsed. ``randomness``, from 0 to 1, varies the delay.
    Return False if somebody else was faster.
    """
    now = database_now(session)
    if job.attempt >= job.max_attempts:
        error = CrashLoop(
            f"The worker stopped unexpectedly while preparing this, {job.attempt} times in a row. "
            "Try again. If it happens again, tell the person who runs this server."
        )
        return move(
            session,
            Action.FAIL,
            job.id,
            lease_token=job.lease_token,
            finished_at=now,
            **error_columns(error),
        )
    not_before = now + timedelta(seconds=retry_delay(job.attempt, randomness))
    return move(
        session,
        Action.RECOVER,
        job.id,
        lease_token=job.lease_token,
        **NOTHING_DONE,
        not_before=not_before,
    )

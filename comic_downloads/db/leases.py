"""The worker's side of a claimed job: keep the lease, record progress, end the attempt; and recovery of lost ones.

Times are the database's, so that leases do not depend on how well the machines' clocks agree. Every write is fenced by the
lease's token.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import case, or_, select, update
from sqlmodel import Session, col

from ..domain.backoff import retry_delay
from ..domain.errors import CrashLoop, JobError
from ..domain.job import Action, JobStatus
from .jobs import NOTHING_DONE, move
from .session import clock_value, database_now, revision_value
from .tables import Job


@dataclass(frozen=True)
class Lease:
    """A worker's hold on a job; ``token`` is a fresh random word for every claim and fences every later write.

    ``attempt`` is for the log.
    """

    job_id: str
    token: str
    attempt: int = 0

    def logged(self, action: str, **more: object) -> dict[str, object]:
        """The fields of a log line about this attempt."""
        return {"job": self.job_id, "attempt": self.attempt, "action": action, **more}


def renew_lease(session: Session, lease: Lease, lease_seconds: int) -> bool:
    """Pushes the lease's end away; False means it is lost. Nothing a user sees changes, so the revision stays."""
    until = database_now(session) + timedelta(seconds=lease_seconds)
    return _update_held(session, lease, {"lease_until": until})


def still_held(session: Session, lease: Lease) -> bool:
    """True while the worker may go on; pausing, cancelling and recovery all take the lease token away."""
    held = select(col(Job.id)).where(
        col(Job.id) == lease.job_id, col(Job.lease_token) == lease.token
    )
    return session.connection().execute(held).first() is not None


def record_progress(session: Session, lease: Lease, **changes: Any) -> bool:
    """Writes phase, progress, pages and bytes of a running attempt; False means the lease is lost.

    Progress and pages never go back within an attempt, also when it was paused and finds its finished pages again.
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
    """Puts the job back into the queue as if this attempt had not been; False means the lease is lost."""
    return move(session, Action.RELEASE, lease.job_id, lease_token=lease.token)


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
        return move(
            session,
            Action.BACK_OFF,
            job.id,
            lease_token=lease.token,
            **changes,
            **_error_columns(error),
        )
    return move(
        session,
        Action.FAIL,
        job.id,
        lease_token=lease.token,
        finished_at=now,
        **_error_columns(error),
    )


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
    return session.scalars(
        select(Job).where(col(Job.status) == JobStatus.PREPARING, lost).order_by(col(Job.id))
    ).all()


def recover(session: Session, job: Job, randomness: float) -> bool:
    """Gives a lapsed job back to the queue, or ends it when its last attempt is spent. Fenced by the lease that lapsed."""
    now = database_now(session)
    if job.attempt >= job.max_attempts:
        error = CrashLoop(
            f"The worker stopped unexpectedly while preparing this, {job.attempt} times in a row. "
            "Try again; if it happens again, tell whoever runs this server."
        )
        return move(
            session,
            Action.FAIL,
            job.id,
            lease_token=job.lease_token,
            finished_at=now,
            **_error_columns(error),
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

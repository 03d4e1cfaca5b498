"""Statements about queued jobs: whether one is due, their order, and what holds them back."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, literal, or_, select, tuple_, update
from sqlmodel import Session, col

from ..domain.backoff import CEILING_SECONDS
from ..domain.job import JobStatus
from .columns import UtcDateTime
from .jobs import locked_in_order
from .session import database_now, next_revision
from .tables import Job

# The value of ``waiting_for`` while no machine has enough disk space for the job.
FOR_DISK = "disk"
# Its value while the library folder is away.
FOR_LIBRARY = "library"
# Up to this number, jobs are ranked one by one, which only reads the index. For more jobs it is
# cheaper to number all of them in one statement.
_FEW = 5
_IS_QUEUED = col(Job.status) == JobStatus.QUEUED


def is_due(job: Any, now: Any, far: Any) -> Any:
    """Return the condition that a queued job may be claimed now.

    Only jobs with a failed attempt have to wait. A ``not_before`` after ``far``, which lies beyond
    any retry delay, was written before the database's clock was set back, and is ignored.
    """
    return or_(job.attempt == 0, job.not_before <= now, job.not_before > far)


def beyond_back_off(now: datetime) -> datetime:
    """Return a time that no retry delay which begins now can exceed."""
    return now + timedelta(seconds=CEILING_SECONDS)


def any_due(session: Session) -> bool:
    """Return True if a queued job may be claimed now."""
    now = database_now(session)
    due = select(col(Job.id)).where(_IS_QUEUED, is_due(Job, now, beyond_back_off(now))).limit(1)
    return session.connection().execute(due).first() is not None


def counts_by_user(session: Session) -> dict[str, int]:
    """Return how many jobs are queued, by user."""
    counted = select(col(Job.user_id), func.count()).where(_IS_QUEUED).group_by(col(Job.user_id))
    return {row[0]: row[1] for row in session.connection().execute(counted)}


def count_up_to(session: Session, user_id: str, limit: int) -> int:
    """Return how many of the user's own jobs are queued; stop counting at ``limit``.

    Jobs of guests of the user's shares are not counted.
    """
    own = (_IS_QUEUED, col(Job.user_id) == user_id, col(Job.share_id).is_(None))
    some = select(literal(1)).where(*own).limit(limit).subquery()
    return session.connection().execute(select(func.count()).select_from(some)).scalar_one()


def ranks(session: Session, jobs: Collection[Job]) -> dict[str, int]:
    """Return how many queued jobs of the same user will be claimed before each of these."""
    if len(jobs) <= _FEW:
        return {job.id: _rank(session, job) for job in jobs}
    order = func.row_number().over(
        partition_by=col(Job.user_id),
        order_by=(col(Job.priority), col(Job.created_at), col(Job.id)),
    )
    users = {job.user_id for job in jobs}
    numbered = (
        select(col(Job.id).label("id"), order.label("number"))
        .where(_IS_QUEUED, col(Job.user_id).in_(users))
        .subquery()
    )
    wanted = select(numbered).where(numbered.c.id.in_([job.id for job in jobs]))
    return {row.id: row.number - 1 for row in session.connection().execute(wanted)}


def _rank(session: Session, job: Job) -> int:
    order = tuple_(col(Job.priority), col(Job.created_at), col(Job.id))
    before = order < tuple_(
        literal(job.priority), literal(job.created_at, UtcDateTime()), literal(job.id)
    )
    counted = (
        select(func.count())
        .select_from(Job)
        .where(_IS_QUEUED, col(Job.user_id) == job.user_id, before)
    )
    return session.connection().execute(counted).scalar_one()


def disk_waits_stale(session: Session, free_disk_bytes: int) -> bool:
    """Return True if ``waiting_for`` of a queued job does not match the free disk space."""
    waits = col(Job.waiting_for) == FOR_DISK
    stale = or_(_lacks_disk(free_disk_bytes) & ~waits, ~_lacks_disk(free_disk_bytes) & waits)
    found = select(col(Job.id)).where(_IS_QUEUED, stale).limit(1)
    return session.connection().execute(found).first() is not None


def mark_disk_waits(session: Session, free_disk_bytes: int) -> None:
    """Write to queued jobs whether they wait for disk space."""
    revision = next_revision(session)
    for condition, before, after in (
        (_lacks_disk(free_disk_bytes), "", FOR_DISK),
        (~_lacks_disk(free_disk_bytes), FOR_DISK, ""),
    ):
        wanted = locked_in_order(_IS_QUEUED, condition, col(Job.waiting_for) == before)
        noted = (
            update(Job).where(col(Job.id).in_(wanted)).values(waiting_for=after, revision=revision)
        )
        session.connection().execute(noted)


def _lacks_disk(free_disk_bytes: int) -> Any:
    return and_(col(Job.required_disk_bytes) > 0, col(Job.required_disk_bytes) > free_disk_bytes)

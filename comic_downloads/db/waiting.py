"""Statements about the jobs that wait: is one due, who comes when, and what holds them back."""

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

FOR_DISK = "disk"  # what ``waiting_for`` says when no machine has room for the job
_FEW = 5  # so many jobs are ranked one by one, which reads the index only; for more, numbering all is cheaper
_IS_QUEUED = col(Job.status) == JobStatus.QUEUED


def is_due(job: Any, now: Any, far: Any) -> Any:
    """The condition that a waiting job's time has come.

    Only failed attempts make a job wait. A time further ahead than any back-off (see ``beyond_back_off``) was noted before
    the database's clock was set back.
    """
    return or_(job.attempt == 0, job.not_before <= now, job.not_before > far)


def beyond_back_off(now: datetime) -> datetime:
    return now + timedelta(seconds=CEILING_SECONDS)


def any_due(session: Session) -> bool:
    """True if a job waits whose time has come."""
    now = database_now(session)
    due = select(col(Job.id)).where(_IS_QUEUED, is_due(Job, now, beyond_back_off(now))).limit(1)
    return session.connection().execute(due).first() is not None


def counts_by_user(session: Session) -> dict[str, int]:
    """How many jobs wait, by user."""
    counted = select(col(Job.user_id), func.count()).where(_IS_QUEUED).group_by(col(Job.user_id))
    return {row[0]: row[1] for row in session.connection().execute(counted)}


def count_up_to(session: Session, user_id: str, limit: int) -> int:
    """How many jobs of the user, not of guests of their shares, wait; counted no further than the limit."""
    own = (_IS_QUEUED, col(Job.user_id) == user_id, col(Job.share_id).is_(None))
    some = select(literal(1)).where(*own).limit(limit).subquery()
    return session.connection().execute(select(func.count()).select_from(some)).scalar_one()


def ranks(session: Session, jobs: Collection[Job]) -> dict[str, int]:
    """How many of its user's waiting jobs come before each of these, in the order they will be claimed."""
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
    """True if a queued job's note on whether it waits for disk room is out of date."""
    waits = col(Job.waiting_for) == FOR_DISK
    stale = or_(_lacks_disk(free_disk_bytes) & ~waits, ~_lacks_disk(free_disk_bytes) & waits)
    found = select(col(Job.id)).where(_IS_QUEUED, stale).limit(1)
    return session.connection().execute(found).first() is not None


def mark_disk_waits(session: Session, free_disk_bytes: int) -> None:
    """Notes on queued jobs whether they wait for disk room."""
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

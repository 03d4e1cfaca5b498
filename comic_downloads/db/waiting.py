"""Statements about queued jobs: whether one is due, their order, and what holds them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import and_, func, literal, literal_column, or_, select, tuple_, update
from sqlmodel import Session, col

from ..domain.backoff import CEILING_SECONDS
from ..domain.job import JobStatus
from .columns import UtcDateTime
from .jobs import ShownJob, locked_in_order
from .session import database_now, next_revision
from .tables import Job

# The value of ``waiting_for`` while no machine has enough disk space for the job.
FOR_DISK = "disk"
# Its value while the library folder is away.
FOR_LIBRARY = "library"
# This is a literal because neither database would use the index of queued jobs for a parameter.
_IS_QUEUED = col(Job.status) == literal_column(f"'{JobStatus.QUEUED}'")


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


def ranks(session: Session, jobs: Iterable[ShownJob], counts: Mapping[str, int]) -> dict[str, int]:
    """Return how many queued jobs of the same user will be claimed before each of these.

    ``counts`` has the number of queued jobs of each user. Only the jobs behind the last of these
    are counted, and only those between them are read, because users look at their newest jobs.
    """
    ranked: dict[str, int] = {}
    for user_id, own in groupby(sorted(jobs, key=_order_of), attrgetter("user_id")):
        first, *others = own
        last = others[-1] if others else first
        ids = _ids_between(session, first, last) if others else [first.id]
        last_rank = counts.get(user_id, 0) - _count_behind(session, last) - 1
        for place, job_id in enumerate(reversed(ids)):
            ranked[job_id] = max(0, last_rank - place)
    return {job.id: ranked[job.id] for job in jobs if job.id in ranked}


def _order_of(job: ShownJob) -> tuple[str, int, datetime, str]:
    return job.user_id, job.priority, job.created_at, job.id


_ORDER = (col(Job.priority), col(Job.created_at), col(Job.id))


def _place_of(job: ShownJob) -> Any:
    return tuple_(literal(job.priority), literal(job.created_at, UtcDateTime()), literal(job.id))


def _ids_between(session: Session, first: ShownJob, last: ShownJob) -> list[str]:
    """Return the ids of the queued jobs from the first to the last, in order."""
    between = (tuple_(*_ORDER) >= _place_of(first), tuple_(*_ORDER) <= _place_of(last))
    own = select(col(Job.id)).where(_IS_QUEUED, col(Job.user_id) == first.user_id, *between)
    return list(session.scalars(own.order_by(*_ORDER)))


def _count_behind(session: Session, job: ShownJob) -> int:
    behind = tuple_(*_ORDER) > _place_of(job)
    counted = (
        select(func.count())
        .select_from(Job)
        .where(_IS_QUEUED, col(Job.user_id) == job.user_id, behind)
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

"""Statements for the lists of downloads that people look through: searched, sorted and counted."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlmodel import Session, col

from ..domain.job import JobStatus
from .jobs import own_jobs, single_jobs
from .tables import Job, UserAccount

# The order in which jobs are claimed, those that are claimed already first.
_CLAIMED = (
    case((col(Job.status) == JobStatus.PREPARING, 0), else_=1),
    col(Job.priority),
    col(Job.created_at),
    col(Job.id),
)
_SIZE = func.coalesce(col(Job.file_size_bytes), col(Job.expected_bytes))
SORTS: dict[str, tuple[Any, ...]] = {
    "newest": (col(Job.created_at).desc(), col(Job.id).desc()),
    "oldest": (col(Job.created_at), col(Job.id)),
    "next": _CLAIMED,
    "name": (func.lower(col(Job.filename)), col(Job.id)),
    "size": (_SIZE.desc(), col(Job.id)),
}


@dataclass(frozen=True)
class Wanted:
    """Which jobs are listed, and how.

    Attributes:
        statuses: Their statuses.
        words: Each has to be in the name of the file, in either case.
        sort: A key of SORTS.
        limit: The most jobs to list.
    """

    statuses: Collection[str]
    words: Sequence[str]
    sort: str
    limit: int


def single_jobs_listed(session: Session, user_id: str, wanted: Wanted) -> tuple[list[Job], int]:
    """Return the user's jobs outside of groups, and how many there are without the limit."""
    conditions = (*single_jobs(user_id), *_conditions(wanted))
    counted = select(func.count()).select_from(Job).where(*conditions)
    listed = select(Job).where(*conditions).order_by(*SORTS[wanted.sort]).limit(wanted.limit)
    return list(session.scalars(listed)), session.connection().execute(counted).scalar_one()


def everybodys_jobs_listed(session: Session, wanted: Wanted) -> tuple[list[tuple[Job, str]], int]:
    """Return jobs of all accounts and their guests with the account's name, and their number."""
    conditions = (col(Job.deleted_at).is_(None), *_conditions(wanted))
    counted = select(func.count()).select_from(Job).where(*conditions)
    listed = (
        select(Job, col(UserAccount.username))
        .join(UserAccount, col(UserAccount.id) == col(Job.user_id))
        .where(*conditions)
        .order_by(*SORTS[wanted.sort])
        .limit(wanted.limit)
    )
    rows = [(row[0], row[1]) for row in session.execute(listed)]
    return rows, session.connection().execute(counted).scalar_one()


def single_counts(session: Session, user_id: str) -> dict[str, int]:
    """Return how many of the user's jobs outside of groups have each status."""
    counted = select(col(Job.status), func.count()).where(*single_jobs(user_id))
    rows = session.connection().execute(counted.group_by(col(Job.status)))
    return {row[0]: row[1] for row in rows}


def ids_of_chosen(session: Session, user_id: str, chosen: Collection[str]) -> list[str]:
    """Return those of the user's jobs that were chosen, or whose group was, the oldest first."""
    is_chosen = or_(col(Job.id).in_(chosen), col(Job.group_id).in_(chosen))
    found = select(col(Job.id)).where(*own_jobs(user_id), is_chosen)
    return list(session.scalars(found.order_by(col(Job.id))))


def _conditions(wanted: Wanted) -> list[Any]:
    named = [col(Job.filename).icontains(word, autoescape=True) for word in wanted.words]
    return [col(Job.status).in_(wanted.statuses), *named]

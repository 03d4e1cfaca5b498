"""Statements about what recent attempts took, and what the unfinished jobs have still to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from ..domain.job import JobStatus
from .tables import Job

# The number of jobs to look at: enough for a stable estimate, few enough to follow a change of
# load. As many that convert pages, and that do not.
_LATELY = 50


@dataclass(frozen=True)
class Taken:
    """What a finished attempt did, and how long it took."""

    size_bytes: int
    pixels: int
    seconds: float


@dataclass(frozen=True)
class Waiting:
    """The jobs that one user has in the queue, and what they have to do together."""

    jobs: int
    size_bytes: int
    pixels: int


def recent_attempts(session: Session) -> list[Taken]:
    """Return what the last finished attempts did and took."""
    return [
        *_recent(session, col(Job.converted_pixels) > 0),
        # Of jobs from before the pixels were counted, nobody knows what they converted.
        *_recent(session, col(Job.converted_pixels) == 0, col(Job.preset_key) == ""),
    ]


def _recent(session: Session, *conditions: Any) -> list[Taken]:
    # A whole row would cost ten times as much to load.
    finished = (
        select(
            col(Job.file_size_bytes),
            col(Job.converted_pixels),
            col(Job.attempt_started_at),
            col(Job.finished_at),
        )
        .where(
            col(Job.finished_at).is_not(None),
            col(Job.attempt_started_at).is_not(None),
            col(Job.sha256) != "",
            *conditions,
        )
        .order_by(col(Job.finished_at).desc())
        .limit(_LATELY)
    )
    return [
        Taken(size_bytes or 0, pixels, max((finished_at - started_at).total_seconds(), 0.0))
        for size_bytes, pixels, started_at, finished_at in session.connection().execute(finished)
        if finished_at and started_at
    ]


def waiting_by_user(session: Session) -> dict[str, Waiting]:
    """Return what waits in the queue, by user."""
    waiting = select(
        col(Job.user_id),
        func.count(),
        func.sum(col(Job.expected_bytes)),
        func.sum(col(Job.converted_pixels)),
    ).where(col(Job.status) == JobStatus.QUEUED)
    rows = session.connection().execute(waiting.group_by(col(Job.user_id)))
    return {row[0]: Waiting(row[1], int(row[2]), int(row[3])) for row in rows}


def queue_of(session: Session, user_id: str) -> list[tuple[str, int, int]]:
    """Return the id, the expected bytes and the pixels of a user's queued jobs, in their order."""
    order = (col(Job.priority), col(Job.created_at), col(Job.id))
    queued = (
        select(col(Job.id), col(Job.expected_bytes), col(Job.converted_pixels))
        .where(col(Job.status) == JobStatus.QUEUED, col(Job.user_id) == user_id)
        .order_by(*order)
    )
    return [(row[0], row[1], row[2]) for row in session.connection().execute(queued)]


def in_hand(session: Session) -> list[tuple[int, int, int]]:
    """Return the expected bytes, the pixels and the progress of the jobs that are prepared now."""
    preparing = select(col(Job.expected_bytes), col(Job.converted_pixels), col(Job.progress)).where(
        col(Job.status) == JobStatus.PREPARING
    )
    return [(row[0], row[1], row[2]) for row in session.connection().execute(preparing)]

"""Statements about how long finished attempts took recently."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from .tables import Job

# The number of jobs to look at: enough for a stable average, few enough to follow a change of load.
_LATELY = 50


def recent_durations(session: Session) -> list[float]:
    """Return how many seconds each of the last finished attempts took."""
    return [seconds for _, seconds in _recent(session, [])]


def recent_speeds(session: Session, *, converting: bool) -> list[tuple[int, float]]:
    """Return file size in bytes and duration in seconds of the last finished attempts.

    ``converting`` selects the attempts that converted pages, or those that did not.
    """
    rendition = col(Job.preset_key)
    return _recent(session, [rendition != "" if converting else rendition == ""])


def _recent(session: Session, conditions: list[Any]) -> list[tuple[int, float]]:
    finished = (
        select(Job)
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
        (
            job.file_size_bytes or 0,
            max((job.finished_at - job.attempt_started_at).total_seconds(), 0.0),
        )
        for job in session.scalars(finished)
        if job.finished_at and job.attempt_started_at
    ]

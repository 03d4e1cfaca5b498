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
    # A whole row would cost ten times as much to load.
    finished = (
        select(col(Job.file_size_bytes), col(Job.attempt_started_at), col(Job.finished_at))
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
        (size_bytes or 0, max((finished_at - started_at).total_seconds(), 0.0))
        for size_bytes, started_at, finished_at in session.connection().execute(finished)
        if finished_at and started_at
    ]

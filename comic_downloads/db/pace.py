"""What finished attempts took lately."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from .tables import Job

_LATELY = 50  # jobs; enough to smooth, few enough to follow a change of load


def recent_durations(session: Session) -> list[float]:
    """Seconds the last finished attempts took."""
    return [seconds for _, seconds in _recent(session, [])]


def recent_speeds(session: Session, *, converting: bool) -> list[tuple[int, float]]:
    """File size in bytes and seconds of the last finished attempts, of those that converted pages or did not."""
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

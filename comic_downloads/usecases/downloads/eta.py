"""Estimate how long jobs take here, from the jobs that finished lately."""

from __future__ import annotations

from dataclasses import dataclass

from ...db.pace import recent_durations, recent_speeds
from ...db.session import Session
from ...db.workers import active_workers


@dataclass(frozen=True)
class Pace:
    """How fast jobs are prepared.

    Attributes:
        job_seconds: The mean duration of a job.
        at_a_time: How many jobs run at the same time.
    """

    job_seconds: float
    at_a_time: int

    def wait_seconds(self, position: int) -> int:
        """Return the seconds until the job at this place in the queue (from 1) is done."""
        rounds = -(-position // self.at_a_time)
        return max(1, round(rounds * self.job_seconds))


def recent_pace(session: Session) -> Pace | None:
    """Return the pace of the last finished jobs with the present workers; None if none finished."""
    seconds = recent_durations(session)
    return (
        Pace(sum(seconds) / len(seconds), max(len(active_workers(session)), 1)) if seconds else None
    )


def recent_bytes_per_second(session: Session, *, converting: bool) -> float | None:
    """Return how many bytes of finished file were made per second lately, or None if none were.

    ``converting`` selects the jobs that converted pages, or those that did not.
    """
    measured = recent_speeds(session, converting=converting)
    total_seconds = sum(seconds for _, seconds in measured)
    return sum(size for size, _ in measured) / total_seconds if total_seconds else None

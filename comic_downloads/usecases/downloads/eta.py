"""How long things take here, from what was measured lately."""

from __future__ import annotations

from dataclasses import dataclass

from ...db.pace import recent_durations, recent_speeds
from ...db.session import Session
from ...db.workers import active_workers


@dataclass(frozen=True)
class Pace:
    """``job_seconds``: the mean time one job took lately. ``at_a_time``: how many run beside each other."""

    job_seconds: float
    at_a_time: int

    def wait_seconds(self, position: int) -> int:
        """Seconds until the job at this place in the queue (from 1) is done."""
        rounds = -(-position // self.at_a_time)
        return max(1, round(rounds * self.job_seconds))


def recent_pace(session: Session) -> Pace | None:
    """The pace of the last finished jobs with the workers there are now, None while nothing was measured."""
    seconds = recent_durations(session)
    return (
        Pace(sum(seconds) / len(seconds), max(len(active_workers(session)), 1)) if seconds else None
    )


def recent_bytes_per_second(session: Session, *, converting: bool) -> float | None:
    """Bytes of finished file made per second lately, by jobs that converted pages or by those that did not."""
    measured = recent_speeds(session, converting=converting)
    total_seconds = sum(seconds for _, seconds in measured)
    return sum(size for size, _ in measured) / total_seconds if total_seconds else None

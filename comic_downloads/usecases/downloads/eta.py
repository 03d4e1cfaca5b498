"""Estimate how long jobs take here, from those that finished lately, and how long they wait."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ...db import pace
from ...db.session import Session
from ...db.workers import active_workers
from .cost import FIRST_GUESS, Cost, Work, fit


@dataclass(frozen=True)
class QueuedJob:
    """A job in the queue, and how many of its user's jobs are claimed before it."""

    id: str
    user_id: str
    rank: int


def recent_cost(session: Session) -> Cost:
    """Return what jobs cost lately; a first guess if none has finished."""
    return _measured_cost(session) or FIRST_GUESS


def _measured_cost(session: Session) -> Cost | None:
    attempts = pace.recent_attempts(session)
    measured = [(Work(one.size_bytes, one.pixels), one.seconds) for one in attempts]
    return fit(measured) if measured else None


def seconds_until_ready(session: Session, jobs: Iterable[QueuedJob]) -> dict[str, float]:
    """Return the seconds until each of these jobs is ready: all that is ahead of it, and itself.

    Users take turns, so that as many jobs of each other user are ahead as of its own. Nothing is
    known before a job has finished here.
    """
    jobs = list(jobs)
    cost = _measured_cost(session) if jobs else None
    if cost is None:
        return {}
    at_a_time = max(len(active_workers(session)), 1)
    hand = sum(
        cost.seconds(Work(size_bytes, pixels)) * (1 - progress / 100)
        for size_bytes, pixels, progress in pace.in_hand(session)
    )
    waiting = pace.waiting_by_user(session)
    queues: dict[str, dict[str, tuple[float, float]]] = {}
    found: dict[str, float] = {}
    for job in jobs:
        if job.user_id not in queues:
            queues[job.user_id] = _queue(session, job.user_id, cost)
        if job.id not in queues[job.user_id]:
            continue  # It was claimed after the list was read.
        own, until = queues[job.user_id][job.id]
        ahead = hand + until - own + _of_others(waiting, job, cost)
        found[job.id] = ahead / at_a_time + own
    return found


def _queue(session: Session, user_id: str, cost: Cost) -> dict[str, tuple[float, float]]:
    """Return what each job of the user's queue costs, and what it and all before it cost."""
    total, costs = 0.0, {}
    for job_id, size_bytes, pixels in pace.queue_of(session, user_id):
        own = cost.seconds(Work(size_bytes, pixels))
        total += own
        costs[job_id] = own, total
    return costs


def _of_others(waiting: Mapping[str, pace.Waiting], job: QueuedJob, cost: Cost) -> float:
    """Return what the jobs of other users cost that are claimed before this one."""
    return sum(
        min(job.rank / one.jobs, 1) * cost.seconds(Work(one.size_bytes, one.pixels), jobs=one.jobs)
        for user_id, one in waiting.items()
        if user_id != job.user_id
    )

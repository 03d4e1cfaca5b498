"""What follows for a group from the statuses of its jobs: a group has no state of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .job import FINISHED, JobStatus

_S = JobStatus


@dataclass(frozen=True)
class GroupOwner:
    """Whose groups are meant: a user's own, or with ``share_id`` those of a guest."""

    user_id: str
    share_id: str | None = None
    guest_id: str | None = None


def group_status(jobs: Mapping[JobStatus, int]) -> JobStatus:
    """Return the status of a group with this number of jobs in each status.

    While a job waits or is prepared, the group is at work. It is ready when it has ended with at
    least one file and without a failure.
    """
    has = {status for status, number in jobs.items() if number}
    if _S.PREPARING in has or (_S.QUEUED in has and has & FINISHED):
        return _S.PREPARING
    for status in (_S.QUEUED, _S.PAUSED, _S.FAILED, _S.READY, _S.EXPIRED):
        if status in has:
            return status
    return _S.CANCELLED


def current_job(jobs: Mapping[JobStatus, int]) -> int:
    """Return which job of the group is at work, from 1; the last one once all have ended."""
    ended = sum(number for status, number in jobs.items() if status in FINISHED)
    return min(ended + 1, sum(jobs.values()))

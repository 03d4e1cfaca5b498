"""Know which changes of jobs also change the lists that they are in."""

from __future__ import annotations

from collections.abc import Iterable

from ...domain.job import UNFINISHED
from ...usecases.downloads.snapshots import JobSnapshot


class JobMoves:
    """Tells jobs that are listed elsewhere now from those that have only got further."""

    def __init__(self) -> None:
        self._statuses: dict[str, str] = {}

    def note(self, jobs: Iterable[JobSnapshot]) -> bool:
        """Take changed jobs, and return True if one of them is new, gone or in another list.

        A job may be new and at work at once, if a worker takes it before its first change is noted.
        """
        moved = False
        for job in jobs:
            known = self._statuses.pop(job.id, None)
            moved |= job.deleted or job.status != known
            if job.status in UNFINISHED and not job.deleted:
                self._statuses[job.id] = job.status
        return moved

"""What the steps of one attempt share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from ...db import jobs
from ...db.leases import Lease
from ...db.tables import Job
from ..context import Context
from .heartbeat import LeaseHeartbeat
from .progress import AttemptProgress
from .work_dir import WorkFolders


@dataclass(frozen=True)
class Attempt:
    """One execution of a job by a worker.

    Attributes:
        context: The services of this process.
        lease: The hold on the job; its token fences every write.
        job: The job's row as it was when the attempt began.
        heartbeat: Keeps the lease and says when the work has to stop.
        progress: What the user sees of the work.
        folders: The work folders of this machine.
    """

    context: Context
    lease: Lease
    job: Job
    heartbeat: LeaseHeartbeat
    progress: AttemptProgress
    folders: WorkFolders

    @classmethod
    def begin(cls, context: Context, lease: Lease, heartbeat: LeaseHeartbeat) -> Self:
        """Read the leased job and return the attempt at it."""
        with context.db.read() as session:
            job = jobs.job_by_id(session, lease.job_id)
        progress = AttemptProgress(heartbeat)
        return cls(context, lease, job, heartbeat, progress, WorkFolders(context.settings.work_dir))

    @property
    def file(self) -> Path:
        """The unfinished file, whose name no other attempt uses."""
        return self.folders.of_job(self.job.id) / f"{self.lease.token}.{self.job.format}"

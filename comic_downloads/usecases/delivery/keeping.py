"""Keep finished files for longer."""

from __future__ import annotations

from collections.abc import Collection

from ...db import jobs
from ...domain.job import JobStatus
from ..context import Context
from ..downloads.many import ready_among
from .links import extend_expiry


def keep_longer(context: Context, user_id: str, chosen: Collection[str]) -> int:
    """Keep the files of those that are ready for their full time from now on; return how many."""
    kept = 0
    for job_id in ready_among(context, user_id, chosen):
        # Each has a transaction of its own, which locks the job before its artifact.
        with context.db.write() as session:
            job = jobs.job_of_user(session, user_id, job_id)
            if job is not None and job.status == JobStatus.READY:
                extend_expiry(session, job, context.clock())
                kept += 1
    return kept

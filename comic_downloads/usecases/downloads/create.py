"""Create the row of a job: ready at once if its file exists already, else waiting in the queue."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ...db import artifacts, jobs
from ...db.session import Session, database_now, next_revision
from ...db.tables import Artifact, Job
from ...domain.identity import new_id
from ...domain.job import Action, Phase
from ...storage.blobs import exists
from ..context import Context
from .admission import check_quota_for_existing_file, check_storage_for_new_file
from .resolve import ResolvedRequest, resolved_columns


def find_stored_artifact(context: Context, session: Session, content_key: str) -> Artifact | None:
    """Return the finished file of this content, unless it has expired or its bytes are missing."""
    artifact = artifacts.artifact_of_content(session, content_key)
    if artifact is None or artifact.expires_at <= context.clock():
        return None
    return artifact if exists(context.blobs, artifact.blob_key) else None


def extend_artifact_expiry(
    context: Context, session: Session, artifact: Artifact | None
) -> Artifact | None:
    """Keep the file for its full time from now on.

    Return None if there is no file, or if it has just been deleted.
    """
    if artifact is None:
        return None
    kept = artifacts.keep_until(
        session, artifact.id, context.clock(), context.settings.artifact_ttl_seconds
    )
    return artifact if kept else None


def add_job(
    context: Context,
    session: Session,
    user_id: str,
    resolved: ResolvedRequest,
    artifact: Artifact | None,
    **columns: Any,
) -> Job:
    """Add a job for the resolved request, and its manifest for the worker.

    The job counts for the quota of ``user_id``. With ``artifact``, the finished file of this
    content, it is ready at once. ``columns`` are values for further columns.

    Raises:
        QuotaExceeded: The file does not fit into the user's quota.
        InsufficientStorage: The disk is nearly full.
    """
    now = context.clock()
    keep_manifest(context, session, resolved)
    values = {
        "id": new_id(now),
        "user_id": user_id,
        "revision": next_revision(session),
        "max_attempts": context.settings.max_attempts,
        # Workers compare this with the database's clock, which may differ from ours.
        "not_before": database_now(session),
        "created_at": now,
        **resolved_columns(context, resolved),
        **columns,
    }
    job = Job(**values)
    action = Action.SUBMIT if artifact is None else Action.REUSE
    if artifact is not None:
        check_quota_for_existing_file(context, session, user_id, artifact)
        _make_ready(job, artifact, now)
    else:
        check_storage_for_new_file(context, session, user_id, resolved)
    jobs.add(session, action, job)
    return job


def keep_manifest(context: Context, session: Session, resolved: ResolvedRequest) -> None:
    """Store the resolved input for the worker. Jobs with the same content share one row."""
    artifacts.keep_manifest(
        session, resolved.content_key, resolved.manifest.to_json(), context.clock()
    )


def _make_ready(job: Job, artifact: Artifact, now: datetime) -> None:
    """Make a new job ready with a file that exists already."""
    job.phase = Phase.DONE
    job.progress = 100
    job.pages_done = job.pages_total
    job.artifact_id = artifact.id
    job.sha256 = artifact.sha256
    job.file_size_bytes = artifact.size_bytes
    job.missing_pages = artifact.missing_pages or job.missing_pages
    job.finished_at = now
    job.expires_at = now + timedelta(seconds=job.ttl_seconds)

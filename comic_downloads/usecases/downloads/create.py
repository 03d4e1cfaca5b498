"""The row of a new job: ready at once where its file is there already, else waiting in the queue."""

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
    """The finished file for this content, if its time is not over and its bytes are really there."""
    artifact = artifacts.artifact_of_content(session, content_key)
    if artifact is None or artifact.expires_at <= context.clock():
        return None
    return artifact if exists(context.blobs, artifact.blob_key) else None


def extend_artifact_expiry(
    context: Context, session: Session, artifact: Artifact | None
) -> Artifact | None:
    """The file, kept for its full time from now on; None if there is none or it has just gone."""
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
    """Adds a job of the user for the resolved request; ``columns`` are further ones to set.

    Raises QuotaExceeded, InsufficientStorage.
    """
    now = context.clock()
    keep_manifest(context, session, resolved)
    values = {
        "id": new_id(now),
        "user_id": user_id,
        "revision": next_revision(session),
        "max_attempts": context.settings.max_attempts,
        "not_before": database_now(session),  # by the clock that the workers go by
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
    """Stores the resolved input for the worker; equal jobs share one row."""
    artifacts.keep_manifest(
        session, resolved.content_key, resolved.manifest.to_json(), context.clock()
    )


def _make_ready(job: Job, artifact: Artifact, now: datetime) -> None:
    """Makes a new job ready with a file that is there already."""
    job.phase = Phase.DONE
    job.progress = 100
    job.pages_done = job.pages_total
    job.artifact_id = artifact.id
    job.sha256 = artifact.sha256
    job.file_size_bytes = artifact.size_bytes
    job.missing_pages = artifact.missing_pages or job.missing_pages
    job.finished_at = now
    job.expires_at = now + timedelta(seconds=job.ttl_seconds)

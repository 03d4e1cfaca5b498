"""The last step: the file is stored under the attempt's own key and becomes visible by one guarded update."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

from ...db import artifacts, deliveries, jobs
from ...db.leases import Lease
from ...db.session import Session, insert_if_absent
from ...db.tables import Artifact, Job
from ...domain.errors import LeaseLost
from ...domain.identity import new_id
from ...domain.job import Action, Phase
from ...domain.manifest import Manifest
from ...packaging.pages import BuiltFile
from ...storage.blobs import exists
from ..context import Context
from .blob_key import blob_key_for_attempt, discard_superseded_blob
from .progress import AttemptProgress

log = logging.getLogger(__name__)


def finish_with_existing(context: Context, lease: Lease, job: Job) -> bool:
    """Finishes with the file an equal request has made meanwhile; False if there is none."""
    with context.db.read() as session:
        artifact = artifacts.artifact_of_content(session, job.content_key)
    if artifact is None or not exists(context.blobs, artifact.blob_key):
        return False
    with context.db.write() as session:
        jobs.lock_job(session, lease.job_id)
        kept = artifacts.keep_until(session, artifact.id, context.clock(), job.ttl_seconds)
        return kept and _finish(context, lease, job, artifact, session)


def store_and_finish(
    context: Context,
    lease: Lease,
    job: Job,
    manifest: Manifest,
    built: BuiltFile,
    file: Path,
    progress: AttemptProgress,
) -> None:
    """Stores the file and makes the job ready. Raises LeaseLost when somebody else has the job."""
    progress.start(Phase.STORING)
    with blob_key_for_attempt(context, lease, job, manifest) as blob_key:
        context.blobs.put_file(
            blob_key, file, sha256=built.sha256, media_type=job.media_type, on_sent=progress.stored
        )
    publish(context, lease, job, manifest, built, blob_key)


def publish(
    context: Context, lease: Lease, job: Job, manifest: Manifest, built: BuiltFile, blob_key: str
) -> None:
    """Makes the job ready with what was stored under the key. Raises LeaseLost when somebody else has the job."""
    now = context.clock()
    own = Artifact(
        id=new_id(now),
        content_key=manifest.content_key(),
        blob_key=blob_key,
        size_bytes=built.size_bytes,
        sha256=built.sha256,
        media_type=job.media_type,
        page_count=built.page_count,
        missing_pages=manifest.missing_pages,
        created_at=now,
        asked_at=now,
        expires_at=now + timedelta(seconds=job.ttl_seconds),
    )
    try:
        visible = _publish(context, lease, job, own)
    except LeaseLost:
        discard_superseded_blob(context, blob_key)
        raise
    if visible.blob_key != blob_key:
        context.blobs.delete(blob_key)
    log.info("ready", extra=lease.logged("finish", artifact=visible.id))


def _publish(context: Context, lease: Lease, job: Job, own: Artifact) -> Artifact:
    """Make the job ready with our file, or with an equal one that was stored first.

    Returns the file that the job has now. Raises LeaseLost.
    """
    with context.db.read() as session:
        equal = artifacts.artifact_of_content(session, own.content_key)
    # The storage is asked before the transaction: nobody may wait for a network with the database locked.
    lost_key = (
        equal.blob_key if equal is not None and not exists(context.blobs, equal.blob_key) else None
    )
    with context.db.write() as session:
        _lock(session, lease, equal if lost_key is not None else None)
        artifact = own
        if not insert_if_absent(session, own):
            artifact = artifacts.artifact_of_content(session, own.content_key) or own
            if artifact.blob_key == lost_key:
                artifacts.replace_blob(session, artifact, own)
                artifact = own
            artifacts.keep_until(session, artifact.id, context.clock(), job.ttl_seconds)
        if not _finish(context, lease, job, artifact, session):
            raise LeaseLost
        return artifact


def _lock(session: Session, lease: Lease, replaced: Artifact | None) -> None:
    """Locks the job, and those whose file gets other bytes, before the file."""
    if replaced is None:
        jobs.lock_job(session, lease.job_id)
    else:
        jobs.lock_job_and_holders(session, lease.job_id, replaced.id)


def _finish(context: Context, lease: Lease, job: Job, artifact: Artifact, session: Session) -> bool:
    now = context.clock()
    is_other = (
        bool(job.sha256) and job.sha256 != artifact.sha256
    )  # what was fetched before is no part of this file
    finished = jobs.move(
        session,
        Action.FINISH,
        lease.job_id,
        lease_token=lease.token,
        phase=Phase.DONE,
        progress=100,
        pages_total=artifact.page_count,
        pages_done=artifact.page_count,
        artifact_id=artifact.id,
        content_key=artifact.content_key,
        sha256=artifact.sha256,
        file_size_bytes=artifact.size_bytes,
        missing_pages=artifact.missing_pages,
        finished_at=now,
        expires_at=now + timedelta(seconds=job.ttl_seconds),
        **({"content_since": now} if is_other else {}),
        **jobs.NO_ERROR,
    )
    if finished and is_other:
        deliveries.forget_delivered(session, job.id)
    return finished

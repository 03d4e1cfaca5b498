"""Make the job ready with a stored file, by one guarded update."""

from __future__ import annotations

import logging
from datetime import timedelta

from ...db import artifacts, delivery, jobs
from ...db.session import Session, insert_if_absent
from ...db.tables import Artifact
from ...domain.errors import LeaseLost
from ...domain.identity import new_id
from ...domain.job import Action, Phase
from ...domain.manifest import Manifest
from ..artifacts import is_stored
from .attempt import Attempt
from .blob_key import discard_superseded_blob
from .layouts import NewLayout
from .store import StoredFile

log = logging.getLogger(__name__)


def publish_existing(attempt: Attempt) -> bool:
    """Make the job ready with a file that an equal request has made; return False if none is."""
    context, job = attempt.context, attempt.job
    with context.db.read() as session:
        artifact = artifacts.artifact_of_content(session, job.content_key)
    if artifact is None or not is_stored(context, artifact):
        return False
    with context.db.write() as session:
        jobs.lock_job(session, attempt.lease.job_id)
        kept = artifacts.keep_until(session, artifact.id, context.clock(), job.ttl_seconds)
        return kept and _finish(attempt, artifact, session)


def publish(attempt: Attempt, manifest: Manifest, stored: StoredFile) -> None:
    """Make the job ready with the stored file, or with an equal one that was published first.

    Raises:
        LeaseLost: Another attempt has the job; the stored file is discarded.
    """
    own = _new_artifact(attempt, manifest, stored)
    try:
        visible = _make_ready(attempt, own)
    except LeaseLost:
        discard_superseded_blob(attempt.context, stored.blob_key)
        raise
    if visible.blob_key != stored.blob_key:
        attempt.context.blobs.delete(stored.blob_key)
    log.info("Job finished", extra=attempt.lease.logged("finish", artifact=visible.id))


def publish_layout(attempt: Attempt, layout: NewLayout) -> None:
    """Make the job ready with a file that need not be written, or with an equal one.

    Raises:
        LeaseLost: Another attempt has the job.
    """
    visible = _make_ready(attempt, layout.artifact, layout.body)
    log.info("Job finished", extra=attempt.lease.logged("finish", artifact=visible.id))


def _new_artifact(attempt: Attempt, manifest: Manifest, stored: StoredFile) -> Artifact:
    now = attempt.context.clock()
    return Artifact(
        id=new_id(now),
        content_key=manifest.content_key(),
        blob_key=stored.blob_key,
        size_bytes=stored.file.size_bytes,
        sha256=stored.file.sha256,
        crc32=stored.crc32,
        etag=manifest.etag(stored.file.sha256),
        media_type=attempt.job.media_type,
        page_count=stored.file.page_count,
        missing_pages=manifest.missing_pages,
        created_at=now,
        expires_at=now + timedelta(seconds=attempt.job.ttl_seconds),
    )


def _make_ready(attempt: Attempt, own: Artifact, layout: bytes | None = None) -> Artifact:
    """Make the job ready with ``own`` or an equal artifact, and return that. Raises LeaseLost.

    ``layout`` is that of ``own``, if it has one.
    """
    context, job = attempt.context, attempt.job
    with context.db.read() as session:
        equal = artifacts.artifact_of_content(session, own.content_key)
    # The storage is asked before the transaction: nobody may wait for a network with the database
    # locked.
    lost_key = equal.blob_key if equal is not None and not is_stored(context, equal) else None
    with context.db.write() as session:
        _lock_jobs(session, attempt.lease.job_id, equal if lost_key is not None else None)
        artifact = _added(session, own, layout, lost_key)
        artifacts.keep_until(session, artifact.id, context.clock(), job.ttl_seconds)
        if not _finish(attempt, artifact, session):
            raise LeaseLost
        return artifact


def _added(session: Session, own: Artifact, layout: bytes | None, lost_key: str | None) -> Artifact:
    """Add the artifact and its layout, or return an equal one, unless its blob is lost."""
    if not insert_if_absent(session, own):
        equal = artifacts.artifact_of_content(session, own.content_key) or own
        if equal.blob_key != lost_key:
            return equal
        artifacts.replace_blob(session, equal, own)
    if layout is not None:
        artifacts.add_layout(session, own.id, layout)
    return own


def _lock_jobs(session: Session, job_id: str, replaced: Artifact | None) -> None:
    """Lock the job, and all jobs whose file gets other bytes, before the artifact is locked."""
    if replaced is None:
        jobs.lock_job(session, job_id)
    else:
        jobs.lock_jobs_sharing_file(session, job_id, replaced.id)


def _finish(attempt: Attempt, artifact: Artifact, session: Session) -> bool:
    """Move the job to ready; return False if the lease is lost."""
    now, job = attempt.context.clock(), attempt.job
    # Bytes that were fetched of an earlier, different file are no part of this one.
    is_different = bool(job.etag) and job.etag != artifact.etag
    finished = jobs.move(
        session,
        Action.FINISH,
        attempt.lease.job_id,
        lease_token=attempt.lease.token,
        phase=Phase.DONE,
        progress=100,
        pages_total=artifact.page_count,
        pages_done=artifact.page_count,
        artifact_id=artifact.id,
        content_key=artifact.content_key,
        sha256=artifact.sha256,
        etag=artifact.etag,
        file_size_bytes=artifact.size_bytes,
        missing_pages=artifact.missing_pages,
        finished_at=now,
        expires_at=now + timedelta(seconds=job.ttl_seconds),
        **({"content_since": now} if is_different else {}),
        **jobs.NO_ERROR,
    )
    if finished and is_different:
        delivery.forget_delivered(session, job.id)
    return finished

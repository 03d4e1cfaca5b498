"""Asking for a download: from what a user picked to a row that is a promise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from ..db import artifacts, jobs
from ..db.session import database_now, next_revision
from ..db.tables import Artifact, Job
from ..domain.errors import Conflict
from ..domain.identity import new_id
from ..domain.job import JobStatus, Phase
from .admission import admit_share, admit_work
from .context import Context
from .eta import recent_bytes_per_second
from .freeze_request import DownloadRequest, Frozen, freeze, frozen_columns, request_as_json
from .queries import JobView, views_of
from .sample_size import sampled_size

_FIRST_GUESS_BYTES_PER_SECOND = {False: 100_000_000, True: 5_000_000}  # before anything was measured here


@dataclass(frozen=True)
class Submitted:
    """``created`` is False when the job was there already."""

    job: JobView
    created: bool


@dataclass(frozen=True)
class Estimate:
    """``cached`` means that the file is there and ready at once."""

    size_bytes: int
    seconds: float
    page_count: int
    cached: bool


def submit_download(context: Context, user_id: str, request: DownloadRequest, idempotency_key: str | None = None) -> Submitted:
    """Accepts the request as a job, commits it and wakes a worker.

    The same request while the first is unfinished is the same job, and so is a repeated idempotency key. A file that is
    there already makes the job ready at once.

    Raises InvalidRequest and its kinds, NotFound, PageUnreadable or ComicUnreadable for damaged input, Conflict for an
    idempotency key used for something else, QueueFull, QuotaExceeded, InsufficientStorage.
    """
    with context.db.read() as session:
        if earlier := _earlier(context, session, user_id, request, idempotency_key):
            return Submitted(earlier, created=False)
        frozen = freeze(context, session, request)
        artifact = _living_artifact(context, session, frozen.content_key)
    try:
        submitted = _commit(context, user_id, frozen, artifact, idempotency_key)
    except IntegrityError:
        # Somebody committed the same request between our look and our insert: now it is there to be found.
        submitted = _commit(context, user_id, frozen, artifact, idempotency_key)
    if submitted.created and submitted.job.status == JobStatus.QUEUED:
        context.ring()
    return submitted


def estimate_download(context: Context, user_id: str, request: DownloadRequest) -> Estimate:
    """What the request would give, before anything is queued. Raises as submit_download does for bad input.

    Where pages have to be converted, a few are, for the size to be right: that takes a moment, once.
    """
    with context.db.read() as session:
        frozen = freeze(context, session, request)
        artifact = _living_artifact(context, session, frozen.content_key)
        if artifact is not None:
            return Estimate(artifact.size_bytes, 0.0, frozen.manifest.output_page_count, cached=True)
        converting = frozen.converts
        speed = recent_bytes_per_second(session, converting=converting) or _FIRST_GUESS_BYTES_PER_SECOND[converting]
    size_bytes = sampled_size(context, frozen)
    return Estimate(size_bytes, size_bytes / speed, frozen.manifest.output_page_count, cached=False)


def _earlier(context: Context, session: Session, user_id: str, request: DownloadRequest, key: str | None) -> JobView | None:
    earlier = jobs.with_idempotency_key(session, user_id, key) if key is not None else None
    if earlier is None:
        return None
    if earlier.request != request_as_json(request):
        raise Conflict("This Idempotency-Key was used for a different request. Use a new key for every request.")
    return views_of(context, session, [earlier])[0]


def _commit(context: Context, user_id: str, frozen: Frozen, artifact: Artifact | None, key: str | None) -> Submitted:
    with context.db.write() as session:
        jobs.lock_user(session, user_id)
        if earlier := _earlier(context, session, user_id, frozen.request, key):
            return Submitted(earlier, created=False)
        if same := jobs.same_unfinished(session, user_id, frozen.content_key):
            same.idempotency_key = same.idempotency_key or key
            session.flush()
            return Submitted(views_of(context, session, [same])[0], created=False)
        job = _new_job(context, session, user_id, frozen, key)
        if artifact is not None and _keep(context, session, artifact):
            admit_share(context, session, user_id, artifact)
            _make_ready(job, artifact, context.clock())
        else:
            admit_work(context, session, user_id, frozen.expected_bytes)
        session.add(job)
        session.flush()
        return Submitted(views_of(context, session, [job])[0], created=True)


def _keep(context: Context, session: Session, artifact: Artifact) -> bool:
    return artifacts.keep_until(session, artifact.id, context.clock(), context.settings.artifact_ttl_seconds)


def _living_artifact(context: Context, session: Session, content_key: str) -> Artifact | None:
    """The finished file for this content, if its time is not over and its bytes are really there."""
    artifact = artifacts.artifact_of_content(session, content_key)
    if artifact is None or artifact.expires_at <= context.clock():
        return None
    try:
        context.blobs.stat(artifact.blob_key)
    except FileNotFoundError:
        return None
    return artifact


def _new_job(context: Context, session: Session, user_id: str, frozen: Frozen, key: str | None) -> Job:
    now = context.clock()
    keep_manifest(context, session, frozen)
    return Job(
        id=new_id(now),
        user_id=user_id,
        revision=next_revision(session),
        idempotency_key=key,
        max_attempts=context.settings.max_attempts,
        not_before=database_now(session),  # by the clock that the workers go by
        created_at=now,
        **frozen_columns(context, frozen),
    )


def keep_manifest(context: Context, session: Session, frozen: Frozen) -> None:
    """Stores the frozen input for the worker; equal jobs share one row."""
    artifacts.keep_manifest(session, frozen.content_key, frozen.manifest.to_json(), context.clock())


def _make_ready(job: Job, artifact: Artifact, now: datetime) -> None:
    """Makes a new job ready with a file that is there already."""
    job.status = JobStatus.READY
    job.phase = Phase.DONE
    job.progress = 100
    job.pages_done = job.pages_total
    job.artifact_id = artifact.id
    job.sha256 = artifact.sha256
    job.file_size_bytes = artifact.size_bytes
    job.missing_pages = artifact.missing_pages or job.missing_pages
    job.finished_at = now
    job.expires_at = now + timedelta(seconds=job.ttl_seconds)

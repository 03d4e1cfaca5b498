"""Handing a finished file to its user: making links, and finding and opening what a link leads to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import BinaryIO
from urllib.parse import quote

from ...db import artifacts, deliveries, jobs
from ...db.deliveries import JobFile
from ...db.session import Session
from ...db.share_tables import Share
from ...db.tables import Job
from ...domain.errors import FileGone, LinkInvalid, NotFound, NotReady
from ...domain.job import JobStatus
from ...domain.link import Link, LinkClaims, content_disposition
from ...domain.share import downloads_left, ensure_open, share_used_up_error
from ...storage.blobs import LinkHeaders
from ..artifacts import withdraw
from ..context import Context
from ..downloads.snapshots import JobSnapshot
from .link_token import read_link, sign_link
from .verified_files import VerifiedFiles

GONE = "This file is no longer kept. Have it prepared again on the page the link came from; the transfer can then go on."
# Extending by less is not worth an update of every open page.
_MIN_EXTENSION = timedelta(minutes=1)


@dataclass(frozen=True)
class Delivery:
    """What a valid link leads to. ``modified_at`` does not change when the same file is prepared again.

    ``counted`` files belong to a share that has a limit: only we may send them, since nobody else counts. With ``rest_only``
    no download is left and this was one of those counted: its end may be lost on the way, so all but its start can still be
    fetched.
    """

    job_id: str
    artifact_id: str
    blob_key: str
    filename: str
    media_type: str
    size_bytes: int
    sha256: str
    modified_at: datetime
    link_expires_at: datetime
    counted: bool = False
    rest_only: bool = False

    @property
    def disposition(self) -> str:
        return content_disposition(self.filename)


def make_link(context: Context, user_id: str, job_id: str) -> Link:
    """A fresh link to the job's file, which also prolongs the file's life.

    Raises NotFound for a job that is not the user's, NotReady while there is no file.
    """
    now = context.clock()
    with context.db.write() as session:
        job = jobs.job_of_user(session, user_id, job_id)
        if job is None:
            raise NotFound("There is no such download.")
        artifact_id = extend_expiry(session, job, now)
        artifact = artifacts.artifact_by_id(session, artifact_id)
        assert artifact is not None  # It was found and kept in this transaction.
        filename, sha256 = job.filename, artifact.sha256
    expires_at = now + timedelta(seconds=context.settings.link_ttl_seconds)
    return _signed(
        context, LinkClaims(job_id, user_id, sha256, expires_at.replace(microsecond=0)), filename
    )


def link_if_ready(context: Context, job: JobSnapshot, share: Share | None = None) -> Link | None:
    """A fresh link to the job's file, valid until the link's, the file's or the share's time is over; None without a file,
    and when its time is over and only somebody who fetches it keeps it.

    For descriptions of a job: looking at it must not change it, so this prolongs nothing.
    """
    if job.status != JobStatus.READY or job.sha256 is None:
        return None
    now = context.clock()
    expires_at = now + timedelta(seconds=context.settings.link_ttl_seconds)
    if job.expires_at is not None:
        expires_at = min(expires_at, job.expires_at)
    if share is not None:
        expires_at = min(expires_at, share.expires_at)
    if expires_at <= now:
        return None
    claims = LinkClaims(job.id, job.user_id, job.sha256, expires_at.replace(microsecond=0))
    return _signed(
        context, claims, job.filename, counted=share is not None and share.max_downloads is not None
    )


def _signed(context: Context, claims: LinkClaims, filename: str, *, counted: bool = False) -> Link:
    token = sign_link(context.settings.secret_keys, claims)
    by_cdn = context.settings.storage_backend == "local" and not counted
    base = context.settings.cdn_base_url.rstrip("/") if by_cdn else ""
    return Link(f"{base}/d/{token}/{quote(filename, safe='')}", claims.expires_at)


def resolve_link(context: Context, token: str) -> Delivery:
    """What the token leads to.

    Raises LinkInvalid for a token that is forged or whose job is gone, LinkExpired after its time, FileGone when the file
    was cleaned up or has another content by now, and for a guest's what has ended the share.
    """
    claims = read_link(context.settings.secret_keys, token, context.clock())
    with context.db.read() as session:
        found = deliveries.file_of_job(session, claims.job_id)
    if found is None or found.user_id != claims.user_id:
        raise LinkInvalid("This link is not valid any more: the download it led to was removed.")
    rest_only = _is_counted_already(found, context.clock())
    if found.status != JobStatus.READY or found.sha256 != claims.sha256:
        raise FileGone(GONE)
    assert (
        found.artifact_id and found.blob_key and found.media_type and found.size_bytes is not None
    )
    return Delivery(
        job_id=claims.job_id,
        artifact_id=found.artifact_id,
        blob_key=found.blob_key,
        filename=found.filename,
        media_type=found.media_type,
        size_bytes=found.size_bytes,
        sha256=claims.sha256,
        # the job's time, not the artifact's: a client that sends it back in If-Range must be able to go on after
        # the same bytes were prepared again
        modified_at=found.content_since or found.created_at,
        link_expires_at=claims.expires_at,
        counted=found.max_downloads is not None,
        rest_only=rest_only,
    )


def _is_counted_already(found: JobFile, now: datetime) -> bool:
    """True if a guest's job was the last download. Raises LinkInvalid, LinkExpired, ShareUsedUp when the share is over."""
    if found.share_expires_at is None:
        return False
    ensure_open(found.share_revoked_at, found.share_expires_at, now)
    if downloads_left(found.max_downloads, found.downloads_done or 0) != 0:
        return False
    if found.downloaded_bytes != found.file_size_bytes:
        raise share_used_up_error()
    return True


def open_file(context: Context, delivery: Delivery) -> BinaryIO:
    """The file, opened once; ``ensure_intact`` says whether it may be sent.

    Raises FileGone when it is missing, StorageUnavailable when the storage does not answer.
    """
    try:
        return context.blobs.open(delivery.blob_key)
    except FileNotFoundError as error:
        withdraw(context, delivery.artifact_id, delivery.blob_key)
        raise FileGone(GONE) from error


def ensure_intact(
    context: Context, delivery: Delivery, file: BinaryIO, checked: VerifiedFiles
) -> None:
    """Compares the open file with its SHA-256, unless that was done before: which reads all of it.

    A file that is not what it was is closed and withdrawn: its jobs expire, so that it can be prepared again. Raises
    FileGone then.
    """
    if not checked.matches(file, delivery.size_bytes, delivery.sha256):
        file.close()
        withdraw(context, delivery.artifact_id, delivery.blob_key)
        raise FileGone("This file was damaged on the server's disk. " + GONE)


def confirm_file(context: Context, delivery: Delivery) -> None:
    """Raises FileGone if the storage does not have the file, or not in this size."""
    try:
        size_bytes = context.blobs.stat(delivery.blob_key).size_bytes
    except FileNotFoundError:
        size_bytes = None
    if size_bytes != delivery.size_bytes:
        withdraw(context, delivery.artifact_id, delivery.blob_key)
        raise FileGone(GONE)


def direct_link(context: Context, delivery: Delivery) -> str | None:
    """An address at the bucket or its CDN that serves the file until the link expires; None if only we can or may serve it."""
    if delivery.counted:
        return None
    left = delivery.link_expires_at - context.clock()
    headers = LinkHeaders(delivery.disposition, delivery.media_type)
    return context.blobs.link(delivery.blob_key, headers, max(int(left.total_seconds()), 1))


def extend_expiry(session: Session, job: Job, now: datetime) -> str:
    """Keep the job's file for its full time from ``now`` on, and return the file's id.

    Raises:
        NotReady: the job has no file, or its file has just been deleted.
    """
    if job.status != JobStatus.READY or job.artifact_id is None:
        raise NotReady(_why_not_ready(JobStatus(job.status)))
    until = now + timedelta(seconds=job.ttl_seconds)
    if job.expires_at is None or until - job.expires_at >= _MIN_EXTENSION:
        jobs.extend_expiry(session, job, until)
    # After the job, because every transaction locks the job before the artifact.
    if not artifacts.keep_until(session, job.artifact_id, now, job.ttl_seconds):
        raise NotReady(_why_not_ready(JobStatus.EXPIRED))
    return job.artifact_id


def _why_not_ready(status: JobStatus) -> str:
    if status is JobStatus.EXPIRED:
        return "The file is no longer kept. Prepare it again first."
    if status in {JobStatus.FAILED, JobStatus.CANCELLED}:
        return f"This download has {'failed' if status is JobStatus.FAILED else 'been cancelled'}. Retry it first."
    return "The file is not ready yet. Wait until it is prepared."

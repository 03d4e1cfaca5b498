"""Make links to finished files, and find and open the file that a link leads to."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import lru_cache
from typing import BinaryIO
from urllib.parse import quote

from ...db import artifacts, jobs
from ...db.delivery import JobFile
from ...db.session import Session
from ...db.tables import Job, Share
from ...domain.errors import FileGone, LinkInvalid, NotFound, NotReady
from ...domain.job import JobStatus
from ...domain.link import (
    INLINE,
    SHOWN_BY_BROWSERS,
    Link,
    LinkClaims,
    content_disposition,
)
from ...domain.share import downloads_left, ensure_open, share_used_up_error
from ...files.network_disks import network_file_system
from ...storage.blobs import LinkHeaders
from ..artifacts import withdraw
from ..context import Context
from ..downloads.snapshots import JobSnapshot
from .known_rows import KnownRows
from .link_token import read_link, sign_link
from .verified_files import VerifiedFiles

PREPARE_AGAIN = (
    "Prepare it again on the page the link came from; "
    "the transfer can then continue where it stopped."
)
GONE = f"This file is no longer stored. {PREPARE_AGAIN}"
DAMAGED = f"This file was damaged on the server's disk and has been removed. {PREPARE_AGAIN}"
# Extending by less is not worth an update of every open page.
_MIN_EXTENSION = timedelta(minutes=1)


@dataclass(frozen=True)
class Delivery:
    """The file that a valid link leads to.

    ``modified_at`` does not change when the same file is prepared again. ``counted`` files belong
    to a share with a download limit and must be sent by this process, not by a proxy or CDN, which
    do not count. ``rest_only`` means that the limit is reached: only ranges that do not start at
    byte 0 are sent, so that an interrupted last download can finish. ``sha256`` is empty while
    nobody knows it, which can be only with a layout. ``inline`` files are shown by the browser.
    """

    job_id: str
    artifact_id: str
    blob_key: str
    filename: str
    media_type: str
    size_bytes: int
    sha256: str
    etag: str
    modified_at: datetime
    link_expires_at: datetime
    counted: bool = False
    rest_only: bool = False
    is_layout: bool = False
    inline: bool = False

    @property
    def disposition(self) -> str:
        """The value of the Content-Disposition header."""
        return content_disposition(self.filename, inline=self.inline)

    def shown(self) -> Delivery:
        """Return the file to be shown by the browser, if browsers show files of its type."""
        return replace(self, inline=True) if self.media_type in SHOWN_BY_BROWSERS else self


def shown_in_place(url: str) -> str:
    """Return the address of a file to open it in the browser in place of saving it."""
    return f"{url}?{INLINE}=1"


def make_link(context: Context, user_id: str, job_id: str) -> Link:
    """Return a new link to the job's file, and keep the file for its full time from now on.

    Raises:
        NotFound: the user has no such job.
        NotReady: the job has no file.
    """
    return _signed(context, *_keep_file(context, user_id, job_id))


def own_file(context: Context, user_id: str, job_id: str) -> Delivery:
    """Return the file of the user's job, and keep it for its full time from now on.

    Raises:
        NotFound: the user has no such job.
        NotReady: the job has no file.
        FileGone: the file was just deleted.
    """
    claims, _ = _keep_file(context, user_id, job_id)
    return _delivery(context, claims, KnownRows(context).read(job_id))


def _keep_file(context: Context, user_id: str, job_id: str) -> tuple[LinkClaims, str]:
    """Keep the job's file for its full time, and return what a link signs and the file's name."""
    now = context.clock()
    with context.db.write() as session:
        job = jobs.job_of_user(session, user_id, job_id)
        if job is None:
            raise NotFound("There is no such download.")
        artifact_id = extend_expiry(session, job, now)
        artifact = artifacts.artifact_by_id(session, artifact_id)
        assert artifact is not None  # It was found and kept in this transaction.
        filename, etag = job.filename, artifact.etag
    expires_at = now + timedelta(seconds=context.settings.link_ttl_seconds)
    return LinkClaims(job_id, user_id, etag, expires_at.replace(microsecond=0)), filename


def link_if_ready(context: Context, job: JobSnapshot, share: Share | None = None) -> Link | None:
    """Return a new link to the job's file, or None without a file or after its expiry.

    The link ends with the file and with the share. Use it to describe a job: unlike ``make_link``
    it does not extend how long the file is kept.
    """
    if job.status != JobStatus.READY:
        return None
    now = context.clock()
    expires_at = now + timedelta(seconds=context.settings.link_ttl_seconds)
    if job.expires_at is not None:
        expires_at = min(expires_at, job.expires_at)
    if share is not None:
        expires_at = min(expires_at, share.expires_at)
    if expires_at <= now:
        return None
    claims = LinkClaims(job.id, job.user_id, job.etag, expires_at.replace(microsecond=0))
    return _signed(
        context, claims, job.filename, counted=share is not None and share.max_downloads is not None
    )


def _signed(context: Context, claims: LinkClaims, filename: str, *, counted: bool = False) -> Link:
    token = sign_link(context.settings.secret_keys, claims)
    by_cdn = context.settings.storage_backend == "local" and not counted
    base = context.settings.cdn_base_url.rstrip("/") if by_cdn else ""
    return Link(f"{base}/d/{token}/{_in_address(filename)}", claims.expires_at)


# A list has many links to the same files again and again.
@lru_cache(maxsize=1000)
def _in_address(filename: str) -> str:
    return quote(filename, safe="")


def resolve_link(context: Context, token: str, rows: KnownRows | None = None) -> Delivery:
    """Return the file that the token leads to. What is read of it is left in ``rows``.

    Raises:
        LinkInvalid: the token is forged, its job was removed, or its share was revoked.
        LinkExpired: the link or its share has expired.
        ShareUsedUp: the share's download limit is reached.
        FileGone: the file was deleted or has different content now.
    """
    claims = read_link(context.settings.secret_keys, token, context.clock())
    return _delivery(context, claims, (rows or KnownRows(context)).read(claims.job_id))


def resolve_known_link(context: Context, token: str, rows: KnownRows) -> Delivery | None:
    """Return what ``resolve_link`` returns if that is known, without blocking; otherwise None."""
    claims = read_link(context.settings.secret_keys, token, context.clock())
    found = rows.known(claims.job_id)
    return None if found is None else _delivery(context, claims, found)


def _delivery(context: Context, claims: LinkClaims, found: JobFile | None) -> Delivery:
    if found is None or found.user_id != claims.user_id:
        raise LinkInvalid("This link is no longer valid: its download was removed.")
    rest_only = _is_counted_already(found, context.clock())
    if found.status != JobStatus.READY or found.etag != claims.etag:
        raise FileGone(_why_gone(found))
    assert found.artifact_id and found.blob_key and found.media_type
    assert found.size_bytes is not None and found.sha256 is not None
    return Delivery(
        job_id=claims.job_id,
        artifact_id=found.artifact_id,
        blob_key=found.blob_key,
        filename=found.filename,
        media_type=found.media_type,
        size_bytes=found.size_bytes,
        sha256=found.sha256,
        etag=claims.etag,
        # The job's time, not the artifact's: a client that sends it in If-Range must be able to
        # continue after the same bytes were prepared again.
        modified_at=found.content_since or found.created_at,
        link_expires_at=claims.expires_at,
        counted=found.max_downloads is not None,
        rest_only=rest_only,
        is_layout=found.layout_bytes is not None,
    )


def _why_gone(found: JobFile) -> str:
    """Say why there is no file: a page of a layout may have changed while it was sent."""
    if found.status == JobStatus.FAILED and found.error_message:
        return f"{found.error_message} {PREPARE_AGAIN}"
    return GONE


def _is_counted_already(found: JobFile, now: datetime) -> bool:
    """Return whether the share's limit is reached and this job's download was counted.

    Raises LinkInvalid, LinkExpired or ShareUsedUp if the share is closed to this job.
    """
    if found.share_expires_at is None:
        return False
    ensure_open(found.share_revoked_at, found.share_expires_at, now)
    if downloads_left(found.max_downloads, found.downloads_done or 0) != 0:
        return False
    if found.downloaded_bytes != found.file_size_bytes:
        raise share_used_up_error()
    return True


def open_file(context: Context, delivery: Delivery) -> BinaryIO:
    """Open the file. Call ``ensure_intact`` before sending any of it.

    Raises:
        FileGone: the file is missing; its artifact is then withdrawn.
        StorageUnavailable: the storage does not respond.
    """
    try:
        return context.blobs.open(delivery.blob_key)
    except FileNotFoundError as error:
        withdraw(context, delivery.artifact_id, delivery.blob_key)
        raise FileGone(GONE) from error


def opens_at_once(context: Context) -> bool:
    """Return True if a file that was open a moment ago opens without waiting for anything.

    It does on a disk of this machine, because the kernel still has in memory where it is.
    """
    return context.blobs.is_local and not network_file_system(context.settings.data)


def ensure_intact(
    context: Context, delivery: Delivery, file: BinaryIO, checked: VerifiedFiles
) -> None:
    """Verify the SHA-256 of the open file, reading all of it unless it was verified before.

    Raises:
        FileGone: the file is damaged. It is closed and its artifact withdrawn: the jobs expire, so
            that it can be prepared again.
    """
    if not checked.matches(file, delivery.size_bytes, delivery.sha256):
        file.close()
        withdraw(context, delivery.artifact_id, delivery.blob_key)
        raise FileGone(DAMAGED)


def confirm_file(context: Context, delivery: Delivery) -> None:
    """Check that the storage has the file in the expected size.

    Raises:
        FileGone: it does not; the artifact is then withdrawn.
    """
    try:
        size_bytes = context.blobs.stat(delivery.blob_key).size_bytes
    except FileNotFoundError:
        size_bytes = None
    if size_bytes != delivery.size_bytes:
        withdraw(context, delivery.artifact_id, delivery.blob_key)
        raise FileGone(GONE)


def direct_link(context: Context, delivery: Delivery) -> str | None:
    """Return an address at the bucket or its CDN that serves the file until the link expires.

    Return None for local storage and for counted files.
    """
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
        return "The file is no longer stored. Prepare it again."
    if status in {JobStatus.FAILED, JobStatus.CANCELLED}:
        outcome = "failed" if status is JobStatus.FAILED else "was cancelled"
        return f"This download {outcome}. Retry it."
    return "The file is not ready yet. Wait until it is prepared."

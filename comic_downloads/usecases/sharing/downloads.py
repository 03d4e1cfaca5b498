"""Downloads of a share's guests: jobs of the one who shares, which only the guest who asked for them sees."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...db import jobs, shares
from ...db.library import comics_by_id
from ...db.session import Session
from ...db.share_tables import Share
from ...db.tables import Artifact, Job
from ...domain.errors import (
    InvalidFormat,
    InvalidRequest,
    LinkInvalid,
    NotFound,
    QueueFull,
    QuotaExceeded,
)
from ...domain.job import UNFINISHED, Action, JobStatus
from ...domain.link import Link
from ...domain.options import OnPageError
from ...domain.share import (
    GUEST_JOBS_KEPT_FOR,
    downloads_left,
    ensure_downloads_left,
    ensure_open,
    share_expired_error,
)
from ..context import Context
from ..delivery.links import extend_expiry, link_if_ready
from ..downloads.admission import RETRY_AFTER_SECONDS, check_storage_for_new_file
from ..downloads.create import add_job, extend_artifact_expiry, find_stored_artifact, keep_manifest
from ..downloads.resolve import DownloadRequest, ResolvedRequest, resolve_request, resolved_columns
from ..downloads.snapshots import JobErrorSnapshot, JobSnapshot, take_snapshots
from .access import Guest, GuestCredentials, admit_guest
from .contents import can_be_read

PRIORITY = 10  # behind the jobs of the one who shares
MAX_UNFINISHED_OF_SHARE = 20
MAX_JOBS_OF_SHARE = (
    5000  # whoever has the link can ask under ever new names; bounds the rows they can cause
)
MAX_FILES_OF_SHARE = 100  # at a time: any choice of comics, format and quality is a file of its own on the sharer's disk
MAX_LISTED = 100


@dataclass(frozen=True)
class GuestRequest:
    """``comic_ids`` None means all comics of the share that can be read."""

    format: str
    quality: str = "original"
    comic_ids: tuple[str, ...] | None = None


@dataclass(frozen=True)
class GuestDownload:
    """A guest's job. ``download_url`` is freshly signed, begins with ``/`` unless a CDN serves it, and starts transfers
    until ``expires_at``; both are None until the file is ready, and when the share has no download left."""

    job_id: str
    status: str
    phase: str
    progress: int
    format: str
    quality: str
    comic_ids: tuple[str, ...]
    filename: str
    pages_done: int
    pages_total: int
    queue_position: int | None
    eta_seconds: int | None
    file_size_bytes: int | None
    download_url: str | None
    expires_at: datetime | None
    error: JobErrorSnapshot | None


@dataclass(frozen=True)
class SubmittedGuestDownload:
    """``created`` is False when the guest had asked for the same before and it is under way or ready."""

    guest: Guest
    download: GuestDownload
    created: bool


def submit_guest_download(
    context: Context, credentials: GuestCredentials, request: GuestRequest
) -> SubmittedGuestDownload:
    """Has the file prepared for the guest; one that is there already is ready at once.

    Raises what ``admit_guest`` does, ShareUsedUp, InvalidFormat for a format the share does not offer, NotFound for a comic it
    does not have, what submit_download raises for input that cannot be used, QueueFull when many guests wait already.
    """
    guest = admit_guest(context, credentials)
    ensure_downloads_left(guest.share.max_downloads, guest.share.downloads_done)
    with context.db.read() as session:
        resolved = resolve_request(
            context, session, _download_request(session, guest.share, request)
        )
        artifact = find_stored_artifact(context, session, resolved.content_key)
    with context.db.write() as session:
        jobs.lock_user(session, guest.share.user_id)
        share = _still_open(context, session, guest.share.id)
        job, created = _job(context, session, guest, resolved, artifact)
        view = take_snapshots(context, session, [job])[0]
    if created and view.status == JobStatus.QUEUED:
        context.notify_workers()
    return SubmittedGuestDownload(guest, _download(context, share, view), created)


def get_guest_download(
    context: Context, credentials: GuestCredentials, job_id: str
) -> GuestDownload:
    """How the guest's own job does. Raises what ``admit_guest`` does, NotFound for any other job."""
    guest = admit_guest(context, credentials)
    with context.db.read() as session:
        view = take_snapshots(context, session, [_own(session, guest, job_id)])[0]
    return _download(context, guest.share, view)


def make_guest_link(context: Context, credentials: GuestCredentials, job_id: str) -> Link:
    """A fresh link to the file of the guest's own job, which also prolongs the file's life.

    Raises what ``admit_guest`` does, ShareUsedUp, NotFound for any other job, NotReady while there is no file.
    """
    guest = admit_guest(context, credentials)
    ensure_downloads_left(guest.share.max_downloads, guest.share.downloads_done)
    with context.db.write() as session:
        job = _own(session, guest, job_id)
        extend_expiry(session, job, context.clock())
        link = link_if_ready(context, take_snapshots(context, session, [job])[0], guest.share)
    if link is None:  # its last second has just passed
        raise share_expired_error()
    return link


def guest_downloads(context: Context, credentials: GuestCredentials) -> list[GuestDownload]:
    """What the guest asked for so far, newest first. Raises what ``admit_guest`` does."""
    guest = admit_guest(context, credentials)
    with context.db.read() as session:
        views = take_snapshots(
            context, session, shares.jobs_of_guest(session, guest.share.id, guest.id, MAX_LISTED)
        )
    return [_download(context, guest.share, view) for view in views]


def _own(session: Session, guest: Guest, job_id: str) -> Job:
    job = shares.job_of_guest(session, guest.share.id, guest.id, job_id)
    if job is None:
        raise NotFound("There is no such download.")
    return job


def _download_request(session: Session, share: Share, request: GuestRequest) -> DownloadRequest:
    if request.format not in share.formats:
        raise InvalidFormat(
            f"“{request.format}” is not offered here. Choose one of: {', '.join(share.formats)}."
        )
    picked = (
        _readable(session, share)
        if request.comic_ids is None
        else _picked(share, request.comic_ids)
    )
    # a guest cannot choose what to do about damaged pages, so those known now are left out
    is_damaged = any(comic.damaged_pages for comic in comics_by_id(session, picked).values())
    return DownloadRequest(
        comic_ids=tuple(picked),
        format=request.format,
        quality=request.quality,
        on_page_error=OnPageError.SKIP if is_damaged else OnPageError.FAIL,
    )


def _readable(session: Session, share: Share) -> list[str]:
    """Those of the share's comics that can still be read. Raises NotFound if there is none."""
    shared = [comic["id"] for comic in share.comics]
    known = comics_by_id(session, shared)
    readable = [
        comic_id for comic_id in shared if comic_id in known and can_be_read(known[comic_id])
    ]
    if not readable:
        raise NotFound("None of these comics can be read any more. Tell whoever shares them.")
    return readable


def _picked(share: Share, comic_ids: Sequence[str]) -> list[str]:
    """The comics that were picked, in the order of the share."""
    shared = [comic["id"] for comic in share.comics]
    if not comic_ids:
        raise InvalidRequest("Pick one comic at least, or leave comic_ids out for all.")
    if not set(comic_ids) <= set(shared):
        raise NotFound("This comic is not among those shared.")
    return [comic_id for comic_id in shared if comic_id in set(comic_ids)]


def _still_open(context: Context, session: Session, share_id: str) -> Share:
    """The share as it is now that nobody can revoke it."""
    share = shares.share_by_id(session, share_id)
    if share is None:
        raise LinkInvalid("This link is not valid any more: what it led to is gone.")
    ensure_open(share.revoked_at, share.expires_at, context.clock())
    return share


def _job(
    context: Context,
    session: Session,
    guest: Guest,
    resolved: ResolvedRequest,
    artifact: Artifact | None,
) -> tuple[Job, bool]:
    """The guest's job for this request, and whether work on it begins with this."""
    key = f"{resolved.content_key}.{guest.id}"  # requests are told apart by user; here each guest is one
    job = shares.same_job_of_guest(session, guest.share.id, guest.id, key)
    if job is not None and job.status in UNFINISHED:
        return job, False
    if job is not None and job.status == JobStatus.READY:
        extend_expiry(session, job, context.clock())
        return job, False
    artifact = extend_artifact_expiry(context, session, artifact)
    if artifact is None or job is not None:
        _admit_work(session, guest.share.id, resolved.content_key)
    if job is None:
        _make_room(session, guest.share.id, context.clock())
    try:
        if job is not None:
            return _again(context, session, job, resolved, key), True
        own = {
            "share_id": guest.share.id,
            "guest_id": guest.id,
            "priority": PRIORITY,
            "request_key": key,
        }
        return add_job(context, session, guest.share.user_id, resolved, artifact, **own), True
    except QuotaExceeded as error:
        raise QuotaExceeded(
            "Whoever shares this has no room left for more files. Tell them, or try again tomorrow."
        ) from error


def _admit_work(session: Session, share_id: str, content_key: str) -> None:
    if shares.count_unfinished(session, share_id) >= MAX_UNFINISHED_OF_SHARE:
        raise QueueFull(
            "Many downloads of these comics are being prepared already. Try again in a minute.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )
    files = shares.files_of_share(session, share_id)
    if content_key not in files and len(files) >= MAX_FILES_OF_SHARE:
        raise QueueFull(
            "Too many different files of these comics are kept for guests already. Choose what others chose, or try tomorrow.",
            retry_after_seconds=86400,
        )


def _make_room(session: Session, share_id: str, now: datetime) -> None:
    """Makes room for one more job where there are as many as may be: guests who come back soon do without one they left."""
    if shares.count_jobs(session, share_id, MAX_JOBS_OF_SHARE) < MAX_JOBS_OF_SHARE:
        return
    if shares.drop_unfetched_job(session, share_id):
        return
    free_at = shares.first_job_goes_at(session, share_id, GUEST_JOBS_KEPT_FOR) or now
    left = max(free_at - now, timedelta(minutes=1))
    raise QueueFull(
        f"More people have fetched these comics than this server keeps count of. Try again after {free_at:%d %B, %H:%M} UTC.",
        retry_after_seconds=math.ceil(left.total_seconds()),
    )


def _again(
    context: Context, session: Session, job: Job, resolved: ResolvedRequest, key: str
) -> Job:
    """Prepares a job that ended without a file, or whose file is gone; what was fetched of it stays counted."""
    check_storage_for_new_file(context, session, job.user_id, resolved)
    keep_manifest(context, session, resolved)
    columns = {**resolved_columns(context, resolved), **jobs.AS_NEW, "request_key": key}
    jobs.move(session, Action.RETRY, job.id, **columns)
    return jobs.job_by_id(session, job.id)


def _download(context: Context, share: Share, view: JobSnapshot) -> GuestDownload:
    is_used_up = downloads_left(share.max_downloads, share.downloads_done) == 0
    link = None if is_used_up else link_if_ready(context, view, share)
    return GuestDownload(
        job_id=view.id,
        status=view.status,
        phase=view.phase,
        progress=view.progress,
        format=view.format,
        quality=view.quality,
        comic_ids=tuple(comic.id for comic in view.comics),
        filename=view.filename,
        pages_done=view.pages_done,
        pages_total=view.pages_total,
        queue_position=view.queue_position,
        eta_seconds=view.eta_seconds,
        file_size_bytes=view.file_size_bytes,
        download_url=link.url if link else None,
        expires_at=link.expires_at if link else None,
        error=view.error,
    )

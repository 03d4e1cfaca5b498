"""Downloads of guests. Each is a job of the user who shares, visible only to the guest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ...db import jobs, shares
from ...db.session import Session
from ...db.tables import Job, Share
from ...domain.errors import (
    LinkInvalid,
    NotFound,
    QuotaExceeded,
)
from ...domain.job import UNFINISHED, Action, JobStatus
from ...domain.link import Link
from ...domain.share import (
    downloads_left,
    ensure_downloads_left,
    ensure_open,
    share_expired_error,
)
from ..context import Context
from ..delivery.links import extend_expiry, link_if_ready
from ..downloads.admission import check_storage_for_new_file
from ..downloads.create import FileAtHand, add_job, file_at_hand, keep_manifest, kept_file
from ..downloads.filenames import account_filenames
from ..downloads.resolve import ResolvedRequest, resolve_request, resolved_columns
from ..downloads.snapshots import JobErrorSnapshot, JobSnapshot, take_snapshots
from .access import Guest, GuestCredentials, admit_guest
from .guest_request import GuestRequest, to_download_request
from .limits import check_share_limits, check_sharer, free_job_slot
from .suggestion import further_choices

PRIORITY = 10  # After the jobs of the user who shares.
MAX_LISTED = 100


@dataclass(frozen=True)
class GuestDownload:
    """A guest's job as the guest sees it.

    ``download_url`` is newly signed and a path on this server unless a CDN serves it. It starts
    transfers until ``expires_at``. Both are None until the file is ready, and once the share's
    download limit is reached.
    """

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
    group_id: str | None = None
    expected_size_bytes: int = 0
    sha256: str | None = None


@dataclass(frozen=True)
class SubmittedGuestDownload:
    """A guest's download. ``created`` is False if the guest already had it, unfinished or ready."""

    guest: Guest
    download: GuestDownload
    created: bool


def submit_guest_download(
    context: Context, credentials: GuestCredentials, request: GuestRequest
) -> SubmittedGuestDownload:
    """Queue a download for the guest. It is ready at once if the file is already stored.

    Raises the errors of ``admit_guest``, ``to_download_request``, ``resolve_request``,
    ``check_share_limits`` and ``free_job_slot``, and:
        ShareUsedUp: the share's download limit is reached.
        QuotaExceeded: the storage of the user who shares is full.
        InsufficientStorage: the server's disk is nearly full.
    """
    guest = admit_guest(context, credentials)
    ensure_downloads_left(guest.share.max_downloads, guest.share.downloads_done)
    with context.db.read() as session:
        resolved = resolve_request(
            context, session, to_download_request(session, guest.share, request)
        )
    at_hand = file_at_hand(context, resolved)
    with context.db.write() as session:
        jobs.lock_user(session, guest.share.user_id)
        share = share_still_open(context, session, guest.share.id)
        job, created = _job(context, session, guest, resolved, at_hand)
        view = take_snapshots(context, session, [job])[0]
    if created and view.status == JobStatus.QUEUED:
        context.notify_workers()
    return SubmittedGuestDownload(guest, seen_by_guest(context, share, view), created)


def get_guest_download(
    context: Context, credentials: GuestCredentials, job_id: str
) -> GuestDownload:
    """Return the guest's own download.

    Raises the errors of ``admit_guest``, and NotFound for any other job.
    """
    guest = admit_guest(context, credentials)
    with context.db.read() as session:
        view = take_snapshots(context, session, [_own(session, guest, job_id)])[0]
    return seen_by_guest(context, guest.share, view)


def choices_of_download(
    context: Context, credentials: GuestCredentials, job_id: str
) -> dict[str, Any]:
    """Return what the guest's own download was made with besides format and quality.

    Raises the errors of ``admit_guest``, and NotFound for any other job.
    """
    guest = admit_guest(context, credentials)
    with context.db.read() as session:
        return further_choices(_own(session, guest, job_id).request)


def make_guest_link(context: Context, credentials: GuestCredentials, job_id: str) -> Link:
    """Return a new link to the guest's own file, and keep the file for its full time from now on.

    Raises the errors of ``admit_guest``, and:
        ShareUsedUp: the share's download limit is reached.
        NotFound: the guest has no such job.
        NotReady: the job has no file.
    """
    guest = admit_guest(context, credentials)
    ensure_downloads_left(guest.share.max_downloads, guest.share.downloads_done)
    with context.db.write() as session:
        job = _own(session, guest, job_id)
        extend_expiry(session, job, context.clock())
        link = link_if_ready(context, take_snapshots(context, session, [job])[0], guest.share)
    if link is None:  # The share expired after the guest was admitted.
        raise share_expired_error()
    return link


def guest_downloads(context: Context, credentials: GuestCredentials) -> list[GuestDownload]:
    """Return the guest's downloads, newest first. Raises the errors of ``admit_guest``."""
    guest = admit_guest(context, credentials)
    with context.db.read() as session:
        views = take_snapshots(
            context, session, shares.jobs_of_guest(session, guest.share.id, guest.id, MAX_LISTED)
        )
    return [seen_by_guest(context, guest.share, view) for view in views]


def _own(session: Session, guest: Guest, job_id: str) -> Job:
    job = shares.job_of_guest(session, guest.share.id, guest.id, job_id)
    if job is None:
        raise NotFound("There is no such download.")
    return job


def share_still_open(context: Context, session: Session, share_id: str) -> Share:
    """Return the share as it is under the user's lock, which prevents that it is revoked."""
    share = shares.share_by_id(session, share_id)
    if share is None:
        raise LinkInvalid("This link is no longer valid: the share was removed.")
    ensure_open(share.revoked_at, share.expires_at, context.clock())
    return share


def _job(
    context: Context,
    session: Session,
    guest: Guest,
    resolved: ResolvedRequest,
    at_hand: FileAtHand,
) -> tuple[Job, bool]:
    """Return the guest's job for this request, and whether it was created or restarted."""
    # Elsewhere a request belongs to a user; here every guest counts as one.
    key = f"{resolved.content_key}.{guest.id}"
    job = shares.same_job_of_guest(session, guest.share.id, guest.id, key)
    if job is not None and job.status in UNFINISHED:
        return job, False
    if job is not None and job.status == JobStatus.READY:
        extend_expiry(session, job, context.clock())
        return job, False
    artifact = kept_file(context, session, at_hand)
    check_sharer(session, guest.share)
    if artifact is None or job is not None:
        check_share_limits(session, guest.share.id, resolved.content_key)
    if job is None:
        free_job_slot(session, guest.share.id, context.clock())
    try:
        if job is not None:
            return restart_job(context, session, job, resolved, key), True
        own = {
            "share_id": guest.share.id,
            "guest_id": guest.id,
            "priority": PRIORITY,
            "request_key": key,
        }
        return add_job(context, session, guest.share.user_id, resolved, artifact, **own), True
    except QuotaExceeded as error:
        raise QuotaExceeded(
            "The storage of the person who shares this is full. Tell them, or try again tomorrow."
        ) from error


def restart_job(
    context: Context, session: Session, job: Job, resolved: ResolvedRequest, key: str
) -> Job:
    """Queue a job again that has no file any more; bytes already fetched stay counted."""
    check_storage_for_new_file(context, session, job.user_id, resolved)
    keep_manifest(context, session, resolved)
    columns = {
        **resolved_columns(context, resolved),
        **jobs.INITIAL_COLUMNS,
        "request_key": key,
        "filename": account_filenames(session, job.user_id, [resolved])[0],
    }
    jobs.move(session, Action.RETRY, job.id, **columns)
    return jobs.job_by_id(session, job.id)


def seen_by_guest(context: Context, share: Share, view: JobSnapshot) -> GuestDownload:
    """Return a guest's job as the guest sees it, with a link if there is a file."""
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
        group_id=view.group_id,
        expected_size_bytes=view.expected_size_bytes,
        sha256=view.sha256,
    )

"""Accept requests for downloads: check what a user picked and commit it as a job."""

from __future__ import annotations

from dataclasses import dataclass

from ...db import groups, jobs
from ...db.reading import unread_among
from ...db.session import Session
from ...db.tables import Job
from ...domain.errors import Conflict, ConstraintViolated
from ...domain.job import JobStatus
from ...domain.own_file import UNTOUCHED
from ..context import Context
from ..library.reading import read_while_waiting
from ..preparing.layouts import may_be_layout
from .admission import check_queue_limit
from .cost import Work
from .create import FileAtHand, add_job, file_at_hand, find_stored_artifact, kept_file
from .eta import recent_cost
from .request import DownloadRequest, request_from_json
from .resolve import ResolvedRequest, resolve_request, selected_comic_ids
from .sample_size import sampled_size
from .snapshots import JobSnapshot, take_snapshots


@dataclass(frozen=True)
class Submitted:
    """A job. ``created`` is False if it existed already."""

    job: JobSnapshot
    created: bool


@dataclass(frozen=True)
class Estimate:
    """What a download would be.

    Attributes:
        size_bytes: The expected size of the file.
        seconds: How long the preparation would take, without waiting in the queue.
        page_count: The number of pages in the file.
        cached: True if the file exists, so that the download is ready at once.
        stilled_pages: How many animations become still pictures.
        file_count: How many files it would be.
    """

    size_bytes: int
    seconds: float
    page_count: int
    cached: bool
    stilled_pages: int = 0
    file_count: int = 1


def submit_download(
    context: Context, user_id: str, request: DownloadRequest, idempotency_key: str | None = None
) -> Submitted:
    """Accept the request as a job, commit it, and wake a worker.

    If the user has an unfinished job for the same content, or used the idempotency key before,
    that job is returned and nothing is created. If the file exists already, or need not be written,
    the new job is ready.

    Raises:
        InvalidRequest: A choice is not valid, or a page is damaged (PagesDamaged).
        NotFound: A comic or the series is not in the library.
        ComicUnreadable: A comic cannot be read.
        Conflict: The idempotency key was used for a different request.
        QueueFull: The user has too many jobs waiting.
        QuotaExceeded: The file does not fit into the user's quota.
        InsufficientStorage: The disk is nearly full.
    """
    with context.db.read() as session:
        if earlier := _earlier(context, session, user_id, request, idempotency_key):
            return Submitted(earlier, created=False)
        resolved = resolve_request(context, session, request)
    at_hand = file_at_hand(context, resolved)
    try:
        submitted = _commit(context, user_id, resolved, at_hand, idempotency_key)
    except ConstraintViolated:
        # The same request was committed between our check and our insert. It can be found now.
        submitted = _commit(context, user_id, resolved, at_hand, idempotency_key)
    if submitted.created and submitted.job.status == JobStatus.QUEUED:
        context.notify_workers()
    return submitted


def estimate_download(context: Context, request: DownloadRequest) -> Estimate:
    """Return what the request would lead to, without queueing anything.

    Comics that are not read yet are read now, for a few seconds. If pages have to be converted, a
    few are converted now, so that the size is accurate. This takes a moment the first time.

    Raises:
        InvalidRequest: A choice is not valid, or a page is damaged (PagesDamaged).
        NotFound: A comic or the series is not in the library.
        ComicUnreadable: A comic cannot be read.
    """
    read_comics_of(context, request)
    with context.db.read() as session:
        resolved = resolve_request(context, session, request)
        manifest = resolved.manifest
        artifact = find_stored_artifact(context, session, resolved.content_key)
        if artifact is not None:
            return Estimate(
                artifact.size_bytes,
                0.0,
                manifest.output_page_count,
                cached=True,
                stilled_pages=manifest.stilled_pages,
            )
        cost = recent_cost(session)
    size_bytes = sampled_size(context, resolved)
    return Estimate(
        size_bytes,
        0.0
        if may_be_layout(context, manifest)
        else cost.seconds(Work(size_bytes, manifest.converted_pixels)),
        manifest.output_page_count,
        cached=False,
        stilled_pages=manifest.stilled_pages,
    )


def read_comics_of(context: Context, request: DownloadRequest) -> None:
    """Read those comics of a request that are only listed, for a few seconds.

    An untouched file needs no reading. Raises the errors of ``selected_comic_ids``.
    """
    if request.quality == UNTOUCHED:
        return
    with context.db.read() as session:
        asked = selected_comic_ids(context, session, request.comic_ids, request.series_id)
        unread = unread_among(session, asked)
    read_while_waiting(context, unread)


def _earlier(
    context: Context, session: Session, user_id: str, request: DownloadRequest, key: str | None
) -> JobSnapshot | None:
    if key is None:
        return None
    earlier = jobs.with_idempotency_key(session, user_id, key)
    of_group = groups.with_idempotency_key(session, user_id, key)
    if earlier is None and of_group is None:
        return None
    if earlier is None or request_from_json(earlier.request) != request:
        raise Conflict(
            "This Idempotency-Key was used for a different request. "
            "Use a new key for every request."
        )
    return take_snapshots(context, session, [earlier])[0]


def _same_unfinished(session: Session, user_id: str, resolved: ResolvedRequest) -> Job | None:
    """Return the user's unfinished job for the same content.

    It may have been accepted when its comics were not read yet.
    """
    keys = dict.fromkeys((resolved.content_key, resolved.asked_key))
    found = (jobs.same_unfinished(session, user_id, key) for key in keys)
    return next(filter(None, found), None)


def _commit(
    context: Context,
    user_id: str,
    resolved: ResolvedRequest,
    at_hand: FileAtHand,
    key: str | None,
) -> Submitted:
    with context.db.write() as session:
        jobs.lock_user(session, user_id)
        if earlier := _earlier(context, session, user_id, resolved.request, key):
            return Submitted(earlier, created=False)
        if same := _same_unfinished(session, user_id, resolved):
            if key is not None and same.idempotency_key is None:
                jobs.set_idempotency_key(session, same, key)
            return Submitted(take_snapshots(context, session, [same])[0], created=False)
        artifact = kept_file(context, session, at_hand)
        if artifact is None:
            check_queue_limit(context, session, user_id)
        job = add_job(context, session, user_id, resolved, artifact, idempotency_key=key)
        return Submitted(take_snapshots(context, session, [job])[0], created=True)

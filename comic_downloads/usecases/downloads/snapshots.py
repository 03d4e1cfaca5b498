"""Describe downloads to their users: one job, or lists of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter

from ...db import artifacts, delivery, jobs, listing, waiting
from ...db.jobs import ShownJob
from ...db.session import Session
from ...domain.errors import NotFound
from ...domain.job import UNFINISHED, JobStatus
from ...domain.transfer import transfer_state
from ..context import Context
from .eta import QueuedJob, seconds_until_ready

# How many downloads are saved, or acted on, by one press.
MOST_AT_ONCE = 1000


@dataclass(frozen=True)
class ComicRef:
    """A comic of a download or a share, called as it was when that was requested.

    ``name`` has its series and number besides its title; older rows know the title alone.
    """

    id: str
    title: str
    name: str = ""


def comic_ref(stored: dict[str, str]) -> ComicRef:
    """Return the comic from the values that a row holds."""
    return ComicRef(stored["id"], stored["title"], stored.get("name", stored["title"]))


@dataclass(frozen=True)
class MissingPage:
    """A damaged page that the file leaves out. ``page_index`` counts from 0."""

    comic_id: str
    page_index: int


@dataclass(frozen=True)
class JobErrorSnapshot:
    """Why a job failed, and the comic and the page (from 0) at fault, if there is one."""

    code: str
    message: str
    retryable: bool
    comic_id: str | None
    page_index: int | None


@dataclass(frozen=True)
class JobSnapshot:
    """A job as its user may see it: all that the HTTP API and the screens show.

    Attributes:
        pages: The range of pages as it was requested; empty for all.
        pages_read: How many pages were known so far, if comics had to be read first.
        expected_size_bytes: The size that the file was expected to have when it was requested.
        transfer: A TransferState.
        queue_position: 1 for the job that is next; None if the job does not wait.
        next_attempt_at: When the next attempt may start, if the job waits for that.
        deleted: True if the user has removed the job.
        group_id: The group that the job belongs to; None if its request became one file.
        share_id: The share through which a guest requested the job; None for the user's own jobs.
    """

    id: str
    user_id: str
    revision: int
    status: str
    format: str
    quality: str
    pages: str
    comics: tuple[ComicRef, ...]
    filename: str
    media_type: str
    phase: str
    progress: int
    pages_done: int
    pages_total: int
    bytes_done: int
    file_size_bytes: int | None
    downloaded_bytes: int
    transfer: str
    speed_bytes_per_second: float | None
    queue_position: int | None
    eta_seconds: int | None
    waiting_for: str
    attempt: int
    max_attempts: int
    next_attempt_at: datetime | None
    progressed_at: datetime | None
    error: JobErrorSnapshot | None
    missing_pages: tuple[MissingPage, ...]
    on_page_error: str
    sha256: str | None
    etag: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    deleted: bool
    share_id: str | None = None
    guest_id: str | None = None
    group_id: str | None = None
    pages_read: int = 0
    expected_size_bytes: int = 0


# The columns of a job that its snapshot contains unchanged.
_COPIED_COLUMNS = (
    "id",
    "user_id",
    "revision",
    "format",
    "quality",
    "filename",
    "media_type",
    "progress",
    "pages_read",
    "pages_done",
    "pages_total",
    "bytes_done",
    "file_size_bytes",
    "downloaded_bytes",
    "waiting_for",
    "attempt",
    "max_attempts",
    "progressed_at",
    "on_page_error",
    "etag",
    "created_at",
    "started_at",
    "finished_at",
    "expires_at",
    "share_id",
    "guest_id",
    "group_id",
)
_copied = attrgetter(*_COPIED_COLUMNS)


def get_download(context: Context, user_id: str, job_id: str) -> JobSnapshot:
    """Return the user's own job.

    Raises:
        NotFound: The job does not exist or belongs to another user.
    """
    with context.db.read() as session:
        job = jobs.job_of_user(session, user_id, job_id)
        if job is None:
            raise NotFound("There is no such download.")
        return take_snapshots(context, session, [job])[0]


def list_downloads(
    context: Context, user_id: str, statuses: Sequence[str] = (), limit: int = 50, offset: int = 0
) -> tuple[list[JobSnapshot], int]:
    """Return one page of the user's jobs, newest first, and how many there are in total."""
    with context.db.read() as session:
        page, total = jobs.shown_jobs_of_user(session, user_id, statuses, limit, offset)
        return take_snapshots(context, session, page), total


def list_single_downloads(
    context: Context, user_id: str, statuses: Sequence[str] = (), limit: int = 50, offset: int = 0
) -> tuple[list[JobSnapshot], int]:
    """Return one page as ``list_downloads`` does, without the downloads of groups."""
    with context.db.read() as session:
        page, total = jobs.single_jobs_of_user(session, user_id, statuses, limit, offset)
        return take_snapshots(context, session, page), total


def ready_count(context: Context, user_id: str) -> int:
    """Return how many files of the user are ready, also those of groups."""
    with context.db.read() as session:
        return jobs.count_of_user(session, user_id, JobStatus.READY)


def ready_ids(context: Context, user_id: str) -> list[str]:
    """Return the ids of the user's ready downloads, the oldest first, at most MOST_AT_ONCE."""
    with context.db.read() as session:
        return jobs.ids_of_user(session, user_id, JobStatus.READY, MOST_AT_ONCE)


def active_single_counts(context: Context, user_id: str) -> tuple[int, int]:
    """Return how many of the user's jobs outside of groups are waiting or at work, and paused."""
    with context.db.read() as session:
        counts = listing.single_counts(session, user_id)
    paused = counts.get(JobStatus.PAUSED, 0)
    return sum(counts.get(status, 0) for status in UNFINISHED) - paused, paused


def take_snapshots(
    context: Context, session: Session, rows: Sequence[ShownJob]
) -> list[JobSnapshot]:
    """Return snapshots of these rows.

    Queue positions, remaining times and transfers are looked up once for all of them.
    """
    now = context.clock()
    places = _queue_places(session, [job for job in rows if job.status == JobStatus.QUEUED])
    ready = [job.id for job in rows if job.status == JobStatus.READY]
    fetched = (
        delivery.jobs_being_fetched(session, ready, now, artifacts.TRANSFER_SILENCE_SECONDS)
        if ready
        else set()
    )
    return [
        _snapshot(job, now, places.get(job.id), being_fetched=job.id in fetched) for job in rows
    ]


@dataclass(frozen=True)
class _Place:
    """The place of a job in the queue, from 1, and the seconds until it is ready, if known."""

    position: int
    seconds: float | None


def _queue_places(session: Session, rows: Sequence[ShownJob]) -> dict[str, _Place]:
    """Return the places in the queue.

    Users take turns: a job with n earlier jobs of its own user waits for up to n jobs of each user.
    """
    if not rows:
        return {}
    counts = waiting.counts_by_user(session)
    ranks = waiting.ranks(session, rows, counts)
    ranked = [QueuedJob(job.id, job.user_id, ranks[job.id]) for job in rows if job.id in ranks]
    seconds = seconds_until_ready(session, ranked)
    return {
        job.id: _Place(
            1 + sum(min(count, job.rank) for count in counts.values()), seconds.get(job.id)
        )
        for job in ranked
    }


def _snapshot(
    job: ShownJob, now: datetime, place: _Place | None, *, being_fetched: bool
) -> JobSnapshot:
    elapsed = _elapsed_seconds(job, now)
    return JobSnapshot(
        **dict(zip(_COPIED_COLUMNS, _copied(job), strict=True)),
        status=str(job.status),
        pages=job.request.get("pages", ""),
        comics=tuple(map(comic_ref, job.comics)),
        phase=str(job.phase),
        expected_size_bytes=job.expected_bytes,
        transfer=str(
            transfer_state(job.downloaded_bytes, job.file_size_bytes, being_fetched=being_fetched)
        ),
        speed_bytes_per_second=job.bytes_done / elapsed if elapsed and job.bytes_done else None,
        queue_position=place.position if place else None,
        eta_seconds=_eta_seconds(job, elapsed, place),
        next_attempt_at=_next_attempt_at(job, now),
        error=_error(job),
        missing_pages=tuple(
            MissingPage(page["comic_id"], page["page_index"]) for page in job.missing_pages
        ),
        sha256=job.sha256 or None if job.file_size_bytes is not None else None,
        deleted=job.deleted_at is not None,
    )


def _next_attempt_at(job: ShownJob, now: datetime) -> datetime | None:
    """Return when a job that has been attempted before may be attempted again.

    A new job is never held back, even if the clocks of two machines differ.
    """
    return (
        job.not_before
        if job.status == JobStatus.QUEUED and job.attempt > 0 and job.not_before > now
        else None
    )


def _error(job: ShownJob) -> JobErrorSnapshot | None:
    if not job.error_code:
        return None
    return JobErrorSnapshot(
        job.error_code,
        job.error_message,
        job.error_retryable,
        job.error_comic_id,
        job.error_page_index,
    )


def _elapsed_seconds(job: ShownJob, now: datetime) -> float | None:
    """Return how long the attempt has been running, or None if none is."""
    if job.status != JobStatus.PREPARING or job.attempt_started_at is None:
        return None
    return max((now - job.attempt_started_at).total_seconds(), 0.001)


def _eta_seconds(job: ShownJob, elapsed: float | None, place: _Place | None) -> int | None:
    gained = job.progress - job.progress_before
    if elapsed is not None and gained > 0:
        return max(1, round(elapsed * (100 - job.progress) / gained))
    if place is not None and place.seconds is not None and not job.waiting_for:
        return max(1, round(place.seconds))
    return None

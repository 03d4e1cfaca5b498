"""What a user may know about downloads: the job's view, lists, and what changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ...db import artifacts, deliveries, jobs, outbox, waiting, workers
from ...db.session import Session
from ...db.tables import Job
from ...domain.errors import NotFound
from ...domain.job import UNFINISHED, JobStatus
from ...domain.transfer import transfer_state
from ..context import Context
from .eta import Pace, recent_pace


@dataclass(frozen=True)
class LatestChange:
    """The highest revision of all jobs, and the end of the outbox."""

    revision: int
    tip: outbox.Tip


@dataclass(frozen=True)
class ComicRef:
    id: str
    title: str


@dataclass(frozen=True)
class MissingPage:
    comic_id: str
    page_index: int


@dataclass(frozen=True)
class JobErrorSnapshot:
    code: str
    message: str
    retryable: bool
    comic_id: str | None
    page_index: int | None


@dataclass(frozen=True)
class JobSnapshot:
    """A job as its user may see it: what the HTTP interface tells of it, and what the screens need beside that.

    ``queue_position`` is 1 for the job that is next. ``transfer`` is a TransferState. ``deleted`` marks a job its user
    removed. ``pages`` is the range as it was asked for, empty for all. With a ``share_id`` it is a guest's, not its user's.
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
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    expires_at: datetime | None
    deleted: bool
    share_id: str | None = None
    guest_id: str | None = None


def get_download(context: Context, user_id: str, job_id: str) -> JobSnapshot:
    """The user's own job. Raises NotFound for an unknown or foreign one."""
    with context.db.read() as session:
        job = jobs.job_of_user(session, user_id, job_id)
        if job is None:
            raise NotFound("There is no such download.")
        return take_snapshots(context, session, [job])[0]


def list_downloads(
    context: Context, user_id: str, statuses: Sequence[str] = (), limit: int = 50, offset: int = 0
) -> tuple[list[JobSnapshot], int]:
    """A page of the user's jobs, newest first, and how many there are in all."""
    with context.db.read() as session:
        page, total = jobs.jobs_of_user(session, user_id, statuses, limit, offset)
        return take_snapshots(context, session, page), total


def active_count(context: Context, user_id: str) -> int:
    """How many of the user's jobs are unfinished."""
    with context.db.read() as session:
        return jobs.count_of_user(session, user_id, sorted(UNFINISHED))


def changed_since(context: Context, revision: int, user_id: str | None = None) -> list[JobSnapshot]:
    """The jobs that changed after the revision, in order of change; removed ones too. All users' for the live watcher only."""
    with context.db.read() as session:
        return take_snapshots(context, session, jobs.changed_after(session, revision, user_id))


def changes_after(context: Context, revision: int, position: int) -> tuple[list[JobSnapshot], int]:
    """Return all users' jobs that changed, in order, and the position in the outbox after them.

    Progress is found by revision: on PostgreSQL a change that is committed late may be too low for
    that. A transition is found by its event after ``position`` in any case.
    """
    with context.db.read() as session:
        tip = outbox.tip(session)
    if tip.has_unplaced:
        with context.db.write() as session:
            outbox.place_events(session)
    with context.db.read() as session:
        events = outbox.events_after(session, position) if tip.is_beyond(position) else []
        rows = jobs.changed_after(session, revision)
        moved = {event.job_id for event in events} - {row.id for row in rows}
        rows += jobs.jobs_by_id(session, moved) if moved else []
        snapshots = take_snapshots(context, session, sorted(rows, key=lambda row: row.revision))
    return snapshots, events[-1].position if events else position


def latest_change(context: Context) -> LatestChange:
    """Return where the series of changes ends, from one short look."""
    with context.db.read() as session:
        return LatestChange(jobs.latest_revision(session), outbox.tip(session))


def latest_revision(context: Context) -> int:
    with context.db.read() as session:
        return jobs.latest_revision(session)


def worker_alive(context: Context, host: str | None = None) -> bool:
    """True if a worker process, of that machine or of any, spoke lately."""
    with context.db.read() as session:
        return any(host in (None, worker.host) for worker in workers.active_workers(session))


def take_snapshots(context: Context, session: Session, rows: Sequence[Job]) -> list[JobSnapshot]:
    """The views of these rows; queue positions, times left and transfers are looked up once for all of them."""
    now = context.clock()
    positions = _queue_positions(session, [job for job in rows if job.status == JobStatus.QUEUED])
    pace = recent_pace(session) if positions else None
    ready = [job.id for job in rows if job.status == JobStatus.READY]
    fetched = (
        deliveries.jobs_being_fetched(session, ready, now, artifacts.TRANSFER_SILENCE_SECONDS)
        if ready
        else set()
    )
    return [
        _view(job, now, positions.get(job.id), pace, being_fetched=job.id in fetched)
        for job in rows
    ]


def _queue_positions(session: Session, rows: Sequence[Job]) -> dict[str, int]:
    """Places in the queue, from 1. Users take turns, so a job's n-th place of its user lets n of every other user go first."""
    if not rows:
        return {}
    counts = waiting.counts_by_user(session)
    ranks = waiting.ranks(session, rows)
    return {
        job.id: 1 + sum(min(count, ranks[job.id]) for count in counts.values())
        for job in rows
        if job.id in ranks
    }


def _view(
    job: Job, now: datetime, position: int | None, pace: Pace | None, *, being_fetched: bool
) -> JobSnapshot:
    elapsed = _elapsed_seconds(job, now)
    return JobSnapshot(
        id=job.id,
        user_id=job.user_id,
        revision=job.revision,
        status=str(job.status),
        format=job.format,
        quality=job.quality,
        pages=job.request.get("pages", ""),
        comics=tuple(ComicRef(comic["id"], comic["title"]) for comic in job.comics),
        filename=job.filename,
        media_type=job.media_type,
        phase=str(job.phase),
        progress=job.progress,
        pages_done=job.pages_done,
        pages_total=job.pages_total,
        bytes_done=job.bytes_done,
        file_size_bytes=job.file_size_bytes,
        downloaded_bytes=job.downloaded_bytes,
        transfer=str(
            transfer_state(job.downloaded_bytes, job.file_size_bytes, being_fetched=being_fetched)
        ),
        speed_bytes_per_second=job.bytes_done / elapsed if elapsed and job.bytes_done else None,
        queue_position=position,
        eta_seconds=_eta_seconds(job, elapsed, position, pace),
        waiting_for=job.waiting_for,
        attempt=job.attempt,
        max_attempts=job.max_attempts,
        next_attempt_at=_next_attempt_at(job, now),
        progressed_at=job.progressed_at,
        error=_error_view(job),
        missing_pages=tuple(
            MissingPage(page["comic_id"], page["page_index"]) for page in job.missing_pages
        ),
        on_page_error=job.on_page_error,
        sha256=job.sha256 or None if job.file_size_bytes is not None else None,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        expires_at=job.expires_at,
        deleted=job.deleted_at is not None,
        share_id=job.share_id,
        guest_id=job.guest_id,
    )


def _next_attempt_at(job: Job, now: datetime) -> datetime | None:
    """When a job that was tried before is tried again; a new one is not held back, whatever the clocks of two machines say."""
    return (
        job.not_before
        if job.status == JobStatus.QUEUED and job.attempt > 0 and job.not_before > now
        else None
    )


def _error_view(job: Job) -> JobErrorSnapshot | None:
    if not job.error_code:
        return None
    return JobErrorSnapshot(
        job.error_code,
        job.error_message,
        job.error_retryable,
        job.error_comic_id,
        job.error_page_index,
    )


def _elapsed_seconds(job: Job, now: datetime) -> float | None:
    """How long the attempt has run; None while none does."""
    if job.status != JobStatus.PREPARING or job.attempt_started_at is None:
        return None
    return max((now - job.attempt_started_at).total_seconds(), 0.001)


def _eta_seconds(
    job: Job, elapsed: float | None, position: int | None, pace: Pace | None
) -> int | None:
    gained = job.progress - job.progress_before
    if elapsed is not None and gained > 0:
        return max(1, round(elapsed * (100 - job.progress) / gained))
    if position is not None and pace is not None and not job.waiting_for:
        return pace.wait_seconds(position)
    return None

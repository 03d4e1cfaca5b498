"""Pause, resume, cancel, retry and remove downloads.

Every action is idempotent: if the job is already in the wanted state, it is returned unchanged. To
pause or cancel a running job takes its lease away at once; the worker notices within half a second
and stops after the page it is working on.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from ...db import artifacts, delivery, jobs
from ...db.session import Session
from ...db.tables import Job
from ...domain.errors import InputError, InvalidTransition, NotFound, Refusal
from ...domain.job import (
    Action,
    JobStatus,
    allows,
    already_done,
    transition_error,
)
from ...domain.options import OnPageError
from ..artifacts import drop_if_unreferenced
from ..context import Context
from .admission import check_permission, check_queue_limit, check_storage_for_new_file
from .create import keep_manifest
from .filenames import account_filenames
from .groups import request_columns
from .request import request_from_json
from .resolve import resolve_request, resolved_columns
from .snapshots import JobSnapshot, take_snapshots

_MAX_CLEANED_UP = 10_000
# The number of jobs that one transaction changes.
BATCH = 1000
# Others take their turn between two transactions. On SQLite, those who wait for the write lock look
# for it at least this often.
_PAUSE_SECONDS = 0.1


@dataclass(frozen=True)
class Freed:
    """The number of downloads deleted, and the bytes of storage that this freed."""

    deleted: int
    freed_bytes: int


def pause_download(context: Context, user_id: str, job_id: str) -> JobSnapshot:
    """Stop the job and keep its finished pages.

    Raises:
        NotFound: The user has no such download.
        InvalidTransition: The job is finished.
    """
    return _act(context, user_id, job_id, Action.PAUSE)


def resume_download(context: Context, user_id: str, job_id: str) -> JobSnapshot:
    """Put a paused job back into its place in the queue and wake a worker.

    Raises:
        NotFound: The user has no such download.
        InvalidTransition: The job is finished.
    """
    view = _act(context, user_id, job_id, Action.RESUME)
    context.notify_workers()
    return view


def cancel_download(context: Context, user_id: str, job_id: str) -> JobSnapshot:
    """Cancel the job. A worker then removes what was prepared of it.

    Raises:
        NotFound: The user has no such download.
        InvalidTransition: The job has already finished.
    """
    view = _act(context, user_id, job_id, Action.CANCEL, finished_at=context.clock())
    # A worker that is woken removes the prepared files at once.
    context.notify_workers()
    return view


def retry_download(
    context: Context, user_id: str, job_id: str, *, skip_damaged: bool = False
) -> JobSnapshot:
    """Queue a failed, cancelled or expired job again, for the comics as they are now.

    ``skip_damaged`` changes the request, so that damaged pages are left out. If the user has
    another unfinished job for the same content, that job is returned and this one stays as it is.

    Raises:
        NotFound: The user has no such download.
        InvalidTransition: The job is paused or ready.
        Refusal: The request is refused for a reason listed at ``submit_download``.
        InputError: A comic or a page cannot be used.
    """
    with context.db.read() as session:
        job = _own(session, user_id, job_id)
        if not allows(Action.RETRY, JobStatus(job.status)):
            return _unchanged(context, session, job, Action.RETRY)
    view = retry_job(context, job, skip_damaged=skip_damaged)
    context.notify_workers()
    return view


def put_download_first(
    context: Context, user_id: str, job_id: str, *, everybody: bool = False
) -> JobSnapshot:
    """Let a waiting job be prepared before the user's others; ``everybody`` means all users'.

    Raises:
        NotFound: The user has no such download.
        InvalidTransition: The job does not wait and is not being prepared.
    """
    with context.db.write() as session:
        job = _own(session, user_id, job_id)
        if not jobs.put_first(session, [job.id], None if everybody else user_id):
            job = jobs.job_by_id(session, job.id)
            if job.status != JobStatus.PREPARING:
                raise InvalidTransition(f"A download that is {job.status} does not wait.")
        view = take_snapshots(context, session, [jobs.job_by_id(session, job.id)])[0]
    context.notify_workers()
    return view


def pause_all(context: Context, user_id: str) -> int:
    """Pause all waiting and running jobs of the user; return how many."""
    return _act_on_all(context, user_id, Action.PAUSE)


def resume_all(context: Context, user_id: str) -> int:
    """Resume all paused jobs of the user, wake a worker, and return how many."""
    resumed = _act_on_all(context, user_id, Action.RESUME)
    context.notify_workers()
    return resumed


def retry_failed(context: Context, user_id: str) -> int:
    """Retry all failed jobs of the user and return how many were queued.

    A job that is refused stays failed, and its error becomes the reason for the refusal.
    """
    with context.db.read() as session:
        failed, _ = jobs.jobs_of_user(session, user_id, [JobStatus.FAILED], limit=10_000, offset=0)
    return retry_each(context, failed)


def retry_each(context: Context, rows: Iterable[Job]) -> int:
    """Prepare the jobs again; return how many were queued. A job that is refused says why."""
    retried = 0
    for job in rows:
        try:
            retry_job(context, job)
        except (Refusal, InputError) as refusal:
            note_refusal(context, job, refusal)
        else:
            retried += 1
    context.notify_workers()
    return retried


def remove_download(context: Context, user_id: str, job_id: str) -> None:
    """Cancel the job if it is unfinished, remove it from the user's list, and free its storage.

    Raises:
        NotFound: The user has no such download.
    """
    _remove(context, user_id, job_id)
    context.notify_workers()


def cleanup_finished(context: Context, user_id: str) -> Freed:
    """Remove the user's finished jobs, at most 10,000, and the files that nobody else needs."""
    deleted = freed_bytes = 0
    while deleted < _MAX_CLEANED_UP:
        batch = _clean_up_batch(context, user_id)
        deleted, freed_bytes = deleted + batch.deleted, freed_bytes + batch.freed_bytes
        if batch.deleted < BATCH:
            break
        time.sleep(_PAUSE_SECONDS)
    return Freed(deleted, freed_bytes)


def _clean_up_batch(context: Context, user_id: str) -> Freed:
    now = context.clock()
    with context.db.write() as session:
        deleted, artifact_ids = jobs.remove_finished(session, now, user_id, BATCH)
        artifacts.end_time_if_unreferenced(session, artifact_ids, now)
    freed = (drop_if_unreferenced(context, artifact_id) for artifact_id in artifact_ids)
    return Freed(deleted, sum(freed))


def _own(session: Session, user_id: str, job_id: str) -> Job:
    job = jobs.job_of_user(session, user_id, job_id)
    if job is None:
        raise NotFound("There is no such download.")
    return job


def _act(
    context: Context, user_id: str, job_id: str, action: Action, **changes: Any
) -> JobSnapshot:
    with context.db.write() as session:
        job = _own(session, user_id, job_id)
        moved = jobs.move(session, action, job.id, **changes)
        job = jobs.job_by_id(session, job.id)
        if not moved:
            return _unchanged(context, session, job, action)
        return take_snapshots(context, session, [job])[0]


def _act_on_all(context: Context, user_id: str, action: Action) -> int:
    """Change the user's jobs that allow the action now; jobs that are added meanwhile stay."""
    with context.db.read() as session:
        job_ids = jobs.ids_allowing(session, action, user_id)
    moved = 0
    for start in range(0, len(job_ids), BATCH):
        if start:
            time.sleep(_PAUSE_SECONDS)
        with context.db.write() as session:
            moved += jobs.move_each(session, action, job_ids[start : start + BATCH])
    return moved


def _unchanged(context: Context, session: Session, job: Job, action: Action) -> JobSnapshot:
    status = JobStatus(job.status)
    if not already_done(action, status):
        raise transition_error(action, status)
    return take_snapshots(context, session, [job])[0]


def retry_job(context: Context, job: Job, *, skip_damaged: bool = False) -> JobSnapshot:
    """Queue the user's job again as ``retry_download`` does, without waking a worker.

    A job of a group stays in its place there.
    """
    request = request_from_json(job.request)
    if skip_damaged:
        request = replace(request, on_page_error=OnPageError.SKIP)
    with context.db.read() as session:
        resolved = resolve_request(context, session, request)
    with context.db.write() as session:
        jobs.lock_user(session, job.user_id)
        same = jobs.same_unfinished(session, job.user_id, resolved.content_key)
        if same is not None and job.group_id is None:
            return take_snapshots(context, session, [same])[0]
        check_permission(session, job.user_id)
        check_queue_limit(context, session, job.user_id)
        check_storage_for_new_file(context, session, job.user_id, resolved)
        keep_manifest(context, session, resolved)
        columns = resolved_columns(context, resolved)
        columns["filename"] = account_filenames(session, job.user_id, [resolved])[0]
        content_since, sha256, etag = job.content_since, job.sha256, job.etag
        # What was fetched of the old content is not part of the new one.
        if resolved.content_key != job.content_key:
            delivery.forget_delivered(session, job.id)
            content_since, sha256, etag = context.clock(), "", ""
        moved = jobs.move(
            session,
            Action.RETRY,
            job.id,
            **columns | request_columns(job, resolved.content_key),
            **jobs.INITIAL_COLUMNS,
            content_since=content_since,
            sha256=sha256,
            # When the file has been made again, this tells whether its content is the same, so
            # that the parts that were fetched before still count.
            etag=etag,
        )
        row = _own(session, job.user_id, job.id)
        return (
            take_snapshots(context, session, [row])[0]
            if moved
            else _unchanged(context, session, row, Action.RETRY)
        )


def note_refusal(context: Context, job: Job, refusal: Refusal | InputError) -> None:
    """Write to a failed job why it cannot be retried."""
    with context.db.write() as session:
        jobs.note_error(session, job.id, refusal.code, refusal.detail)


def _remove(context: Context, user_id: str, job_id: str) -> int:
    """Remove one job and return how many bytes of storage this freed."""
    with context.db.write() as session:
        job = _own(session, user_id, job_id)
        artifact_id = jobs.remove_job(session, context.clock(), job.id)
        if artifact_id is None:
            return 0
        artifacts.end_time_if_unreferenced(session, [artifact_id], context.clock())
    return drop_if_unreferenced(context, artifact_id)

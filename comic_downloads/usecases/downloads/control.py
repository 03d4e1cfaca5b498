"""What a user can do with a download: pause, resume, cancel, try again, remove.

Every verb is idempotent: asking for what is so already gives the job as it is. Pausing and cancelling take the lease away at
once; the worker notices within half a second and stops at the end of the page it has in hand.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ...db import artifacts, deliveries, jobs
from ...db.session import Session
from ...db.tables import Job
from ...domain.errors import InputError, NotFound, Refusal
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
from .admission import check_queue_limit, check_storage_for_new_file
from .create import keep_manifest
from .resolve import request_from_json, resolve_request, resolved_columns
from .snapshots import JobSnapshot, take_snapshots

_MAX_CLEANED_UP = 10_000  # SQLite takes 32,766 values in a statement


@dataclass(frozen=True)
class Freed:
    deleted: int
    freed_bytes: int


def pause_download(context: Context, user_id: str, job_id: str) -> JobSnapshot:
    """Stops the job and keeps its finished pages. Raises NotFound, InvalidTransition."""
    return _act(context, user_id, job_id, Action.PAUSE)


def resume_download(context: Context, user_id: str, job_id: str) -> JobSnapshot:
    """Puts a paused job back in its place in the queue. Raises NotFound, InvalidTransition."""
    view = _act(context, user_id, job_id, Action.RESUME)
    context.notify_workers()
    return view


def cancel_download(context: Context, user_id: str, job_id: str) -> JobSnapshot:
    """Calls the job off; what it had prepared is removed. Raises NotFound, InvalidTransition."""
    view = _act(context, user_id, job_id, Action.CANCEL, finished_at=context.clock())
    context.notify_workers()  # so that a worker clears up at once
    return view


def retry_download(
    context: Context, user_id: str, job_id: str, *, skip_damaged: bool = False
) -> JobSnapshot:
    """Prepares a failed, cancelled or expired job again, from the comics as they are now.

    ``skip_damaged`` changes the request to leave damaged pages out. Raises NotFound, InvalidTransition, and what
    submit_download raises for input that cannot be used.
    """
    with context.db.read() as session:
        job = _own(session, user_id, job_id)
        if not allows(Action.RETRY, JobStatus(job.status)):
            return _unchanged(context, session, job, Action.RETRY)
    view = _retry(context, job, skip_damaged=skip_damaged)
    context.notify_workers()
    return view


def pause_all(context: Context, user_id: str) -> int:
    """Pauses all the user's waiting and running jobs and counts them."""
    with context.db.write() as session:
        return jobs.move_all_of_user(session, Action.PAUSE, user_id)


def resume_all(context: Context, user_id: str) -> int:
    """Resumes all the user's paused jobs and counts them."""
    with context.db.write() as session:
        resumed = jobs.move_all_of_user(session, Action.RESUME, user_id)
    context.notify_workers()
    return resumed


def retry_failed(context: Context, user_id: str) -> int:
    """Tries all the user's failed jobs again and counts them; one that cannot be tried keeps its error."""
    with context.db.read() as session:
        failed, _ = jobs.jobs_of_user(session, user_id, [JobStatus.FAILED], limit=10_000, offset=0)
    retried = 0
    for job in failed:
        try:
            _retry(context, job)
        except (Refusal, InputError) as refusal:
            _note_refusal(context, job, refusal)
        else:
            retried += 1
    context.notify_workers()
    return retried


def remove_download(context: Context, user_id: str, job_id: str) -> None:
    """Removes the job from its user's list, calling it off first, and frees its storage. Raises NotFound."""
    _remove(context, user_id, job_id)
    context.notify_workers()


def cleanup_finished(context: Context, user_id: str) -> Freed:
    """Removes the user's finished jobs, 10,000 at most."""
    now = context.clock()
    with context.db.write() as session:
        deleted, artifact_ids = jobs.remove_finished(session, now, user_id, _MAX_CLEANED_UP)
        for artifact_id in artifact_ids:
            artifacts.end_time_if_unreferenced(session, artifact_id, now)
    return Freed(
        deleted, sum(drop_if_unreferenced(context, artifact_id) for artifact_id in artifact_ids)
    )


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


def _unchanged(context: Context, session: Session, job: Job, action: Action) -> JobSnapshot:
    status = JobStatus(job.status)
    if not already_done(action, status):
        raise transition_error(action, status)
    return take_snapshots(context, session, [job])[0]


def _retry(context: Context, job: Job, *, skip_damaged: bool = False) -> JobSnapshot:
    request = request_from_json(job.request)
    if skip_damaged:
        request = replace(request, on_page_error=OnPageError.SKIP)
    with context.db.read() as session:
        resolved = resolve_request(context, session, request)
    with context.db.write() as session:
        jobs.lock_user(session, job.user_id)
        same = jobs.same_unfinished(session, job.user_id, resolved.content_key)
        if same is not None:
            return take_snapshots(context, session, [same])[0]
        check_queue_limit(context, session, job.user_id)
        check_storage_for_new_file(context, session, job.user_id, resolved)
        keep_manifest(context, session, resolved)
        content_since, sha256 = job.content_since, job.sha256
        if (
            resolved.content_key != job.content_key
        ):  # what was fetched of the old content is no part of the new one
            deliveries.forget_delivered(session, job.id)
            content_since, sha256 = context.clock(), ""
        moved = jobs.move(
            session,
            Action.RETRY,
            job.id,
            **resolved_columns(context, resolved),
            **jobs.AS_NEW,
            content_since=content_since,
            sha256=sha256,  # to know, when the file is made again, whether what was fetched is part of it
        )
        row = _own(session, job.user_id, job.id)
        return (
            take_snapshots(context, session, [row])[0]
            if moved
            else _unchanged(context, session, row, Action.RETRY)
        )


def _note_refusal(context: Context, job: Job, refusal: Refusal | InputError) -> None:
    with context.db.write() as session:
        jobs.note_error(session, job.id, refusal.code, refusal.detail)


def _remove(context: Context, user_id: str, job_id: str) -> int:
    """Removes one job and gives the bytes that this freed."""
    with context.db.write() as session:
        job = _own(session, user_id, job_id)
        artifact_id = jobs.remove_job(session, context.clock(), job.id)
        if artifact_id is None:
            return 0
        artifacts.end_time_if_unreferenced(session, artifact_id, context.clock())
    return drop_if_unreferenced(context, artifact_id)

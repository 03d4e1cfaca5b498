"""Everybody's unfinished downloads, for the owner to see and to act on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...db import jobs, listing
from ...db.session import Session
from ...db.tables import Job
from ...domain.account import Account
from ...domain.errors import Forbidden, NotFound
from ...domain.job import UNFINISHED, Action, JobStatus, already_done, transition_error
from ..context import Context
from .snapshots import JobSnapshot, take_snapshots

_MAX_WORDS = 10


@dataclass(frozen=True)
class QueuedDownload:
    """An unfinished download and the account it counts for; ``is_guests`` if a guest wants it."""

    job: JobSnapshot
    username: str
    is_guests: bool


def list_queue(
    context: Context, account: Account, query: str, limit: int
) -> tuple[list[QueuedDownload], int]:
    """Return the downloads of all accounts and guests that are unfinished, and their number.

    ``query`` is searched for in the names of the files. Raises Forbidden for all but the owner.
    """
    _require_owner(account)
    wanted = listing.Wanted(UNFINISHED, query.split()[:_MAX_WORDS], "next", limit)
    with context.db.read() as session:
        rows, total = listing.everybodys_jobs_listed(session, wanted)
        snapshots = take_snapshots(context, session, [row for row, _ in rows])
    return [
        QueuedDownload(job, username, job.share_id is not None)
        for job, (_, username) in zip(snapshots, rows, strict=True)
    ], total


def pause_any(context: Context, account: Account, job_id: str) -> None:
    """Pause anybody's download. Raises Forbidden, NotFound or InvalidTransition."""
    _move(context, account, job_id, Action.PAUSE)


def resume_any(context: Context, account: Account, job_id: str) -> None:
    """Put anybody's paused download back into the queue. Raises the errors of ``pause_any``."""
    _move(context, account, job_id, Action.RESUME)


def cancel_any(context: Context, account: Account, job_id: str) -> None:
    """Cancel anybody's download. Raises the errors of ``pause_any``."""
    _move(context, account, job_id, Action.CANCEL)


def put_any_first(context: Context, account: Account, job_id: str) -> None:
    """Prepare a waiting download before everybody's others. Raises Forbidden or NotFound."""
    _require_owner(account)
    with context.db.write() as session:
        jobs.put_first(session, [_job(session, job_id).id], None)
    context.notify_workers()


def _move(context: Context, account: Account, job_id: str, action: Action) -> None:
    _require_owner(account)
    changes: dict[str, Any] = {"finished_at": context.clock()} if action is Action.CANCEL else {}
    with context.db.write() as session:
        job = _job(session, job_id)
        if not jobs.move(session, action, job.id, **changes):
            status = JobStatus(jobs.job_by_id(session, job.id).status)
            if not already_done(action, status):
                raise transition_error(action, status)
    # A worker that is woken takes a job, or removes what was prepared of a cancelled one.
    context.notify_workers()


def _job(session: Session, job_id: str) -> Job:
    found = [job for job in jobs.jobs_by_id(session, [job_id]) if job.deleted_at is None]
    if not found:
        raise NotFound("There is no such download.")
    return found[0]


def _require_owner(account: Account) -> None:
    if not account.is_owner:
        raise Forbidden("Only the owner of this server sees and changes everybody's downloads.")

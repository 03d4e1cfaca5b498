"""Act on several downloads and groups of one account at once.

Ids may be those of downloads or of groups, which stand for their downloads. What somebody else
owns, or does not allow the action, is passed over.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ...db import artifacts, jobs, listing
from ...domain.job import Action, JobStatus, allows
from ..artifacts import drop_if_unreferenced
from ..context import Context
from .control import Freed, retry_each


def pause_many(context: Context, user_id: str, chosen: Collection[str]) -> int:
    """Pause those that wait or are prepared; return how many."""
    return _move(context, user_id, chosen, Action.PAUSE)


def resume_many(context: Context, user_id: str, chosen: Collection[str]) -> int:
    """Resume those that are paused; return how many."""
    return _move(context, user_id, chosen, Action.RESUME)


def cancel_many(context: Context, user_id: str, chosen: Collection[str]) -> int:
    """Cancel those that are unfinished; return how many."""
    return _move(context, user_id, chosen, Action.CANCEL)


def retry_many(context: Context, user_id: str, chosen: Collection[str]) -> int:
    """Prepare those again that failed, were cancelled or expired; return how many.

    One that is refused stays as it is, and a failed one then says why.
    """
    with context.db.read() as session:
        rows = jobs.jobs_by_id(session, listing.ids_of_chosen(session, user_id, chosen))
    return retry_each(context, [job for job in rows if allows(Action.RETRY, JobStatus(job.status))])


def remove_many(context: Context, user_id: str, chosen: Collection[str]) -> Freed:
    """Cancel what is unfinished, remove all of them, and free their storage."""
    with context.db.write() as session:
        now = context.clock()
        ids = listing.ids_of_chosen(session, user_id, chosen)
        deleted, artifact_ids = jobs.remove_jobs(session, now, ids)
        artifacts.end_time_if_unreferenced(session, artifact_ids, now)
    freed = sum(drop_if_unreferenced(context, artifact_id) for artifact_id in artifact_ids)
    context.notify_workers()
    return Freed(deleted, freed)


def put_first(context: Context, user_id: str, chosen: Collection[str], *, everybody: bool) -> int:
    """Put those that wait before the others of their user, in their order; return how many.

    ``everybody`` puts them before those of all users, which is for the owner.
    """
    with context.db.write() as session:
        ids = listing.ids_of_chosen(session, user_id, chosen)
        moved = jobs.put_first(session, ids, None if everybody else user_id)
    context.notify_workers()
    return moved


def ready_among(context: Context, user_id: str, chosen: Collection[str]) -> Sequence[str]:
    """Return the ids of those that are ready, the oldest first."""
    with context.db.read() as session:
        ids = listing.ids_of_chosen(session, user_id, chosen)
        statuses = jobs.statuses(session, ids)
    return [job_id for job_id in ids if statuses.get(job_id) == JobStatus.READY]


def _move(context: Context, user_id: str, chosen: Collection[str], action: Action) -> int:
    changes = {"finished_at": context.clock()} if action is Action.CANCEL else {}
    with context.db.write() as session:
        ids = listing.ids_of_chosen(session, user_id, chosen)
        moved = jobs.move_each(session, action, ids, **changes)
    # A worker that is woken takes a job, or removes what was prepared of a cancelled one.
    context.notify_workers()
    return moved

"""Pause, resume, cancel, retry and remove groups, which means their jobs.

Every action is idempotent, as those on single downloads are (see control.py).
"""

from __future__ import annotations

from typing import Any

from ...db import artifacts, groups
from ...db.tables import Job
from ...domain.errors import InputError, Refusal
from ...domain.group import GroupOwner
from ...domain.job import Action, JobStatus, already_done, transition_error
from ..artifacts import drop_if_unreferenced
from ..context import Context
from .control import note_refusal, retry_job
from .group_snapshots import GroupWithJobs, own_group, read_group

_RETRIED_FIRST = frozenset({JobStatus.FAILED})
_RETRIED_ELSE = frozenset({JobStatus.CANCELLED, JobStatus.EXPIRED})


def pause_group(context: Context, owner: GroupOwner, group_id: str) -> GroupWithJobs:
    """Pause the jobs of the group that are waiting or prepared; they keep their finished pages.

    Raises:
        NotFound: There is no such group.
        InvalidTransition: All its jobs are finished.
    """
    return _act(context, owner, group_id, Action.PAUSE)


def resume_group(context: Context, owner: GroupOwner, group_id: str) -> GroupWithJobs:
    """Put the paused jobs of the group back into the queue and wake a worker.

    Raises the errors of ``pause_group``.
    """
    found = _act(context, owner, group_id, Action.RESUME)
    context.notify_workers()
    return found


def cancel_group(context: Context, owner: GroupOwner, group_id: str) -> GroupWithJobs:
    """Cancel the unfinished jobs of the group. Its finished files stay.

    Raises the errors of ``pause_group``.
    """
    found = _act(context, owner, group_id, Action.CANCEL, finished_at=context.clock())
    # A worker that is woken removes what was prepared at once.
    context.notify_workers()
    return found


def retry_group(
    context: Context, owner: GroupOwner, group_id: str, *, skip_damaged: bool = False
) -> GroupWithJobs:
    """Prepare the failed jobs of the group again; if none failed, the cancelled and expired ones.

    A job that is refused stays as it is, and a failed one then says why. ``skip_damaged`` leaves
    out damaged pages.

    Raises:
        NotFound: There is no such group.
        InvalidTransition: No job of the group can be retried.
    """
    with context.db.read() as session:
        rows = groups.members(session, own_group(session, owner, group_id).id)
    _check_retry(rows)
    failed = [row for row in rows if row.status in _RETRIED_FIRST]
    for row in failed or [row for row in rows if row.status in _RETRIED_ELSE]:
        try:
            retry_job(context, row, skip_damaged=skip_damaged)
        except (Refusal, InputError) as refusal:
            note_refusal(context, row, refusal)
    context.notify_workers()
    with context.db.read() as session:
        return read_group(context, session, own_group(session, owner, group_id))


def _check_retry(rows: list[Job]) -> None:
    statuses = {JobStatus(row.status) for row in rows}
    if statuses & (_RETRIED_FIRST | _RETRIED_ELSE):
        return
    if not any(already_done(Action.RETRY, status) for status in statuses):
        raise transition_error(Action.RETRY, min(statuses, default=JobStatus.READY))


def remove_group(context: Context, owner: GroupOwner, group_id: str) -> None:
    """Cancel what is unfinished of the group, remove all its jobs, and free their storage.

    Raises:
        NotFound: There is no such group.
    """
    with context.db.write() as session:
        group = own_group(session, owner, group_id)
        read_group(context, session, group)
        artifact_ids = groups.remove_members(session, context.clock(), group.id)
        groups.set_idempotency_key(session, group, None)
        artifacts.end_time_if_unreferenced(session, artifact_ids, context.clock())
    for artifact_id in artifact_ids:
        drop_if_unreferenced(context, artifact_id)
    context.notify_workers()


def _act(
    context: Context, owner: GroupOwner, group_id: str, action: Action, **changes: Any
) -> GroupWithJobs:
    with context.db.write() as session:
        group = own_group(session, owner, group_id)
        moved = groups.move_members(session, action, group.id, **changes)
        found = read_group(context, session, group)
        statuses = found.group.jobs_by_status
        if not moved and not any(already_done(action, status) for status in statuses):
            raise transition_error(action, JobStatus(found.group.status))
        return found

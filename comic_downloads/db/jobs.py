"""Statements that change a job's status, and those for the user's list of jobs.

Each transition is one UPDATE that is guarded by the status.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Select,
    bindparam,
    case,
    delete,
    func,
    literal_column,
    select,
    update,
)
from sqlmodel import Session, col

from ..domain.errors import JobError
from ..domain.job import FINISHED, UNFINISHED, Action, JobStatus, Phase, allowed_from, leads_to
from .outbox import record
from .session import database_now, next_revision, revision_value, shared_revision_value
from .tables import Job, UserAccount

# SQLite takes 32,766 values in one statement, and older builds take 999.
_IDS_PER_STATEMENT = 500
# A worker's lease ends when the job leaves the status "preparing".
_LET_GO: dict[str, Any] = {"lease_token": None, "worker_id": None, "lease_until": None}
NO_ERROR: dict[str, Any] = {
    "error_code": "",
    "error_message": "",
    "error_retryable": False,
    "error_comic_id": None,
    "error_page_index": None,
}
NOTHING_DONE: dict[str, Any] = {
    "phase": Phase.WAITING,
    "progress": 0,
    "pages_read": 0,
    "pages_done": 0,
    "bytes_done": 0,
}

_UNSHOWN = {"request_key", "idempotency_key", "worker_id", "lease_token", "lease_until"}
_SHOWN = tuple(name for name in Job.model_fields if name not in _UNSHOWN)
# The columns of a job that its user may see, under their names.
JobColumns = namedtuple("JobColumns", _SHOWN)
ShownJob = Job | JobColumns

# The columns that a retry resets.
INITIAL_COLUMNS: dict[str, Any] = {
    **NOTHING_DONE,
    **NO_ERROR,
    "attempt": 0,
    "started_at": None,
    "attempt_started_at": None,
    "finished_at": None,
    "expires_at": None,
    "file_size_bytes": None,
}

# These are literals because neither database would use the index of unfinished jobs for parameters.
IS_UNFINISHED = col(Job.status).in_(
    [literal_column(f"'{status}'") for status in sorted(UNFINISHED)]
)

# More jobs than change between two reads. It limits the answer to a client that was away for long.
MAX_CHANGED = 20_000

_ATTEMPT_NOT_SPENT = case(
    (col(Job.status) == JobStatus.PREPARING, col(Job.attempt) - 1), else_=col(Job.attempt)
)

# What an action changes besides the status. A claim uses up an attempt. The job gets it back when
# its user pauses it or its worker stops.
_EFFECTS: dict[Action, dict[str, Any]] = {
    Action.PAUSE: {"attempt": _ATTEMPT_NOT_SPENT},
    Action.RELEASE: {"attempt": _ATTEMPT_NOT_SPENT, "phase": Phase.WAITING},
    Action.RESUME: {"phase": Phase.WAITING},
    Action.CANCEL: {"phase": Phase.WAITING},
    Action.EXPIRE: {"artifact_id": None, "progress": 0},
    Action.BREAK: {"artifact_id": None, "expires_at": None, **NOTHING_DONE},
}


def move(
    session: Session, action: Action, job_id: str, *, lease_token: str | None = None, **changes: Any
) -> bool:
    """Change the job's status and write the event, if the row still allows the action.

    Return False if somebody else was faster.

    Args:
        session: The transaction to write in.
        action: The action that causes the transition.
        job_id: The job.
        lease_token: The token of a worker's lease (see db/leases.py), which must still hold.
        changes: Further columns to set. A job that returns to the queue may be claimed at once,
            unless ``not_before`` is among them.
    """
    guards = [
        col(Job.id) == job_id,
        col(Job.status).in_(allowed_from(action)),
        col(Job.deleted_at).is_(None),
    ]
    if lease_token is not None:
        guards.append(col(Job.lease_token) == lease_token)
    values = {**_moved(session, action, changes), "revision": revision_value(session)}
    moved = session.connection().execute(update(Job).where(*guards).values(**values)).rowcount == 1
    if moved:
        record(session, action, col(Job.id) == job_id)
    return moved


def move_all(session: Session, action: Action, *conditions: Any, **changes: Any) -> int:
    """Change the status of all these jobs whose rows allow the action, and write their events.

    The jobs get one revision, which no other change has. Return how many jobs were changed.
    """
    which = locked_in_order(
        *conditions, col(Job.status).in_(allowed_from(action)), col(Job.deleted_at).is_(None)
    )
    revision = next_revision(session)
    values = {**_moved(session, action, changes), "revision": revision}
    moving = update(Job).where(col(Job.id).in_(which)).values(**values)
    moved = session.connection().execute(moving).rowcount
    if moved:
        record(session, action, col(Job.revision) == revision)
    return moved


def error_columns(error: JobError) -> dict[str, Any]:
    """Return the columns that say why a job failed, or waits for another attempt."""
    return {
        "error_code": error.code,
        "error_message": error.detail,
        "error_retryable": error.retryable,
        "error_comic_id": error.place.comic_id,
        "error_page_index": error.place.page_index,
    }


def claim_columns() -> dict[str, Any]:
    """Return the columns that every claim sets, for the statement in db/claims.py."""
    return {"status": leads_to(Action.CLAIM), "waiting_for": "", **NO_ERROR}


def add_all(session: Session, action: Action, jobs: Sequence[Job]) -> None:
    """Insert new jobs in the status that the action leads to, and write their events."""
    for job in jobs:
        job.status = leads_to(action)
    session.add_all(jobs)
    session.flush()
    ids = [job.id for job in jobs]
    for start in range(0, len(ids), _IDS_PER_STATEMENT):
        record(session, action, col(Job.id).in_(ids[start : start + _IDS_PER_STATEMENT]))


def _moved(session: Session, action: Action, changes: dict[str, Any]) -> dict[str, Any]:
    if leads_to(action) == JobStatus.QUEUED and "not_before" not in changes:
        changes["not_before"] = database_now(session)
    effects = _EFFECTS.get(action, {})
    return {"status": leads_to(action), **_LET_GO, "waiting_for": "", **effects, **changes}


def lock_user(session: Session, user_id: str) -> None:
    """Make other transactions that lock this user wait until this one ends.

    The number of the user's jobs then stays true. Inserting rows that only refer to the user is not
    blocked. SQLite needs no row lock, because its write transactions exclude each other.
    """
    if session.get_bind().dialect.name == "sqlite":
        return
    user = select(col(UserAccount.id)).where(col(UserAccount.id) == user_id)
    session.connection().execute(user.with_for_update(key_share=True))


def locked_in_order(*conditions: Any, deleting: bool = False) -> Select[str]:
    """Return a query for the ids of these jobs that locks them in the order of their ids.

    On PostgreSQL, two transactions that lock the same jobs in different orders could wait for each
    other. Shares and transfers are locked after the jobs they belong to, and artifacts last.
    """
    return (
        select(col(Job.id))
        .where(*conditions)
        .order_by(col(Job.id))
        .with_for_update(key_share=not deleting)
    )


def lock_jobs(session: Session, *conditions: Any, deleting: bool = False) -> list[str]:
    """Make others who change these jobs wait until this transaction ends; return their ids."""
    return list(session.scalars(locked_in_order(*conditions, deleting=deleting)))


def lock_job(session: Session, job_id: str) -> None:
    """Make others who change the job wait until this transaction ends."""
    lock_jobs(session, col(Job.id) == job_id)


def lock_jobs_sharing_file(session: Session, job_id: str, artifact_id: str) -> None:
    """Lock the job as ``lock_job`` does, together with all jobs that hold the artifact."""
    lock_jobs(session, (col(Job.id) == job_id) | (col(Job.artifact_id) == artifact_id))


def note_error(session: Session, job_id: str, code: str, message: str) -> None:
    """Replace the error of a failed job with a newer one."""
    failed = update(Job).where(col(Job.id) == job_id, col(Job.status) == JobStatus.FAILED)
    values = {
        "error_code": code,
        "error_message": message,
        "error_retryable": False,
        "revision": revision_value(session),
    }
    session.connection().execute(failed.values(**values))


def statuses(session: Session, job_ids: Collection[str]) -> dict[str, str]:
    """Return the status of each of these jobs, by id; removed and unknown ones are left out."""
    found = select(col(Job.id), col(Job.status)).where(
        col(Job.id).in_(job_ids), col(Job.deleted_at).is_(None)
    )
    return {row[0]: row[1] for row in session.connection().execute(found)}


def delete_removed(session: Session, before: datetime) -> None:
    """Delete the rows of jobs that their users removed before this time."""
    delete_jobs(session, col(Job.deleted_at) < before)


def delete_jobs(session: Session, *conditions: Any) -> None:
    """Delete the rows of these jobs."""
    session.connection().execute(
        delete(Job).where(col(Job.id).in_(locked_in_order(*conditions, deleting=True)))
    )


def job_by_id(session: Session, job_id: str) -> Job:
    """Return the job's row, read again from the database.

    Raises:
        NoResultFound: There is no such job.
    """
    return session.get_one(Job, job_id, populate_existing=True)


def job_of_user(session: Session, user_id: str, job_id: str) -> Job | None:
    """Return the user's own job; None if it is removed, unknown or another user's."""
    return session.scalars(select(Job).where(*own_jobs(user_id), col(Job.id) == job_id)).first()


def jobs_of_user(
    session: Session, user_id: str, statuses: Collection[str], limit: int, offset: int
) -> tuple[list[Job], int]:
    """Return one page of the user's jobs, newest first, and how many there are in all."""
    return _page_of(session, own_jobs(user_id), statuses, limit, offset)


def single_jobs_of_user(
    session: Session, user_id: str, statuses: Collection[str], limit: int, offset: int
) -> tuple[list[Job], int]:
    """Return one page as ``jobs_of_user`` does, without the jobs of groups."""
    return _page_of(session, single_jobs(user_id), statuses, limit, offset)


def _page_of(
    session: Session, wanted: list[Any], statuses: Collection[str], limit: int, offset: int
) -> tuple[list[Job], int]:
    if statuses:
        wanted.append(col(Job.status).in_(statuses))
    total = (
        session.connection()
        .execute(select(func.count()).select_from(Job).where(*wanted))
        .scalar_one()
    )
    newest = select(Job).where(*wanted).order_by(col(Job.created_at).desc(), col(Job.id).desc())
    return list(session.scalars(newest.limit(limit).offset(offset))), total


def next_to_expire(session: Session, user_id: str) -> Job | None:
    """Return the user's own job whose finished file is deleted next, or None."""
    ready = (*own_jobs(user_id), col(Job.status) == JobStatus.READY)
    first = select(Job).where(*ready, col(Job.expires_at).is_not(None))
    return session.scalars(first.order_by(col(Job.expires_at), col(Job.id)).limit(1)).first()


def count_of_user(session: Session, user_id: str, status: JobStatus) -> int:
    """Return how many of the user's own jobs have this status."""
    counted = select(func.count()).select_from(Job)
    wanted = counted.where(*own_jobs(user_id), col(Job.status) == status)
    return session.connection().execute(wanted).scalar_one()


def ids_of_user(session: Session, user_id: str, status: JobStatus, limit: int) -> list[str]:
    """Return the ids of the user's own jobs with this status, the oldest first."""
    wanted = select(col(Job.id)).where(*own_jobs(user_id), col(Job.status) == status)
    return list(session.scalars(wanted.order_by(col(Job.id)).limit(limit)))


def shown_jobs_of_user(
    session: Session, user_id: str, statuses: Collection[str], limit: int, offset: int
) -> tuple[list[ShownJob], int]:
    """Return one page as ``jobs_of_user`` does, of columns, which takes a third of the time."""
    counting, listing = _page_of_user(of_status=bool(statuses))
    wanted = {"user_id": user_id, "statuses": list(statuses)} if statuses else {"user_id": user_id}
    connection = session.connection()
    total = connection.execute(counting, wanted).scalar_one()
    page = connection.execute(listing, {**wanted, "limit": limit, "offset": offset})
    return list(map(JobColumns._make, page.all())), total


@cache
def _page_of_user(*, of_status: bool) -> tuple[Select[int], Select[*tuple[Any, ...]]]:
    """Return statements that count and list a user's jobs.

    They are built once, because building them takes longer than running them.
    """
    wanted = own_jobs(bindparam("user_id"))
    if of_status:
        wanted.append(col(Job.status).in_(bindparam("statuses", expanding=True)))
    counting = select(func.count()).select_from(Job).where(*wanted)
    newest = (col(Job.created_at).desc(), col(Job.id).desc())
    listing = select(*(getattr(Job, name) for name in _SHOWN)).where(*wanted).order_by(*newest)
    return counting, listing.limit(bindparam("limit")).offset(bindparam("offset"))


def same_unfinished(session: Session, user_id: str, request_key: str) -> Job | None:
    """Return the user's unfinished job for the same request, or None."""
    same = select(Job).where(*own_jobs(user_id), col(Job.request_key) == request_key, IS_UNFINISHED)
    return session.scalars(same).first()


def latest_of_contents(
    session: Session, user_id: str, content_keys: Collection[str], statuses: Collection[str]
) -> Job | None:
    """Return the user's newest job for one of these contents that has one of these statuses."""
    same = select(Job).where(
        *own_jobs(user_id), col(Job.content_key).in_(content_keys), col(Job.status).in_(statuses)
    )
    return session.scalars(same.order_by(col(Job.id).desc()).limit(1)).first()


def with_idempotency_key(session: Session, user_id: str, key: str) -> Job | None:
    """Return the user's job with this idempotency key, or None."""
    return session.scalars(
        select(Job).where(*own_jobs(user_id), col(Job.idempotency_key) == key)
    ).first()


def set_idempotency_key(session: Session, job: Job, key: str) -> None:
    """Write the idempotency key to the job."""
    job.idempotency_key = key
    session.add(job)
    session.flush()


def extend_expiry(session: Session, job: Job, until: datetime) -> None:
    """Set when the ready job expires."""
    job.expires_at = until
    job.revision = next_revision(session)
    session.add(job)
    session.flush()


def ids_allowing(session: Session, action: Action, user_id: str) -> list[str]:
    """Return the ids of the user's jobs that allow the action, the oldest first."""
    allowing = select(col(Job.id)).where(
        *own_jobs(user_id), col(Job.status).in_(allowed_from(action))
    )
    return list(session.scalars(allowing.order_by(col(Job.id))))


def move_each(session: Session, action: Action, job_ids: Sequence[str], **changes: Any) -> int:
    """Change the status of those of the jobs that still allow the action; return how many."""
    parts = _parts(job_ids)
    return sum(move_all(session, action, col(Job.id).in_(ids), **changes) for ids in parts)


def put_first(session: Session, job_ids: Sequence[str], user_id: str | None) -> int:
    """Let the queued ones of the jobs be claimed before all others of the user; return how many.

    Without ``user_id``, before those of everybody. They keep their order among themselves.
    """
    of_user = [col(Job.user_id) == user_id] if user_id is not None else []
    is_queued = col(Job.status) == JobStatus.QUEUED
    first = select(func.min(col(Job.priority))).where(is_queued, *of_user)
    priority = (session.connection().execute(first).scalar() or 0) - 1
    moved = 0
    for ids in _parts(job_ids):
        which = locked_in_order(col(Job.id).in_(ids), is_queued, col(Job.deleted_at).is_(None))
        values = {"priority": priority, "revision": next_revision(session)}
        moving = update(Job).where(col(Job.id).in_(which)).values(**values)
        moved += session.connection().execute(moving).rowcount
    return moved


def remove_jobs(session: Session, now: datetime, job_ids: Sequence[str]) -> tuple[int, set[str]]:
    """Remove these jobs, and cancel them first if they are unfinished.

    Return how many were removed, and the ids of the artifacts that they held.
    """
    removed, artifact_ids = 0, set[str]()
    for ids in _parts(job_ids):
        these = col(Job.id).in_(ids)
        lock_jobs(session, these)
        move_all(session, Action.CANCEL, these, finished_at=now)
        artifact_ids |= held_artifacts(session, these)
        removed += remove(session, now, these)
    return removed, artifact_ids


def _parts(job_ids: Sequence[str]) -> list[Sequence[str]]:
    starts = range(0, len(job_ids), _IDS_PER_STATEMENT)
    return [job_ids[start : start + _IDS_PER_STATEMENT] for start in starts]


def remove_finished(
    session: Session, now: datetime, user_id: str, limit: int
) -> tuple[int, set[str]]:
    """Remove the user's finished jobs, at most ``limit`` of them.

    Return how many were removed, and the ids of the artifacts that they held.
    """
    finished = (*own_jobs(user_id), col(Job.status).in_(FINISHED))
    # The jobs are named by id, because more may have finished before the next statement runs.
    seen = col(Job.id).in_(lock_jobs(session, *finished)[:limit])
    artifact_ids = held_artifacts(session, seen)
    return remove(session, now, seen), artifact_ids


def remove_job(session: Session, now: datetime, job_id: str) -> str | None:
    """Remove one job, and cancel it first if it is unfinished.

    Return the id of the artifact that it held, or None.
    """
    this_job = col(Job.id) == job_id
    lock_jobs(session, this_job)
    move(session, Action.CANCEL, job_id, finished_at=now)
    artifact_ids = held_artifacts(session, this_job)
    remove(session, now, this_job)
    return next(iter(artifact_ids), None)


def remove_jobs_of_share(session: Session, now: datetime, share_id: str) -> set[str]:
    """Cancel and remove the jobs of all guests of the share.

    Return the ids of the artifacts that they held.
    """
    of_guests = col(Job.share_id) == share_id
    lock_jobs(session, of_guests)
    artifact_ids = held_artifacts(session, of_guests)
    move_all(session, Action.CANCEL, of_guests, finished_at=now)
    remove(session, now, of_guests)
    return artifact_ids


def held_artifacts(session: Session, *conditions: Any) -> set[str]:
    """Return the ids of the artifacts that jobs under these conditions hold."""
    held = select(col(Job.artifact_id)).where(*conditions, col(Job.artifact_id).is_not(None))
    return {artifact_id for artifact_id in session.scalars(held) if artifact_id is not None}


def remove(session: Session, now: datetime, *conditions: Any) -> int:
    """Hide the finished ones of these jobs from their user, and let go of their artifacts.

    The rows are kept for a while, under one new revision, so that open pages notice it. Return how
    many jobs were removed.
    """
    move_all(session, Action.EXPIRE, *conditions)
    finished = (col(Job.deleted_at).is_(None), col(Job.status).in_(FINISHED))
    statement = (
        update(Job)
        .where(col(Job.id).in_(locked_in_order(*conditions, *finished)))
        .values(
            deleted_at=now,
            artifact_id=None,
            idempotency_key=None,
            revision=shared_revision_value(session),
        )
    )
    return session.connection().execute(statement).rowcount


def changed_after(session: Session, revision: int, user_id: str | None = None) -> list[Job]:
    """Return the jobs that changed after the revision, in order, including removed ones.

    Without ``user_id``, these are jobs of all users and guests. If more than MAX_CHANGED jobs have
    changed, only the latest are returned.
    """
    wanted = select(Job).where(col(Job.revision) > revision)
    if user_id is not None:
        wanted = wanted.where(col(Job.user_id) == user_id, col(Job.share_id).is_(None))
    newest_first = session.scalars(wanted.order_by(col(Job.revision).desc()).limit(MAX_CHANGED))
    return list(reversed(newest_first.all()))


def jobs_by_id(session: Session, job_ids: Collection[str]) -> list[Job]:
    """Return the rows of these jobs, including removed ones; unknown ids are left out."""
    return list(session.scalars(select(Job).where(col(Job.id).in_(job_ids))))


def latest_revision(session: Session) -> int:
    """Return the highest revision of any job, or 0 if there are no jobs."""
    return (
        session.connection()
        .execute(select(func.coalesce(func.max(col(Job.revision)), 0)))
        .scalar_one()
    )


def own_jobs(user_id: str | BindParameter[Any]) -> list[Any]:
    """Return the conditions for the user's own jobs.

    Jobs of guests are not among them: the owner of a share neither sees nor controls them.
    """
    return [col(Job.user_id) == user_id, col(Job.share_id).is_(None), col(Job.deleted_at).is_(None)]


def single_jobs(user_id: str) -> list[Any]:
    """Return the conditions for those of the user's own jobs that belong to no group."""
    return [*own_jobs(user_id), col(Job.group_id).is_(None)]

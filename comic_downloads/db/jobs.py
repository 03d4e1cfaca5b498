"""The statements that move jobs. Each transition is one UPDATE guarded by status and, for workers, by the lease's owner."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, or_, select, text, update
from sqlmodel import Session, col

from ..domain.errors import CrashLoop, JobError
from ..domain.job import UNFINISHED, Action, JobStatus, Phase, sources, target
from .session import database_now, next_revision
from .tables import Job, UserAccount, UtcDateTime

# A worker's hold on the row ends with the status "preparing", whatever comes next.
_LET_GO: dict[str, Any] = {"owner": None, "worker_id": None, "lease_until": None}
NO_ERROR: dict[str, Any] = {
    "error_code": "",
    "error_message": "",
    "error_retryable": False,
    "error_comic_id": None,
    "error_page_index": None,
}
NOTHING_DONE: dict[str, Any] = {"phase": Phase.WAITING, "progress": 0, "pages_done": 0, "bytes_done": 0}


ALL_PAGES = col(Job.pages_total)
ATTEMPT_BEFORE = col(Job.attempt) - 1  # for what is not the job's fault


@dataclass(frozen=True)
class Lease:
    """A worker's hold on a job; ``owner`` is a fresh random word for every claim and fences every later write."""

    job_id: str
    owner: str


def move(session: Session, action: Action, job_id: str, *, held_by: str | None = None, **changes: Any) -> bool:
    """Does the transition if the row still allows it; False means somebody else was faster.

    ``held_by`` is the owner word of a worker's lease, which must still hold. ``changes`` are further columns to set.
    """
    guards = [col(Job.id) == job_id, col(Job.status).in_(sources(action)), col(Job.deleted_at).is_(None)]
    if held_by is not None:
        guards.append(col(Job.owner) == held_by)
    values = {"status": target(action), **_LET_GO, "waiting_for": "", **changes, "revision": next_revision(session)}
    return session.connection().execute(update(Job).where(*guards).values(**values)).rowcount == 1


# --- the worker's side --------------------------------------------------------------------------------------------------

# The first claimable job of every user who waits. The recursion steps from user to user through the index, so the cost
# depends on the number of users who wait and not on the number of jobs.
_HEADS = text(
    """
    WITH RECURSIVE waiting(user_id) AS (
        SELECT min(user_id) FROM job WHERE status = 'queued'
        UNION ALL
        SELECT (SELECT min(user_id) FROM job WHERE status = 'queued' AND user_id > waiting.user_id)
        FROM waiting WHERE waiting.user_id IS NOT NULL
    ), head AS (
        SELECT waiting.user_id,
            (SELECT count(*) FROM job WHERE status = 'preparing' AND job.user_id = waiting.user_id) AS running,
            (SELECT id FROM job
             WHERE status = 'queued' AND job.user_id = waiting.user_id
                AND not_before <= :now AND expected_bytes <= :room
             ORDER BY priority, created_at, id LIMIT 1) AS job_id
        FROM waiting WHERE waiting.user_id IS NOT NULL
    )
    SELECT job.id, job.user_id FROM head JOIN job ON job.id = head.job_id
    WHERE head.running < :cap
    ORDER BY head.running, job.priority, job.created_at, job.id
    LIMIT 20
    """
).bindparams(bindparam("now", type_=UtcDateTime()))

_NO_LIMIT_BYTES = 2**62


def claim_next(
    session: Session, *, owner: str, worker_id: str, lease_seconds: int, cap: int, room_bytes: int | None
) -> Job | None:
    """Takes the next job that may run, or None.

    Users with fewer running jobs come first, then priority, then age; nobody has more than ``cap`` at a time.
    ``room_bytes`` is the disk room jobs may count on (None: no limit); a job expected to need more stays in the queue.
    """
    now = database_now(session)
    room = _NO_LIMIT_BYTES if room_bytes is None else room_bytes
    for head in session.connection().execute(_HEADS, {"now": now, "room": room, "cap": cap}).all():
        if not _may_start(session, head.user_id, cap):
            continue
        taken = move(
            session,
            Action.CLAIM,
            head.id,
            owner=owner,
            worker_id=worker_id,
            lease_until=now + timedelta(seconds=lease_seconds),
            attempt=col(Job.attempt) + 1,
            started_at=func.coalesce(col(Job.started_at), now),
            attempt_started_at=now,
            progressed_at=now,
            **NOTHING_DONE,
            **NO_ERROR,
        )
        if taken:
            return session.get_one(Job, head.id)
    return None


def _may_start(session: Session, user_id: str, cap: int) -> bool:
    """Counts again under a lock on the user's row: two claims at once could each see room for one more.

    SQLite needs no row lock: its write transactions exclude each other.
    """
    session.connection().execute(select(col(UserAccount.id)).where(col(UserAccount.id) == user_id).with_for_update())
    running = select(func.count()).where(col(Job.user_id) == user_id, col(Job.status) == JobStatus.PREPARING)
    return session.connection().execute(running).scalar_one() < cap


def renew_lease(session: Session, lease: Lease, lease_seconds: int) -> bool:
    """Pushes the lease's end away; False means it is lost. Nothing a user sees changes, so the revision stays."""
    until = database_now(session) + timedelta(seconds=lease_seconds)
    return _update_held(session, lease, {"lease_until": until})


def still_held(session: Session, lease: Lease) -> bool:
    """True while the worker may go on; pausing, cancelling and recovery all take the owner word away."""
    held = select(col(Job.id)).where(col(Job.id) == lease.job_id, col(Job.owner) == lease.owner)
    return session.connection().execute(held).first() is not None


def record_progress(session: Session, lease: Lease, **changes: Any) -> bool:
    """Writes phase, progress, pages and bytes of a running attempt; False means the lease is lost."""
    return _update_held(session, lease, {**changes, "progressed_at": database_now(session), "revision": next_revision(session)})


def _update_held(session: Session, lease: Lease, values: dict[str, Any]) -> bool:
    held = update(Job).where(col(Job.id) == lease.job_id, col(Job.owner) == lease.owner, col(Job.status) == JobStatus.PREPARING)
    return session.connection().execute(held.values(**values)).rowcount == 1


def error_columns(error: JobError) -> dict[str, Any]:
    """The columns that tell a user what went wrong."""
    return {
        "error_code": error.code,
        "error_message": error.detail,
        "error_retryable": error.retryable,
        "error_comic_id": error.place.comic_id,
        "error_page_index": error.place.page_index,
    }


def note_error(session: Session, job_id: str, code: str, message: str) -> None:
    """Replaces the error of a failed job by a newer one."""
    failed = update(Job).where(col(Job.id) == job_id, col(Job.status) == JobStatus.FAILED)
    values = {"error_code": code, "error_message": message, "error_retryable": False, "revision": next_revision(session)}
    session.connection().execute(failed.values(**values))


def end_attempt(session: Session, lease: Lease, error: JobError, delay_seconds: float) -> bool:
    """Ends the attempt with an error: back to the queue after a delay, or failed when no attempt is left or could help."""
    job = session.get_one(Job, lease.job_id)
    now = database_now(session)
    if error.retryable and job.attempt < job.max_attempts:
        not_before = now + timedelta(seconds=delay_seconds)
        changes = {**NOTHING_DONE, "not_before": not_before}
        return move(session, Action.BACK_OFF, job.id, held_by=lease.owner, **changes, **error_columns(error))
    return move(session, Action.FAIL, job.id, held_by=lease.owner, finished_at=now, **error_columns(error))


# --- recovery -----------------------------------------------------------------------------------------------------------


def lapsed_jobs(session: Session, dead_workers: Collection[str] = ()) -> Sequence[Job]:
    """Jobs whose worker is gone: the lease ran out, or the worker is known to be dead."""
    lost = or_(col(Job.lease_until) < database_now(session), col(Job.worker_id).in_(dead_workers))
    return session.scalars(select(Job).where(col(Job.status) == JobStatus.PREPARING, lost)).all()


def recover(session: Session, job: Job, delay_seconds: float) -> bool:
    """Gives a lapsed job back to the queue, or ends it when its last attempt is spent. Fenced by the lease that lapsed."""
    now = database_now(session)
    if job.attempt >= job.max_attempts:
        error = CrashLoop(
            f"The worker stopped unexpectedly while preparing this, {job.attempt} times in a row. "
            "Try again; if it happens again, tell whoever runs this server."
        )
        return move(session, Action.FAIL, job.id, held_by=job.owner, finished_at=now, **error_columns(error))
    not_before = now + timedelta(seconds=delay_seconds)
    return move(session, Action.RECOVER, job.id, held_by=job.owner, not_before=not_before, phase=Phase.WAITING)


def any_due(session: Session) -> bool:
    """True if a job waits whose time has come."""
    due = select(col(Job.id)).where(col(Job.status) == JobStatus.QUEUED, col(Job.not_before) <= database_now(session)).limit(1)
    return session.connection().execute(due).first() is not None


def disk_waits_stale(session: Session, room_bytes: int) -> bool:
    """True if a queued job's note on whether it waits for disk room is out of date."""
    stale = or_(
        _lacks_room(room_bytes) & (col(Job.waiting_for) == ""), ~_lacks_room(room_bytes) & (col(Job.waiting_for) == "disk")
    )
    found = select(col(Job.id)).where(col(Job.status) == JobStatus.QUEUED, stale).limit(1)
    return session.connection().execute(found).first() is not None


def mark_disk_waits(session: Session, room_bytes: int) -> None:
    """Notes on queued jobs whether they wait for disk room."""
    revision = next_revision(session)
    for condition, before, after in ((_lacks_room(room_bytes), "", "disk"), (~_lacks_room(room_bytes), "disk", "")):
        wanted = (col(Job.status) == JobStatus.QUEUED, condition, col(Job.waiting_for) == before)
        session.connection().execute(update(Job).where(*wanted).values(waiting_for=after, revision=revision))


def _lacks_room(room_bytes: int) -> Any:
    return col(Job.expected_bytes) > room_bytes


def statuses(session: Session, job_ids: Collection[str]) -> dict[str, str]:
    """The status of each of these jobs; removed and unknown ones are left out."""
    found = select(col(Job.id), col(Job.status)).where(col(Job.id).in_(job_ids), col(Job.deleted_at).is_(None))
    return {row[0]: row[1] for row in session.connection().execute(found)}


def delete_removed(session: Session, before: datetime) -> None:
    """Deletes the rows of jobs their users removed before that time."""
    session.connection().execute(delete(Job).where(col(Job.deleted_at) < before))


# --- the user's side ----------------------------------------------------------------------------------------------------


def job_of_user(session: Session, user_id: str, job_id: str) -> Job | None:
    """The user's own job, None for a foreign, removed or unknown one."""
    return session.scalars(select(Job).where(*_visible(user_id), col(Job.id) == job_id)).first()


def jobs_of_user(session: Session, user_id: str, statuses: Collection[str], limit: int, offset: int) -> tuple[list[Job], int]:
    """A page of the user's jobs, newest first, and how many there are in all."""
    wanted = _visible(user_id)
    if statuses:
        wanted.append(col(Job.status).in_(statuses))
    total = session.connection().execute(select(func.count()).select_from(Job).where(*wanted)).scalar_one()
    newest = select(Job).where(*wanted).order_by(col(Job.created_at).desc(), col(Job.id).desc())
    return list(session.scalars(newest.limit(limit).offset(offset))), total


def unfinished_of_user(session: Session, user_id: str) -> list[Job]:
    """The user's unfinished jobs, oldest first."""
    wanted = select(Job).where(*_visible(user_id), col(Job.status).in_(UNFINISHED))
    return list(session.scalars(wanted.order_by(col(Job.created_at), col(Job.id))))


def count_of_user(session: Session, user_id: str, statuses: Collection[str]) -> int:
    counted = select(func.count()).select_from(Job).where(*_visible(user_id), col(Job.status).in_(statuses))
    return session.connection().execute(counted).scalar_one()


def same_unfinished(session: Session, user_id: str, request_key: str) -> Job | None:
    """The user's unfinished job for the same request."""
    same = select(Job).where(*_visible(user_id), col(Job.request_key) == request_key, col(Job.status).in_(UNFINISHED))
    return session.scalars(same).first()


def with_idempotency_key(session: Session, user_id: str, key: str) -> Job | None:
    return session.scalars(select(Job).where(*_visible(user_id), col(Job.idempotency_key) == key)).first()


def remove(session: Session, job: Job, now: datetime) -> bool:
    """Hides a finished job from its user and lets go of its artifact; the row stays a while so that open tabs learn of it."""
    statement = (
        update(Job)
        .where(col(Job.id) == job.id, col(Job.deleted_at).is_(None), col(Job.status).not_in(UNFINISHED))
        .values(
            deleted_at=now,
            artifact_id=None,
            idempotency_key=None,
            status=JobStatus.EXPIRED if job.status == JobStatus.READY else job.status,
            progress=0 if job.status == JobStatus.READY else job.progress,
            revision=next_revision(session),
        )
    )
    return session.connection().execute(statement).rowcount == 1


def changed_after(session: Session, revision: int) -> list[Job]:
    """All jobs, of all users and removed ones too, that changed after the revision."""
    return list(session.scalars(select(Job).where(col(Job.revision) > revision).order_by(col(Job.revision)).limit(5000)))


def latest_revision(session: Session) -> int:
    return session.connection().execute(select(func.coalesce(func.max(col(Job.revision)), 0))).scalar_one()


def waiting_counts(session: Session) -> dict[str, int]:
    """How many jobs wait, by user."""
    counted = select(col(Job.user_id), func.count()).where(col(Job.status) == JobStatus.QUEUED).group_by(col(Job.user_id))
    return {row[0]: row[1] for row in session.connection().execute(counted)}


def waiting_order(session: Session, user_id: str) -> list[str]:
    """The ids of the user's waiting jobs in the order they will be claimed."""
    waiting = select(col(Job.id)).where(col(Job.status) == JobStatus.QUEUED, col(Job.user_id) == user_id)
    return list(session.scalars(waiting.order_by(col(Job.priority), col(Job.created_at), col(Job.id))))


def _visible(user_id: str) -> list[Any]:
    return [col(Job.user_id) == user_id, col(Job.deleted_at).is_(None)]

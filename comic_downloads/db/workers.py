"""Statements about worker processes and the periodic duties they share."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from ..domain.job import JobStatus
from .session import database_now, insert_if_absent
from .tables import CronSlot, Job, Worker

# Larger than any disk, and small enough for a 64-bit column.
NO_LIMIT_BYTES = 2**62
# A worker process is considered gone after this time without a heartbeat.
SILENCE_SECONDS = 20


def record_heartbeat(session: Session, worker: Worker) -> None:
    """Record the process, or update its heartbeat and its free disk space."""
    now = database_now(session)
    worker.heartbeat_at = now
    said = (
        update(Worker)
        .where(col(Worker.id) == worker.id)
        .values(heartbeat_at=now, free_disk_bytes=worker.free_disk_bytes)
    )
    moved = session.connection().execute(said)
    if moved.rowcount == 0:
        worker.started_at = now
        insert_if_absent(session, worker)


def forget_workers(session: Session, worker_ids: Collection[str]) -> None:
    """Delete these worker processes."""
    session.connection().execute(delete(Worker).where(col(Worker.id).in_(worker_ids)))


def forget_silent_workers(session: Session, older_than_seconds: int) -> None:
    """Delete worker processes whose last heartbeat is older than this."""
    before = database_now(session) - timedelta(seconds=older_than_seconds)
    session.connection().execute(delete(Worker).where(col(Worker.heartbeat_at) < before))


def active_workers(session: Session) -> list[Worker]:
    """Return the worker processes with a recent heartbeat, oldest first."""
    since = database_now(session) - timedelta(seconds=SILENCE_SECONDS)
    return list(
        session.scalars(
            select(Worker).where(col(Worker.heartbeat_at) > since).order_by(col(Worker.started_at))
        )
    )


def largest_free_disk_bytes(session: Session) -> int:
    """Return the largest free disk space of any machine, in bytes.

    Without a machine, the answer is no limit, so that no job is marked as waiting for disk space.
    """
    rooms = [
        NO_LIMIT_BYTES if worker.free_disk_bytes is None else worker.free_disk_bytes
        for worker in active_workers(session)
    ]
    return max(rooms, default=NO_LIMIT_BYTES)


def preparing_job_by_worker(session: Session) -> dict[str, Job]:
    """Return the job that each worker process prepares now, by worker id."""
    running = session.scalars(select(Job).where(col(Job.status) == JobStatus.PREPARING))
    return {job.worker_id: job for job in running if job.worker_id}


def claim_slot(session: Session, name: str, slot: datetime) -> bool:
    """Return True for the one process that may do this duty at this time."""
    return insert_if_absent(session, CronSlot(name=name, slot=slot))


def forget_old_slots(session: Session, before: datetime) -> None:
    """Delete the records of duties that were due before this time."""
    session.connection().execute(delete(CronSlot).where(col(CronSlot.slot) < before))


def counts_by_status(session: Session) -> dict[str, int]:
    """Return how many jobs have each status, not counting removed ones."""
    counted = (
        select(col(Job.status), func.count())
        .where(col(Job.deleted_at).is_(None))
        .group_by(col(Job.status))
    )
    counts = {str(row[0]): row[1] for row in session.connection().execute(counted)}
    return {str(status): counts.get(str(status), 0) for status in JobStatus}


def oldest_waiting_since(session: Session) -> datetime | None:
    """Return since when the job that has been due longest could have been claimed."""
    now = database_now(session)
    oldest = select(func.min(col(Job.not_before))).where(
        col(Job.status) == JobStatus.QUEUED, col(Job.not_before) <= now
    )
    return session.connection().execute(oldest).scalar_one()


def ended_since(session: Session, since: datetime) -> list[tuple[datetime, str]]:
    """Return end time and status of jobs that finished since then, without cancelled ones."""
    ended = select(col(Job.finished_at), col(Job.status)).where(
        col(Job.finished_at) >= since,
        col(Job.status).in_([JobStatus.READY, JobStatus.FAILED, JobStatus.EXPIRED]),
    )
    rows = session.connection().execute(ended.order_by(col(Job.finished_at)))
    return [(at, str(status)) for at, status in rows if at is not None]

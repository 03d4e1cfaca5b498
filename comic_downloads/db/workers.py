"""Statements about worker processes and the duties they share."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlmodel import Session, col

from ..domain.job import JobStatus
from .session import database_now, insert_if_absent
from .tables import CronSlot, Job, Worker

NO_LIMIT_BYTES = 2**62  # more than any disk, and still a number both databases take
SILENCE_SECONDS = 20  # a worker process that has not spoken for this long counts as gone


def say_alive(session: Session, worker: Worker) -> None:
    """Adds the process, or moves its heartbeat to now and notes its room."""
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
    session.connection().execute(delete(Worker).where(col(Worker.id).in_(worker_ids)))


def forget_silent_workers(session: Session, older_than_seconds: int) -> None:
    before = database_now(session) - timedelta(seconds=older_than_seconds)
    session.connection().execute(delete(Worker).where(col(Worker.heartbeat_at) < before))


def living_workers(session: Session) -> list[Worker]:
    """The processes that spoke lately, oldest first."""
    since = database_now(session) - timedelta(seconds=SILENCE_SECONDS)
    return list(
        session.scalars(
            select(Worker).where(col(Worker.heartbeat_at) > since).order_by(col(Worker.started_at))
        )
    )


def most_room(session: Session) -> int:
    """The disk room of the machine that has most of it; without a machine nothing waits for room."""
    rooms = [
        NO_LIMIT_BYTES if worker.free_disk_bytes is None else worker.free_disk_bytes
        for worker in living_workers(session)
    ]
    return max(rooms, default=NO_LIMIT_BYTES)


def jobs_in_hand(session: Session) -> dict[str, Job]:
    """The job each worker process prepares now."""
    running = session.scalars(select(Job).where(col(Job.status) == JobStatus.PREPARING))
    return {job.worker_id: job for job in running if job.worker_id}


def claim_slot(session: Session, name: str, slot: datetime) -> bool:
    """True for the one process that does this duty at this time."""
    return insert_if_absent(
        session, CronSlot(name=name, slot=slot, claimed_at=database_now(session))
    )


def forget_old_slots(session: Session, before: datetime) -> None:
    session.connection().execute(delete(CronSlot).where(col(CronSlot.slot) < before))


def counts_by_status(session: Session) -> dict[str, int]:
    """How many jobs, not counting removed ones, have each status."""
    counted = (
        select(col(Job.status), func.count())
        .where(col(Job.deleted_at).is_(None))
        .group_by(col(Job.status))
    )
    counts = {str(row[0]): row[1] for row in session.connection().execute(counted)}
    return {str(status): counts.get(str(status), 0) for status in JobStatus}


def oldest_waiting_since(session: Session) -> datetime | None:
    """When the job that waits longest could first have been claimed."""
    now = database_now(session)
    oldest = select(func.min(col(Job.not_before))).where(
        col(Job.status) == JobStatus.QUEUED, col(Job.not_before) <= now
    )
    return session.connection().execute(oldest).scalar_one()


def ended_since(session: Session, since: datetime) -> list[tuple[datetime, str]]:
    """When each job ended since then, and whether it is ready or failed."""
    ended = select(col(Job.finished_at), col(Job.status)).where(
        col(Job.finished_at) >= since,
        col(Job.status).in_([JobStatus.READY, JobStatus.FAILED, JobStatus.EXPIRED]),
    )
    rows = session.connection().execute(ended.order_by(col(Job.finished_at)))
    return [(at, str(status)) for at, status in rows if at is not None]

"""The state of the queue, for the owner's Queue page and for monitoring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ...db import artifacts, workers
from ...domain.job import JobStatus
from ..context import Context
from ..disk import free_bytes

PLOT_MINUTES = 60
PLOT_STEP_MINUTES = 5


@dataclass(frozen=True)
class WorkerView:
    """One worker process and the job it is preparing."""

    id: str
    host: str
    pid: int
    started_at: datetime
    heartbeat_at: datetime
    job_id: str | None
    job_filename: str | None
    phase: str | None
    progress: int | None
    progressed_at: datetime | None


@dataclass(frozen=True)
class Throughput:
    """The jobs that ended within five minutes, starting at ``at``."""

    at: datetime
    finished: int
    failed: int


@dataclass(frozen=True)
class QueueReport:
    """The state of the queue at one moment.

    ``stored_bytes`` are those of all finished files, and ``free_bytes`` are left on the disks.
    """

    workers: tuple[WorkerView, ...]
    counts: dict[str, int]
    oldest_waiting_seconds: int | None
    finished_last_hour: int
    failed_last_hour: int
    throughput: tuple[Throughput, ...]
    stored_bytes: int = 0
    free_bytes: int = 0


def queue_report(context: Context) -> QueueReport:
    """Return the workers, the counts by status, and what ended in the last hour."""
    now = context.clock()
    with context.db.read() as session:
        in_hand = workers.preparing_job_by_worker(session)
        views = []
        for worker in workers.active_workers(session):
            job = in_hand.get(worker.id)
            views.append(
                WorkerView(
                    id=worker.id,
                    host=worker.host,
                    pid=worker.pid,
                    started_at=worker.started_at,
                    heartbeat_at=worker.heartbeat_at,
                    job_id=job.id if job else None,
                    job_filename=job.filename if job else None,
                    phase=str(job.phase) if job else None,
                    progress=job.progress if job else None,
                    progressed_at=job.progressed_at if job else None,
                )
            )
        oldest = workers.oldest_waiting_since(session)
        ended = workers.ended_since(session, now - timedelta(minutes=PLOT_MINUTES))
        counts = workers.counts_by_status(session)
        stored = artifacts.stored_bytes(session)
    failed = sum(status == JobStatus.FAILED for _, status in ended)
    return QueueReport(
        workers=tuple(views),
        counts=counts,
        oldest_waiting_seconds=None
        if oldest is None
        else max(0, int((now - oldest).total_seconds())),
        finished_last_hour=len(ended) - failed,
        failed_last_hour=failed,
        throughput=_plot(now, ended),
        stored_bytes=stored,
        free_bytes=free_bytes(context),
    )


def _plot(now: datetime, ended: list[tuple[datetime, str]]) -> tuple[Throughput, ...]:
    points = []
    for minutes in range(PLOT_MINUTES, 0, -PLOT_STEP_MINUTES):
        start = now - timedelta(minutes=minutes)
        end = start + timedelta(minutes=PLOT_STEP_MINUTES)
        within = [status for at, status in ended if start <= at < end]
        failed = sum(status == JobStatus.FAILED for status in within)
        points.append(Throughput(start, len(within) - failed, failed))
    return tuple(points)

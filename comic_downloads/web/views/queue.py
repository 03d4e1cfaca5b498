"""Values of the owner's Queue page, frozen and with finished labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from ...domain.job import JobStatus
from ...usecases.downloads.everybody import QueuedDownload
from ...usecases.operations.queue import QueueReport, Throughput, WorkerView
from .. import wording
from .downloads import download_row
from .each import each_shown

_COUNTED = (
    (JobStatus.QUEUED, "Waiting"),
    (JobStatus.PREPARING, "Preparing"),
    (JobStatus.PAUSED, "Paused"),
    (JobStatus.READY, "Ready"),
    (JobStatus.FAILED, "Failed"),
)


@dataclass(frozen=True)
class Figure:
    """A number with its label."""

    label: str
    value: str


@dataclass(frozen=True)
class WorkerRow:
    """A worker process as a row."""

    name: str
    work: str
    heard: str
    last_progress: str
    percent: int
    is_busy: bool


@dataclass(frozen=True)
class QueueJobRow:
    """An unfinished download of anybody as a row."""

    id: str
    status: str
    status_label: str
    tone: str
    filename: str
    who: str
    step: str
    facts: str
    percent: int
    can_wait: bool
    can_pause: bool
    can_resume: bool


def queue_job_rows(found: Sequence[QueuedDownload], now: datetime) -> list[QueueJobRow]:
    """Return the rows of the downloads, without those that cannot be shown."""

    def row(one: QueuedDownload) -> QueueJobRow:
        shown = download_row(one.job, now)
        return QueueJobRow(
            **{
                field.name: getattr(shown, field.name)
                for field in fields(QueueJobRow)
                if field.name != "who"
            },
            who=f"a guest of {one.username}" if one.is_guests else one.username,
        )

    return each_shown("row", found, row, lambda one: one.job.id)


@dataclass(frozen=True)
class PlotBar:
    """One step of time. Heights are in percent of the tallest bar."""

    label: str
    finished_height: int
    failed_height: int


@dataclass(frozen=True)
class QueueView:
    """Everything the Queue page shows."""

    figures: list[Figure]
    workers: list[WorkerRow]
    bars: list[PlotBar]
    last_hour: str


def queue_view(report: QueueReport, now: datetime) -> QueueView:
    """Turn the report into what the page shows at the moment ``now``."""
    oldest = report.oldest_waiting_seconds
    figures = [Figure(label, f"{report.counts.get(status, 0):,}") for status, label in _COUNTED]
    waited = wording.duration(oldest) if oldest is not None else "none"
    hour = f"{wording.count(report.finished_last_hour, 'file')} created"
    if report.failed_last_hour:
        hour += f", {report.failed_last_hour:,} failed"
    return QueueView(
        figures=[
            *figures,
            Figure("Longest wait", waited),
            Figure("Finished files", wording.size(report.stored_bytes)),
            Figure("Free space", wording.size(report.free_bytes)),
        ],
        workers=[_worker_row(worker, now) for worker in report.workers],
        bars=_bars(report.throughput, now),
        last_hour=hour,
    )


def _worker_row(worker: WorkerView, now: datetime) -> WorkerRow:
    silence = now - worker.heartbeat_at
    return WorkerRow(
        name=f"{worker.host} · {worker.pid}",
        work=worker.job_filename or "Idle",
        heard="last seen just now"
        if silence < timedelta(seconds=10)
        else f"silent for {wording.duration(silence.total_seconds())}",
        last_progress=_last_progress(worker.progressed_at, now),
        percent=worker.progress or 0,
        is_busy=worker.job_id is not None,
    )


def _last_progress(at: datetime | None, now: datetime) -> str:
    """Return ``last progress 3 min ago``, or nothing for a worker without a job."""
    if at is None:
        return ""
    return f"last progress {wording.duration((now - at).total_seconds())} ago"


def _bars(points: tuple[Throughput, ...], now: datetime) -> list[PlotBar]:
    tallest = max((point.finished + point.failed for point in points), default=0) or 1
    return [
        PlotBar(
            label=(
                f"{wording.duration((now - point.at).total_seconds())} ago: "
                f"{point.finished:,} created, {point.failed:,} failed"
            ),
            finished_height=round(100 * point.finished / tallest),
            failed_height=round(100 * point.failed / tallest),
        )
        for point in points
    ]

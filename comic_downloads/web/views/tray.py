"""What the tray shows: the downloads that are active or have just finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ...domain.job import JobStatus
from ...usecases.downloads.group_snapshots import GroupSnapshot
from ...usecases.downloads.snapshots import JobSnapshot
from .downloads import DownloadRow, download_rows
from .groups import GroupRow, group_rows


@dataclass(frozen=True)
class TrayView:
    """The lists behind the tray and the active downloads.

    ``waiting`` is separate from ``working`` because its rows change rarely. ``recent`` are
    news: failed, or ready and not downloaded yet. ``ended`` are ready or cancelled and keep
    their place among the active ones for a while. ``percent`` is the mean progress. ``groups`` are
    active, or news, and each counts as one.
    """

    working: list[DownloadRow]
    waiting: list[DownloadRow]
    recent: list[DownloadRow]
    ended: list[DownloadRow]
    count: int
    percent: int
    groups: list[GroupRow] = field(default_factory=list)


def asked_label(tray: TrayView, asked_id: str) -> str:
    """Return what the button says that asked for this download or group; empty once it has ended.

    Such as ``Preparing 3 of 9``, ``Preparing 45 %`` or ``Waiting``.
    """
    for group in tray.groups:
        if group.id == asked_id and group.is_active:
            return "Paused" if group.status == JobStatus.PAUSED else f"Preparing {group.place}"
    for row in (*tray.working, *tray.waiting):
        if row.id == asked_id:
            return f"{row.status_label} {row.percent_label}".strip()
    return ""


SHOWN_WAITING = 50  # Rows of waiting downloads on a page; the others are only counted.
SHOWN_RECENT = 5
RECENT = timedelta(minutes=10)
# How long a finished download stays among the active ones.
KEEPS_PLACE = timedelta(minutes=2)


def tray_view(
    working: Sequence[JobSnapshot],
    waiting: Sequence[JobSnapshot],
    ended: Sequence[JobSnapshot],
    count: int,
    now: datetime,
) -> TrayView:
    """Sort the jobs into the tray's lists. ``count`` includes waiting jobs that are not listed."""
    working_ids = {job.id for job in working}
    # The lists were read one after the other, so a job can be in two of them.
    seen = working_ids | {job.id for job in waiting}
    return TrayView(
        working=download_rows(working, now),
        waiting=download_rows((job for job in waiting if job.id not in working_ids), now),
        recent=download_rows((job for job in ended if _is_news(job, now)), now)[:SHOWN_RECENT],
        ended=download_rows(
            (job for job in ended if _keeps_place(job, now) and job.id not in seen), now
        ),
        count=count,
        percent=sum(job.progress for job in (*working, *waiting)) // count if count else 100,
    )


def _is_news(job: JobSnapshot, now: datetime) -> bool:
    return (
        job.status != JobStatus.CANCELLED
        and _ended_within(RECENT, job, now)
        and not job.downloaded_bytes
    )


def _keeps_place(job: JobSnapshot, now: datetime) -> bool:
    return job.status in {JobStatus.READY, JobStatus.CANCELLED} and _ended_within(
        KEEPS_PLACE, job, now
    )


def _ended_within(span: timedelta, job: JobSnapshot, now: datetime) -> bool:
    return job.finished_at is not None and now - job.finished_at < span


def with_groups(
    tray: TrayView,
    unfinished: Sequence[GroupSnapshot],
    ended: Sequence[GroupSnapshot],
    now: datetime,
) -> TrayView:
    """Return the tray with the groups too. Each counts as one download, however many it has."""
    news = [group for group in ended if _is_group_news(group, now)][:SHOWN_RECENT]
    count = tray.count + len(unfinished)
    total = tray.percent * tray.count + sum(group.percent for group in unfinished)
    return replace(
        tray,
        groups=group_rows([*unfinished, *news]),
        count=count,
        percent=total // count if count else tray.percent,
    )


def _is_group_news(group: GroupSnapshot, now: datetime) -> bool:
    return (
        group.finished_at is not None
        and now - group.finished_at < RECENT
        and group.status in {JobStatus.READY, JobStatus.FAILED}
        and not group.downloaded_bytes
    )

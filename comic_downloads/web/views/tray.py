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
    news: failed, or ready and not downloaded yet. ``count`` are at work or wait, which those that
    are ``paused`` do not. ``percent`` is the mean progress. ``groups`` are active, or news, and
    each counts as one.
    """

    working: list[DownloadRow]
    waiting: list[DownloadRow]
    recent: list[DownloadRow]
    count: int
    percent: int
    paused: int = 0
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


SHOWN_WAITING = 8  # Rows of waiting downloads in the tray; the others are only counted.
SHOWN_RECENT = 5
RECENT = timedelta(minutes=10)


def tray_view(
    working: Sequence[JobSnapshot],
    waiting: Sequence[JobSnapshot],
    ended: Sequence[JobSnapshot],
    numbers: tuple[int, int],
    now: datetime,
) -> TrayView:
    """Sort the jobs into the tray's lists.

    ``numbers`` are those of all jobs at work or waiting, and of all that are paused.
    """
    count, paused = numbers
    working_ids = {job.id for job in working}
    progress = sum(job.progress for job in (*working, *waiting) if job.status != JobStatus.PAUSED)
    return TrayView(
        working=download_rows(working, now),
        waiting=download_rows((job for job in waiting if job.id not in working_ids), now),
        recent=download_rows((job for job in ended if _is_news(job, now)), now)[:SHOWN_RECENT],
        count=count,
        percent=progress // count if count else 100,
        paused=paused,
    )


def _is_news(job: JobSnapshot, now: datetime) -> bool:
    return (
        job.status != JobStatus.CANCELLED
        and _ended_within(RECENT, job, now)
        and not job.downloaded_bytes
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
    at_work = [group for group in unfinished if group.status != JobStatus.PAUSED]
    count = tray.count + len(at_work)
    total = tray.percent * tray.count + sum(group.percent for group in at_work)
    return replace(
        tray,
        groups=group_rows([*unfinished, *news]),
        count=count,
        percent=total // count if count else tray.percent,
        paused=tray.paused + len(unfinished) - len(at_work),
    )


def _is_group_news(group: GroupSnapshot, now: datetime) -> bool:
    return (
        group.finished_at is not None
        and now - group.finished_at < RECENT
        and group.status in {JobStatus.READY, JobStatus.FAILED}
        and not group.downloaded_bytes
    )

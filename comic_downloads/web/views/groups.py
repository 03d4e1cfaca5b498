"""What pages show of a group of downloads, as frozen values with finished labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ...domain.job import Action, JobStatus, allows
from ...usecases.downloads.group_snapshots import GroupSnapshot, GroupWithJobs
from .. import labels, routes, wording
from .downloads import STATUS_LABELS, TONES, DownloadRow, download_rows, quality_label
from .each import each_shown

# Rows of an open group; the others are only counted.
SHOWN_MEMBERS = 100


@dataclass(frozen=True)
class GroupRow:
    """One row of the downloads page that opens into the downloads of a group.

    Empty labels are not shown. ``place`` is that of the download at work, such as ``3 of 9``.
    ``members`` are there while the row is open.
    """

    id: str
    status: str
    status_label: str
    tone: str
    title: str
    count_label: str
    format_label: str
    cover_url: str
    step: str
    place: str
    facts: str
    percent: int
    problem: str
    kept_until: str
    file_href: str
    filename: str
    file_count: int
    is_active: bool
    can_pause: bool
    can_resume: bool
    can_cancel: bool
    can_retry: bool
    retry_label: str
    is_open: bool = False
    hidden_label: str = ""
    members: tuple[DownloadRow, ...] = ()


def group_row(group: GroupSnapshot) -> GroupRow:
    """Return the row of a closed group."""
    status = JobStatus(group.status)
    statuses = [one for one, number in group.jobs_by_status.items() if number]
    has_files = group.file_count > 0
    return GroupRow(
        id=group.id,
        status=status,
        status_label=_status_label(group),
        tone=TONES.get(status, "gray"),
        title=group.title,
        count_label=wording.count(group.total, "file"),
        format_label=labels.format_name(group.format),
        cover_url=routes.cover_image(group.cover_comic_id),
        step=_step(group),
        place=f"{group.current:,} of {group.total:,}",
        facts=_facts(group),
        percent=group.percent,
        problem=_problem(group),
        kept_until=group.expires_at.isoformat() if group.has_ended and group.expires_at else "",
        file_href=routes.group_file(group.id) if has_files else "",
        filename=group.filename,
        file_count=group.file_count,
        is_active=not group.has_ended,
        can_pause=any(allows(Action.PAUSE, one) for one in statuses),
        can_resume=any(allows(Action.RESUME, one) for one in statuses),
        can_cancel=any(allows(Action.CANCEL, one) for one in statuses),
        can_retry=group.has_ended and any(allows(Action.RETRY, one) for one in statuses),
        retry_label=f"Retry failed {group.failed_count}" if group.failed_count else "Prepare again",
    )


def open_group_row(found: GroupWithJobs, now: datetime) -> GroupRow:
    """Return the row of a group with its downloads below it."""
    closed = group_row(found.group)
    hidden = max(len(found.jobs) - SHOWN_MEMBERS, 0)
    return GroupRow(
        **{
            **vars(closed),
            "is_open": True,
            "members": tuple(download_rows(found.jobs[:SHOWN_MEMBERS], now)),
            "hidden_label": f"{wording.count(hidden, 'more file')}" if hidden else "",
        }
    )


def group_rows(groups: Iterable[GroupSnapshot]) -> list[GroupRow]:
    """Return the rows of closed groups, without those that cannot be shown."""
    return each_shown("group", groups, group_row)


def _status_label(group: GroupSnapshot) -> str:
    status = JobStatus(group.status)
    if status is JobStatus.READY and group.file_count < group.total:
        return f"{group.file_count:,} of {group.total:,} ready"
    return STATUS_LABELS[status]


def _step(group: GroupSnapshot) -> str:
    """Return ``Comic 3 of 12 · 45 %``; empty for a group that has ended."""
    if group.has_ended:
        return ""
    place = f"{_noun(group)} {group.current:,} of {group.total:,}"
    if group.status == JobStatus.QUEUED:
        place = f"Waiting, {wording.count(group.total, _noun(group).lower())}"
    return wording.facts(place, f"{group.percent} %" if group.percent else "")


def _noun(group: GroupSnapshot) -> str:
    if group.limits_size:
        return "File"
    return {"each": "Comic", "volume": "Volume"}.get(group.split, "File")


def _facts(group: GroupSnapshot) -> str:
    if group.has_ended:
        return wording.facts(
            wording.size(group.file_size_bytes) if group.file_count else "",
            quality_label(group.quality) or "Original",
        )
    return wording.facts(
        f"{wording.size(group.file_size_bytes)} of about {wording.size(group.expected_bytes)}",
        quality_label(group.quality) or "Original",
    )


def _problem(group: GroupSnapshot) -> str:
    if not group.failed_count:
        return ""
    return f"{group.failed_count:,} of {group.total:,} failed"


def failed_names(found: GroupWithJobs, limit: int = 3) -> str:
    """Return which files of the group failed: ``A, B, C and 4 more``."""
    names = [job.filename for job in found.jobs if job.status == JobStatus.FAILED]
    more = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {more} more" if more > 0 else "")

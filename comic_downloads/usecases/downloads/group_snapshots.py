"""Describe groups to their users: what follows from the jobs that one request became."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ...db import groups
from ...db.groups import StatusTotal
from ...db.session import Session
from ...db.tables import JobGroup
from ...domain.errors import NotFound
from ...domain.group import GroupOwner, current_job, group_status
from ...domain.job import FINISHED, JobStatus
from ..context import Context
from .snapshots import JobSnapshot, take_snapshots


@dataclass(frozen=True)
class GroupSnapshot:
    """A group as its user may see it.

    Attributes:
        revision: The highest revision of its jobs.
        status: A JobStatus that follows from those of its jobs.
        current: Which job is at work, from 1; equal to ``total`` once all have ended.
        total: How many jobs it has.
        percent: How much of the work on all its jobs is over. It is 100 when all have ended.
        file_count: How many finished files it has.
        file_size_bytes: The size of the finished files together.
        expected_bytes: The expected size of all files together.
        downloaded_bytes: How much of the finished files has reached the user.
        failed_count: How many of its jobs have failed.
        finished_at: When the last job ended; None while one is unfinished.
        expires_at: When the first of its files is deleted.
        jobs_by_status: How many of its jobs have each status.
        limits_size: True if a file may be a part of a comic.
    """

    id: str
    user_id: str
    share_id: str | None
    guest_id: str | None
    revision: int
    title: str
    filename: str
    format: str
    quality: str
    split: str
    cover_comic_id: str
    status: str
    current: int
    total: int
    percent: int
    file_count: int
    file_size_bytes: int
    expected_bytes: int
    downloaded_bytes: int
    failed_count: int
    created_at: datetime
    finished_at: datetime | None
    expires_at: datetime | None
    jobs_by_status: Mapping[JobStatus, int]
    limits_size: bool = False

    @property
    def has_ended(self) -> bool:
        """True if none of its jobs is unfinished."""
        return set(self.jobs_by_status) <= FINISHED


@dataclass(frozen=True)
class GroupWithJobs:
    """A group, and its jobs in order."""

    group: GroupSnapshot
    jobs: tuple[JobSnapshot, ...]


def get_group(context: Context, owner: GroupOwner, group_id: str) -> GroupWithJobs:
    """Return the owner's group with its jobs.

    Raises:
        NotFound: There is no such group, or all its jobs were removed.
    """
    with context.db.read() as session:
        return read_group(context, session, own_group(session, owner, group_id))


def own_group(session: Session, owner: GroupOwner, group_id: str) -> JobGroup:
    """Return the row of the owner's group. Raises NotFound."""
    group = groups.group_of(session, owner, group_id)
    if group is None:
        raise NotFound("There is no such group of downloads.")
    return group


def read_group(context: Context, session: Session, group: JobGroup) -> GroupWithJobs:
    """Return the group with its jobs. Raises NotFound if all of them were removed."""
    taken = take_group_snapshots(session, [group])
    if not taken:
        raise NotFound("The downloads of this group were removed.")
    rows = groups.members(session, group.id)
    return GroupWithJobs(taken[0], tuple(take_snapshots(context, session, rows)))


def groups_of_jobs(context: Context, group_ids: Collection[str]) -> list[GroupSnapshot]:
    """Return the groups with these ids, of any owner. Those without jobs are left out."""
    with context.db.read() as session:
        return take_group_snapshots(session, groups.groups_by_id(session, group_ids))


def unfinished_groups(context: Context, owner: GroupOwner) -> list[GroupSnapshot]:
    """Return the owner's groups that are not finished, the oldest first."""
    with context.db.read() as session:
        return take_group_snapshots(session, groups.unfinished_groups(session, owner))


def ended_groups(
    context: Context, owner: GroupOwner, limit: int, offset: int = 0
) -> tuple[list[GroupSnapshot], int]:
    """Return one page of the owner's groups that have ended, newest first, and their number."""
    with context.db.read() as session:
        rows, total = groups.ended_groups(session, owner, limit, offset)
        return take_group_snapshots(session, rows), total


def take_group_snapshots(session: Session, rows: Sequence[JobGroup]) -> list[GroupSnapshot]:
    """Return snapshots of these groups in one statement; those without jobs are left out."""
    totals: dict[str, list[StatusTotal]] = defaultdict(list)
    for total in groups.status_totals(session, [row.id for row in rows]) if rows else []:
        totals[total.group_id].append(total)
    return [_snapshot(row, totals[row.id]) for row in rows if totals[row.id]]


def _snapshot(row: JobGroup, totals: Sequence[StatusTotal]) -> GroupSnapshot:
    jobs = {JobStatus(one.status): one.jobs for one in totals}
    expected_bytes = sum(one.expected_bytes for one in totals)
    over_bytes = sum(
        one.expected_bytes if one.status in FINISHED else one.done_bytes for one in totals
    )
    ended = jobs.keys() <= FINISHED
    return GroupSnapshot(
        id=row.id,
        user_id=row.user_id,
        share_id=row.share_id,
        guest_id=row.guest_id,
        revision=max(one.revision for one in totals),
        title=row.title,
        filename=row.filename,
        format=row.format,
        quality=row.quality,
        split=row.split,
        limits_size=row.request.get("max_part_bytes") is not None,
        cover_comic_id=row.cover_comic_id,
        status=str(group_status(jobs)),
        current=current_job(jobs),
        total=sum(jobs.values()),
        percent=100 if ended else min(99, 100 * over_bytes // expected_bytes),
        file_count=jobs.get(JobStatus.READY, 0),
        file_size_bytes=sum(one.file_bytes for one in totals),
        expected_bytes=expected_bytes,
        downloaded_bytes=sum(one.delivered_bytes for one in totals),
        failed_count=jobs.get(JobStatus.FAILED, 0),
        created_at=row.created_at,
        finished_at=_latest([one.finished_at for one in totals]) if ended else None,
        expires_at=_earliest([one.expires_at for one in totals if one.status == JobStatus.READY]),
        jobs_by_status=jobs,
    )


def _latest(moments: Sequence[datetime | None]) -> datetime | None:
    return max((one for one in moments if one is not None), default=None)


def _earliest(moments: Sequence[datetime | None]) -> datetime | None:
    return min((one for one in moments if one is not None), default=None)

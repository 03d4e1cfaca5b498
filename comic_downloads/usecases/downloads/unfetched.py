"""Finished files that their user has not fetched yet."""

from __future__ import annotations

from ...domain.group import GroupOwner
from ...domain.job import JobStatus
from ..context import Context
from .group_snapshots import GroupSnapshot, ended_groups
from .snapshots import JobSnapshot, list_single_downloads

# They are looked for among so many of the newest ready files.
_MOST_READY = 50


def unfetched_files(
    context: Context, user_id: str, limit: int
) -> list[JobSnapshot | GroupSnapshot]:
    """Return the newest downloads and groups that are ready and of which nothing was fetched."""
    jobs, _ = list_single_downloads(context, user_id, [JobStatus.READY], limit=_MOST_READY)
    groups, _ = ended_groups(context, GroupOwner(user_id), limit)
    waiting: list[JobSnapshot | GroupSnapshot] = [
        one
        for one in (*jobs, *groups)
        if one.status == JobStatus.READY and not one.downloaded_bytes
    ]
    waiting.sort(key=lambda one: one.created_at, reverse=True)
    return waiting[:limit]

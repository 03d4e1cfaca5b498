"""Say once that a group has ended, and which of its files failed."""

from __future__ import annotations

from datetime import datetime

import reflex as rx
from reflex_components_sonner.toast import ToastAction

from ...domain.job import JobStatus
from ...usecases.downloads.group_snapshots import GroupSnapshot, GroupWithJobs
from .. import routes, wording
from ..browser_events import redirect, toast
from ..session.auth import save_file
from ..views.groups import failed_names


def is_news(group: GroupSnapshot, since: datetime) -> bool:
    """Return whether the group has ended after ``since``, well or badly."""
    has_news = group.status in {JobStatus.READY, JobStatus.FAILED}
    return has_news and group.finished_at is not None and group.finished_at >= since


def group_spoken(found: GroupWithJobs) -> str:
    """Return the sentence for screen readers."""
    group = found.group
    if group.failed_count:
        return f"{group.title}: {group.failed_count} of {group.total} files failed"
    return f"{group.title}: {wording.count(group.file_count, 'file')} ready"


def group_toast(found: GroupWithJobs) -> rx.event.EventSpec:
    """Return the one toast of a group; none of its downloads has one of its own."""
    group = found.group
    ready = wording.count(group.file_count, "file")
    if group.failed_count:
        return toast(
            "error",
            f"{group.title}: {group.failed_count:,} of {group.total:,} failed",
            f"{failed_names(found)}. {group.file_count:,} ready.",
            id=f"ended-{group.id}",
            action=ToastAction("Show", redirect(routes.DOWNLOADS)),
            duration=20_000,
            close_button=True,
        )
    return toast(
        "success",
        f"{group.title} is ready",
        wording.facts(ready, wording.size(group.file_size_bytes)),
        id=f"ended-{group.id}",
        action=ToastAction("Download", save_file(routes.group_file(group.id))),
        duration=12_000,
        close_button=True,
    )

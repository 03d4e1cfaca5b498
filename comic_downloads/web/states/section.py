"""Read one of the four lists of the downloads page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...usecases.context import Context
from ...usecases.downloads.sections import SectionCounts, SectionRequest, list_section
from ...usecases.downloads.snapshots import ready_count
from ...usecases.downloads.storage import storage_report
from ..views.downloads import DownloadRow, download_rows
from ..views.groups import GroupRow, group_rows
from ..views.storage import StorageBar, storage_bar
from .groups import opened


@dataclass(frozen=True)
class DownloadsView:
    """One list of the page. ``total`` is how many single downloads it has in all."""

    rows: list[DownloadRow]
    total: int
    groups: list[GroupRow]
    counts: SectionCounts
    ready_count: int
    storage: StorageBar


def read_section(
    context: Context, user_id: str, wanted: SectionRequest, open_ids: Sequence[str] = ()
) -> DownloadsView:
    """Return a list of an account; the groups with ``open_ids`` have their downloads."""
    found = list_section(context, user_id, wanted)
    return DownloadsView(
        rows=download_rows(found.jobs, context.clock()),
        total=found.total,
        groups=opened(context, user_id, group_rows(found.groups), open_ids),
        counts=found.counts,
        ready_count=ready_count(context, user_id),
        storage=storage_bar(storage_report(context, user_id)),
    )

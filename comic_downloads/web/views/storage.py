"""The storage of an account in words."""

from __future__ import annotations

from dataclasses import dataclass

from ...usecases.downloads.storage import StorageReport
from .. import wording


@dataclass(frozen=True)
class StorageBar:
    """What the bar shows. ``percent`` is -1 without a quota, and ``next_at`` is RFC 3339."""

    label: str = ""
    percent: int = -1
    is_nearly_full: bool = False
    next_id: str = ""
    next_name: str = ""
    next_at: str = ""


NEARLY_FULL_PERCENT = 90


def storage_bar(report: StorageReport) -> StorageBar:
    """Return the bar; without files it has no label."""
    if not report.used_bytes and not report.next_id:
        return StorageBar()
    used = wording.size(report.used_bytes)
    if not report.quota_bytes:
        label, percent = f"{used} used", -1
    else:
        label = f"{used} of {wording.size(report.quota_bytes)} used"
        percent = min(100 * report.used_bytes // report.quota_bytes, 100)
    return StorageBar(
        label=label,
        percent=percent,
        is_nearly_full=percent >= NEARLY_FULL_PERCENT,
        next_id=report.next_id,
        next_name=report.next_name,
        next_at=report.next_at.isoformat() if report.next_at else "",
    )

"""Free space on the disks that jobs need."""

from __future__ import annotations

import shutil

from ..files.reserve import DiskReserve
from .context import Context


def free_bytes(context: Context) -> int:
    """Return the free bytes where files are prepared or stored, whichever is less."""
    prepared = shutil.disk_usage(context.settings.data).free
    stored = context.blobs.free_bytes()
    return prepared if stored is None else min(prepared, stored)


def free_disk_bytes(context: Context) -> int:
    """Return the bytes that jobs may use: what is free beyond MIN_FREE_BYTES."""
    return free_bytes(context) - context.settings.min_free_bytes


def refill_reserve(context: Context) -> None:
    """Set disk space aside for SQLite again, once there is room."""
    if not context.settings.database_url:
        DiskReserve(context.settings.disk_reserve).refill()

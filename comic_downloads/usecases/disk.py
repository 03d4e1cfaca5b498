"""Room on the disks jobs are prepared on."""

from __future__ import annotations

import shutil

from .context import Context


def free_bytes(context: Context) -> int:
    """Free bytes where files are prepared or kept, whichever is less."""
    room = shutil.disk_usage(context.settings.data).free
    stored = context.blobs.free_bytes()
    return room if stored is None else min(room, stored)


def free_disk_bytes(context: Context) -> int:
    """What jobs may use: the free bytes beyond MIN_FREE_BYTES."""
    return free_bytes(context) - context.settings.min_free_bytes

"""What the finished files of a user take, of how much, and which of them is deleted next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ...db import artifacts, jobs
from ..context import Context
from ..quota import storage_quota


@dataclass(frozen=True)
class StorageReport:
    """The storage of a user.

    Attributes:
        used_bytes: What counts against the quota.
        quota_bytes: The most that it may be; 0 without a limit.
        next_id: The download whose file is deleted next; empty if there is none.
        next_name: The name of that file.
        next_at: When that is.
    """

    used_bytes: int
    quota_bytes: int
    next_id: str = ""
    next_name: str = ""
    next_at: datetime | None = None


def storage_report(context: Context, user_id: str) -> StorageReport:
    """Return the storage of a user."""
    with context.db.read() as session:
        used = artifacts.storage_used(session, user_id)
        first = jobs.next_to_expire(session, user_id)
        quota = storage_quota(context, session, user_id)
    if first is None:
        return StorageReport(used, quota)
    return StorageReport(used, quota, first.id, first.filename, first.expires_at)

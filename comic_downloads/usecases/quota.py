"""The storage quota of an account: its own, or that of the settings."""

from __future__ import annotations

from ..db import accounts
from ..db.session import Session
from .context import Context


def storage_quota(context: Context, session: Session, user_id: str) -> int:
    """Return the quota in bytes; 0 if there is no limit."""
    limits = accounts.account_limits(session, user_id)
    return quota_in_force(context, limits.storage_quota_bytes if limits else None)


def quota_in_force(context: Context, own: int | None) -> int:
    """Return the account's own quota in bytes or, without one, that of the settings."""
    return context.settings.storage_quota_bytes if own is None else own

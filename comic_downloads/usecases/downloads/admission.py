"""Whether there is place for one more job: in the queue, in its user's quota, on the disk."""

from __future__ import annotations

from ...db import artifacts, shares, waiting
from ...db.session import Session
from ...db.tables import Artifact
from ...domain.errors import InsufficientStorage, QueueFull, QuotaExceeded
from ..context import Context
from ..disk import free_bytes
from .resolve import ResolvedRequest

RETRY_AFTER_SECONDS = 60


def check_queue_limit(context: Context, session: Session, user_id: str) -> None:
    """Raises QueueFull when the user has as many downloads waiting as one may have."""
    most = context.settings.max_queued_per_user
    if waiting.count_up_to(session, user_id, most) >= most:
        raise QueueFull(
            f"You have {most} downloads waiting, which is the most one account may have. Wait for some to finish, "
            "or cancel some.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )


def check_storage_for_new_file(
    context: Context, session: Session, user_id: str, resolved: ResolvedRequest
) -> None:
    """Raises QuotaExceeded or InsufficientStorage when this cannot be prepared for the user."""
    _check_quota(context, session, user_id, resolved.content_key, resolved.expected_bytes)
    if free_bytes(context) < context.settings.min_free_bytes:
        raise InsufficientStorage(
            "The server's disk is nearly full, so nothing new is prepared. Try again later, or tell whoever runs this server.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )


def check_quota_for_existing_file(
    context: Context, session: Session, user_id: str, artifact: Artifact
) -> None:
    """Raises QuotaExceeded when the user may not hold this file, which is there already."""
    _check_quota(context, session, user_id, artifact.content_key, artifact.size_bytes)


def _check_quota(
    context: Context, session: Session, user_id: str, content_key: str, more_bytes: int
) -> None:
    quota = context.settings.storage_quota_bytes
    if not quota or artifacts.is_charged(
        session, user_id, content_key
    ):  # a file counts once for each user
        return
    if more_bytes > quota:
        raise QuotaExceeded(
            f"This would take about {_megabytes(more_bytes)}, and your quota is {_megabytes(quota)}. "
            "Pick fewer pages, or a lower quality."
        )
    if artifacts.storage_used(session, user_id) + more_bytes > quota:
        others = " Files that guests of your shares asked for count too: stop sharing what has served its purpose."
        raise QuotaExceeded(
            "Your storage quota would be exceeded. Remove finished downloads you no longer need."
            + (others if shares.guests_hold_storage(session, user_id) else "")
        )


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1_000_000:,.1f} MB"

"""Admit a new job only if the queue, the user's quota and the disk have room for it."""

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
    """Refuse a job if the user already has as many waiting as MAX_QUEUED_PER_USER allows.

    Raises:
        QueueFull: The limit is reached.
    """
    most = context.settings.max_queued_per_user
    if waiting.count_up_to(session, user_id, most) >= most:
        raise QueueFull(
            f"You have {most} downloads waiting, which is the limit for one account. "
            "Wait for some to finish, or cancel some.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )


def check_storage_for_new_file(
    context: Context, session: Session, user_id: str, resolved: ResolvedRequest
) -> None:
    """Refuse a job whose file would exceed the user's quota, or any job if the disk is nearly full.

    Raises:
        QuotaExceeded: The expected file does not fit into the user's quota.
        InsufficientStorage: Less than MIN_FREE_BYTES is free.
    """
    _check_quota(context, session, user_id, resolved.content_key, resolved.expected_bytes)
    if free_bytes(context) < context.settings.min_free_bytes:
        raise InsufficientStorage(
            "The server's disk is nearly full, so it accepts no new downloads. Try again later, "
            "or ask the person who runs this server to free some space.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )


def check_quota_for_existing_file(
    context: Context, session: Session, user_id: str, artifact: Artifact
) -> None:
    """Refuse a finished file that does not fit into the user's quota.

    Raises:
        QuotaExceeded: The file does not fit.
    """
    _check_quota(context, session, user_id, artifact.content_key, artifact.size_bytes)


def _check_quota(
    context: Context, session: Session, user_id: str, content_key: str, more_bytes: int
) -> None:
    quota = context.settings.storage_quota_bytes
    # A file counts once for each user, however many of their jobs refer to it.
    if not quota or artifacts.is_charged(session, user_id, content_key):
        return
    if more_bytes > quota:
        raise QuotaExceeded(
            f"This file would take about {_megabytes(more_bytes)}, but your quota is "
            f"{_megabytes(quota)}. Pick fewer pages, or a lower quality."
        )
    if artifacts.storage_used(session, user_id) + more_bytes > quota:
        others = (
            " Files that guests of your shares asked for count too, so stop the shares that "
            "nobody needs any more."
        )
        raise QuotaExceeded(
            "This file would exceed your storage quota. "
            "Remove finished downloads that you no longer need."
            + (others if shares.guests_hold_storage(session, user_id) else "")
        )


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1_000_000:,.1f} MB"

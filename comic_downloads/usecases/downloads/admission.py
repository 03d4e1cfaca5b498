"""Admit a new job only if the queue, the user's quota and the disk have room for it."""

from __future__ import annotations

from collections.abc import Mapping

from ...db import accounts, artifacts, shares, waiting
from ...db.session import Session
from ...domain.errors import InsufficientStorage, QueueFull, QuotaExceeded
from ...domain.permission import Permission, require
from ..context import Context
from ..disk import free_bytes
from ..quota import storage_quota
from .resolve import ResolvedRequest

RETRY_AFTER_SECONDS = 60


def check_permission(session: Session, user_id: str) -> None:
    """Refuse new files for an account that may not download.

    Raises:
        Forbidden: The owner has taken the permission away.
    """
    limits = accounts.account_limits(session, user_id)
    require(Permission.DOWNLOAD, limits.permissions if limits else ())


def check_queue_limit(context: Context, session: Session, user_id: str, new_jobs: int = 1) -> None:
    """Refuse jobs with which more of the user's would wait than MAX_QUEUED_PER_USER allows.

    Raises:
        QueueFull: The limit would be exceeded.
    """
    most = context.settings.max_queued_per_user
    count = waiting.count_up_to(session, user_id, most)
    if count + new_jobs > most:
        raise QueueFull(
            f"You have {count} downloads waiting, which is the limit for one account. "
            "Wait for some to finish, or cancel some."
            if new_jobs == 1
            else f"These are {new_jobs} downloads, you have {count} waiting, and {most} is the "
            "limit for one account. Pick fewer, wait for some to finish, or cancel some.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )


def check_storage_for_new_file(
    context: Context, session: Session, user_id: str, resolved: ResolvedRequest
) -> None:
    """Refuse the file of a request as ``check_storage`` does, and raise the same errors."""
    check_storage(context, session, user_id, {resolved.content_key: resolved.expected_bytes})


def check_storage(
    context: Context, session: Session, user_id: str, sizes: Mapping[str, int]
) -> None:
    """Refuse files that would exceed the user's quota, and any file if the disk is nearly full.

    Args:
        context: Its settings have the limits.
        session: The transaction in which the jobs are added.
        user_id: Whose quota counts.
        sizes: The expected bytes of each file, by content key.

    Raises:
        QuotaExceeded: The expected files do not fit into the user's quota.
        InsufficientStorage: Less than MIN_FREE_BYTES is free.
    """
    check_quota(context, session, user_id, sizes)
    if free_bytes(context) < context.settings.min_free_bytes:
        raise InsufficientStorage(
            "The server's disk is nearly full, so it accepts no new downloads. Try again later, "
            "or ask the person who runs this server to free some space.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )


def check_quota(context: Context, session: Session, user_id: str, sizes: Mapping[str, int]) -> None:
    """Refuse files, given by content key with their bytes, that do not fit into the user's quota.

    Raises:
        QuotaExceeded: The files do not fit.
    """
    quota = storage_quota(context, session, user_id)
    if not quota:
        return
    # A file counts once for each user, however many of their jobs refer to it.
    charged = artifacts.charged_contents(session, user_id, list(sizes))
    more = [size_bytes for key, size_bytes in sizes.items() if key not in charged]
    more_bytes = sum(more)
    if not more:
        return
    these = "This file" if len(sizes) == 1 else "These files"
    if more_bytes > quota:
        raise QuotaExceeded(
            f"{these} would take about {_megabytes(more_bytes)}, but your quota is "
            f"{_megabytes(quota)}. Pick fewer pages, or a lower quality."
        )
    if artifacts.storage_used(session, user_id) + more_bytes > quota:
        others = (
            " Files that guests of your shares asked for count too, so stop the shares that "
            "nobody needs any more."
        )
        raise QuotaExceeded(
            f"{these} would exceed your storage quota. "
            "Remove finished downloads that you no longer need."
            + (others if shares.guests_hold_storage(session, user_id) else "")
        )


def _megabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1_000_000:,.1f} MB"

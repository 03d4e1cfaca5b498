"""Limit what the guests of one share can cause: jobs in preparation, stored files and rows."""

from __future__ import annotations

import math
from collections.abc import Collection
from datetime import datetime, timedelta

from ...db import accounts, shares
from ...db.session import Session
from ...db.tables import Share
from ...domain.errors import Forbidden, QueueFull
from ...domain.permission import Permission
from ...domain.share import GUEST_JOBS_KEPT_FOR
from ..downloads.admission import RETRY_AFTER_SECONDS

MAX_UNFINISHED_OF_SHARE = 20
# One visitor can return as any number of guests, so this limits the rows that a link can create.
MAX_JOBS_OF_SHARE = 5000
# At a time. Every choice of comics, format and quality is another file in the sharer's storage.
MAX_FILES_OF_SHARE = 100
_DAY_SECONDS = 86400


def check_sharer(session: Session, share: Share) -> None:
    """Check that the person who shares may still have files prepared.

    Raises:
        Forbidden: The owner of the server has taken the permission away.
    """
    limits = accounts.account_limits(session, share.user_id)
    if limits is None or Permission.DOWNLOAD not in limits.permissions:
        raise Forbidden(
            "No new files can be prepared from this link. Ask the person who sent it to you."
        )


def check_share_limits(session: Session, share_id: str, content_key: str) -> None:
    """Check that the share may have one more file prepared.

    Raises:
        QueueFull: too many jobs are unfinished, or too many different files are stored.
    """
    if shares.count_unfinished(session, share_id) >= MAX_UNFINISHED_OF_SHARE:
        raise QueueFull(
            "Many downloads of these comics are already being prepared. Try again in a minute.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )
    files = shares.files_of_share(session, share_id)
    if content_key not in files and len(files) >= MAX_FILES_OF_SHARE:
        raise QueueFull(
            "Too many different files of these comics are stored for guests. "
            "Choose another format or quality, or try again tomorrow.",
            retry_after_seconds=_DAY_SECONDS,
        )


def check_group_limits(session: Session, share: Share, content_keys: Collection[str]) -> None:
    """Check that the share may have these files prepared at once.

    A share may have a file of each of its comics besides those of ``check_share_limits``.

    Raises:
        QueueFull: too many jobs would be unfinished, or too many different files stored.
    """
    more = len(share.comics)
    if not content_keys:
        return
    if shares.count_unfinished(session, share.id) + len(content_keys) > (
        MAX_UNFINISHED_OF_SHARE + more
    ):
        raise QueueFull(
            "Many downloads of these comics are already being prepared. Try again in a minute.",
            retry_after_seconds=RETRY_AFTER_SECONDS,
        )
    if len(shares.files_of_share(session, share.id) | set(content_keys)) > (
        MAX_FILES_OF_SHARE + more
    ):
        raise QueueFull(
            "Too many different files of these comics are stored for guests. "
            "Choose another format or quality, or try again tomorrow.",
            retry_after_seconds=_DAY_SECONDS,
        )


def free_job_slot(session: Session, share_id: str, now: datetime) -> None:
    """Make room for one more job. Raises the error of ``free_job_slots``."""
    free_job_slots(session, share_id, now, 1)


def free_job_slots(session: Session, share_id: str, now: datetime, number: int) -> None:
    """Make room for more jobs, by dropping jobs of this share that nobody fetched if needed.

    Raises:
        QueueFull: the share would have more than MAX_JOBS_OF_SHARE jobs, and none can be dropped.
    """
    count = shares.count_jobs(session, share_id, MAX_JOBS_OF_SHARE)
    over = max(count + number - MAX_JOBS_OF_SHARE, 0)
    if all(shares.drop_unfetched_job(session, share_id) for _ in range(over)):
        return
    free_at = shares.first_job_goes_at(session, share_id, GUEST_JOBS_KEPT_FOR) or now
    left = max(free_at - now, timedelta(minutes=1))
    raise QueueFull(
        "This share has reached its limit of guest downloads. "
        f"Try again after {free_at:%d %B, %H:%M} UTC.",
        retry_after_seconds=math.ceil(left.total_seconds()),
    )

"""Shares: their limits, and what guests may still do with one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from .errors import InvalidFormat, InvalidRequest, LinkExpired, LinkInvalid, ShareUsedUp
from .formats import Format, parse_format

DEFAULT_LIFE_SECONDS = 7 * 86400
LIFE_SECONDS = (60, 365 * 86400)
MAX_DOWNLOADS = 1_000_000
GUEST_JOBS_KEPT_FOR = timedelta(days=7)


class ShareStatus(StrEnum):
    OPEN = "open"
    EXPIRED = "expired"
    USED_UP = "used_up"  # downloaded as often as it may be


def share_status(
    expires_at: datetime, max_downloads: int | None, downloads_done: int, now: datetime
) -> ShareStatus:
    """What a share that was not revoked is now."""
    if expires_at <= now:
        return ShareStatus.EXPIRED
    return (
        ShareStatus.USED_UP
        if downloads_left(max_downloads, downloads_done) == 0
        else ShareStatus.OPEN
    )


def downloads_left(max_downloads: int | None, downloads_done: int) -> int | None:
    """How many files guests may still fetch; None for any number. Guests who began together may end up beyond it."""
    return None if max_downloads is None else max(max_downloads - downloads_done, 0)


def ensure_open(revoked_at: datetime | None, expires_at: datetime, now: datetime) -> None:
    """Raises LinkInvalid for a share that was revoked, LinkExpired for one whose time is over."""
    if revoked_at is not None:
        raise LinkInvalid(
            "This link is not valid any more: whoever shared the comics has taken it back."
        )
    if expires_at <= now:
        raise share_expired_error()


def share_expired_error() -> LinkExpired:
    """The error for a share whose time is over."""
    return LinkExpired("This link has expired. Ask whoever sent it to you for a new one.")


def ensure_downloads_left(max_downloads: int | None, downloads_done: int) -> None:
    """Raises ShareUsedUp when no download is left."""
    if downloads_left(max_downloads, downloads_done) == 0:
        raise share_used_up_error()


def share_used_up_error() -> ShareUsedUp:
    """The error for a share that has no download left."""
    return ShareUsedUp(
        "These comics have been downloaded as often as this link allows. Ask whoever sent it to you for a new one."
    )


def checked_life(seconds: int) -> int:
    """How long a share lives. Raises InvalidRequest beyond the limits."""
    shortest, longest = LIFE_SECONDS
    if not shortest <= seconds <= longest:
        raise InvalidRequest(f"expires_in_seconds must be from {shortest} to {longest}.")
    return seconds


def checked_max_downloads(number: int | None) -> int | None:
    """How many files guests may fetch, None for any number. Raises InvalidRequest beyond the limits."""
    if number is not None and not 1 <= number <= MAX_DOWNLOADS:
        raise InvalidRequest(
            f"max_downloads must be from 1 to {MAX_DOWNLOADS}, or null for any number."
        )
    return number


def checked_formats(names: Iterable[str] | None) -> list[str]:
    """The formats guests may choose from, each once, in our order; None means all. Raises InvalidFormat."""
    wanted = set(Format) if names is None else {parse_format(name) for name in names}
    if not wanted:
        raise InvalidFormat(f"Offer one format at least: {', '.join(Format)}.")
    return [str(one) for one in Format if one in wanted]

"""The rules of shares: their limits, and what guests may still do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from .errors import InvalidFormat, InvalidRequest, LinkExpired, LinkInvalid, ShareUsedUp
from .formats import Format, parse_format

DEFAULT_LIFE_SECONDS = 7 * 86400
LIFE_SECONDS = (60, 365 * 86400)
MAX_DOWNLOADS = 1_000_000
MAX_TITLE_LENGTH = 200
GUEST_JOBS_KEPT_FOR = timedelta(days=7)


class ShareStatus(StrEnum):
    """What guests can do with a share that was not revoked."""

    OPEN = "open"
    EXPIRED = "expired"
    # The download limit is reached.
    USED_UP = "used_up"


def share_status(
    expires_at: datetime, max_downloads: int | None, downloads_done: int, now: datetime
) -> ShareStatus:
    """Return the status of a share that was not revoked."""
    if expires_at <= now:
        return ShareStatus.EXPIRED
    return (
        ShareStatus.USED_UP
        if downloads_left(max_downloads, downloads_done) == 0
        else ShareStatus.OPEN
    )


def downloads_left(max_downloads: int | None, downloads_done: int) -> int | None:
    """Return how many files guests may still download; None means any number.

    ``downloads_done`` may exceed the limit, if several guests started their downloads at the same
    time.
    """
    return None if max_downloads is None else max(max_downloads - downloads_done, 0)


def ensure_open(revoked_at: datetime | None, expires_at: datetime, now: datetime) -> None:
    """Raise an error unless guests may use the share.

    Raises:
        LinkInvalid: The share was revoked.
        LinkExpired: The share has expired.
    """
    if revoked_at is not None:
        raise LinkInvalid(
            "This link is not valid any more: the person who shared the comics has taken it back."
        )
    if expires_at <= now:
        raise share_expired_error()


def share_expired_error() -> LinkExpired:
    """Return the error for a share that has expired."""
    return LinkExpired("This link has expired. Ask the person who sent it to you for a new one.")


def ensure_downloads_left(max_downloads: int | None, downloads_done: int) -> None:
    """Raise an error unless guests may download another file.

    Raises:
        ShareUsedUp: The download limit is reached.
    """
    if downloads_left(max_downloads, downloads_done) == 0:
        raise share_used_up_error()


def share_used_up_error() -> ShareUsedUp:
    """Return the error for a share whose download limit is reached."""
    return ShareUsedUp(
        "These comics have been downloaded as often as this link allows. "
        "Ask the person who sent it to you for a new one."
    )


def checked_life(seconds: int) -> int:
    """Return how many seconds the share lives, if that is within the limits.

    Raises:
        InvalidRequest: It is too short or too long.
    """
    shortest, longest = LIFE_SECONDS
    if not shortest <= seconds <= longest:
        raise InvalidRequest(f"expires_in_seconds must be from {shortest} to {longest}.")
    return seconds


def checked_max_downloads(number: int | None) -> int | None:
    """Return the download limit if it is allowed; None means any number of downloads.

    Raises:
        InvalidRequest: It is too low or too high.
    """
    if number is not None and not 1 <= number <= MAX_DOWNLOADS:
        raise InvalidRequest(
            f"max_downloads must be from 1 to {MAX_DOWNLOADS}, or null for any number."
        )
    return number


def checked_title(title: str) -> str:
    """Return the title without space around it and with single spaces inside.

    Raises:
        InvalidRequest: It is empty or too long, or has characters that cannot be printed.
    """
    checked = " ".join(title.split())
    if not 1 <= len(checked) <= MAX_TITLE_LENGTH or not checked.isprintable():
        raise InvalidRequest(f"title must have 1 to {MAX_TITLE_LENGTH} printable characters.")
    return checked


def checked_formats(names: Iterable[str] | None) -> list[str]:
    """Return the formats that guests may choose from, each once and in the order of ``Format``.

    None stands for all formats.

    Raises:
        InvalidFormat: There is no such format, or none was named.
    """
    wanted = set(Format) if names is None else {parse_format(name) for name in names}
    if not wanted:
        raise InvalidFormat(f"Offer at least one format: {', '.join(Format)}.")
    return [str(one) for one in Format if one in wanted]

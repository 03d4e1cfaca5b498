"""Links that work once: an invitation to become a member, and a way back to an account."""

from __future__ import annotations

from enum import StrEnum

from .errors import InvalidRequest

_HOUR = 3600
LIFE_SECONDS = (_HOUR, 30 * 24 * _HOUR)


class LinkKind(StrEnum):
    """What a link does: it creates a member, or sets a new password of one account."""

    INVITE = "invite"
    RESET = "reset"


# How long a link works unless somebody chooses otherwise. A new password is urgent, and its link is
# worth as much as the account.
DEFAULT_LIFE_SECONDS = {LinkKind.INVITE: 7 * 24 * _HOUR, LinkKind.RESET: 24 * _HOUR}


def checked_life(kind: LinkKind, seconds: int | None) -> int:
    """Return how long the link works; None stands for the default.

    Raises:
        InvalidRequest: It is too short or too long.
    """
    shortest, longest = LIFE_SECONDS
    life = DEFAULT_LIFE_SECONDS[kind] if seconds is None else seconds
    if not shortest <= life <= longest:
        raise InvalidRequest(
            f"The link can work for {shortest:,} to {longest:,} seconds "
            "(an hour to 30 days). Choose a time in between."
        )
    return life

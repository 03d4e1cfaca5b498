"""Limit how often passwords can be guessed: after a few failures, every attempt must wait longer.

Failures are counted in three ways. The strict limit is per account and network, so that a stranger
who keeps failing locks out only their own network, not the account's owner. Two looser limits stop
attempts on many accounts from one network, and on one account from many networks. The attempts of
a browser that has signed in to the account before are counted by themselves, so that guesses of
strangers do not lock it out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from ...db import accounts
from ...db.session import Session
from ...domain.account import network_of, username_key
from ...domain.errors import RateLimited

WINDOW_SECONDS = 15 * 60
FREE_FAILURES = 5
FREE_FAILURES_OF_NETWORK = 20  # Several people may share an address.
FREE_FAILURES_OF_ACCOUNT = 50
FIRST_WAIT_SECONDS = 5  # Doubles with every further failure, up to WINDOW_SECONDS.
_MAX_NAME_LENGTH = 80  # Longer names are cut, because a request may send any length.


@dataclass(frozen=True)
class Attempt:
    """One sign-in attempt, recorded as a failure until it succeeds."""

    subject: str
    failure_ids: tuple[int, ...]

    def succeeded(self, session: Session) -> None:
        """Delete this failure and the earlier ones under the strictest limit."""
        accounts.forget_failures(session, self.subject)
        for failure_id in self.failure_ids:
            accounts.forget_failure(session, failure_id)


def begin_attempt(
    session: Session, now: datetime, name: str, network: str, device: str = ""
) -> Attempt:
    """Record the attempt before the password is checked, so that parallel attempts count as well.

    Args:
        session: The open transaction.
        now: The current time.
        name: A username, or another subject that contains a space, which no username does.
        network: The client's IP address.
        device: The id of the browser if it has signed in to this account before.

    Raises:
        RateLimited: too many attempts failed; it carries the seconds to wait.
    """
    limits = {f"device {device}": FREE_FAILURES} if device else _limits(name, network)
    for subject, free_failures in limits.items():
        _refuse_if_throttled(session, now, subject, free_failures)
    return Attempt(
        next(iter(limits)), tuple(accounts.add_failure(session, subject, now) for subject in limits)
    )


def _limits(name: str, network: str) -> dict[str, int]:
    """Return the subjects under which a stranger's attempt counts, the strictest first."""
    name, network = username_key(name)[:_MAX_NAME_LENGTH], network_of(network)
    return {
        f"{network} {name}": FREE_FAILURES,
        f"network {network}": FREE_FAILURES_OF_NETWORK,
        f"account {name}": FREE_FAILURES_OF_ACCOUNT,
    }


def _refuse_if_throttled(session: Session, now: datetime, subject: str, free_failures: int) -> None:
    failures, last_at = accounts.failures_since(
        session, subject, now - timedelta(seconds=WINDOW_SECONDS)
    )
    if failures < free_failures or last_at is None:
        return
    wait_seconds = min(FIRST_WAIT_SECONDS * 2 ** min(failures - free_failures, 20), WINDOW_SECONDS)
    left_seconds = math.ceil((last_at + timedelta(seconds=wait_seconds) - now).total_seconds())
    if left_seconds > 0:
        raise RateLimited(
            f"Too many attempts failed. Try again in {_spoken(left_seconds)}.",
            retry_after_seconds=left_seconds,
        )


def _spoken(seconds: int) -> str:
    if seconds < 60:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    minutes = math.ceil(seconds / 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"

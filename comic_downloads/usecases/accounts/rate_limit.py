"""How often a password may be guessed: after a few failures each further try has to wait longer.

Three counts run side by side. The tight one is of one account from one network, so that a stranger who fails again and
again locks out himself and not the account's owner; the loose ones catch many names from one network, and one name from
many networks.
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
FREE_FAILURES_OF_NETWORK = 20  # several people may share an address
FREE_FAILURES_OF_ACCOUNT = 50
FIRST_WAIT_SECONDS = 5  # doubled by every further failure, up to the window
_MAX_NAME_LENGTH = 80  # what is sent as a name may be of any length


@dataclass(frozen=True)
class Attempt:
    """One try, noted as failed until it has succeeded."""

    subject: str
    failure_ids: tuple[int, ...]

    def succeeded(self, session: Session) -> None:
        """Forgets this attempt, and the failures of the same account from the same network before it."""
        accounts.forget_failures(session, self.subject)
        for failure_id in self.failure_ids:
            accounts.forget_failure(session, failure_id)


def begin_attempt(session: Session, now: datetime, name: str, network: str) -> Attempt:
    """Notes the attempt before the password is looked at, so that a hundred at once cannot slip past the limit.

    ``name`` is a username, or what no username can be, with a blank in it. Raises RateLimited with the seconds to wait.
    """
    name, network = username_key(name)[:_MAX_NAME_LENGTH], network_of(network)
    limits = {
        f"{network} {name}": FREE_FAILURES,
        f"network {network}": FREE_FAILURES_OF_NETWORK,
        f"account {name}": FREE_FAILURES_OF_ACCOUNT,
    }
    for subject, free_failures in limits.items():
        _refuse_if_throttled(session, now, subject, free_failures)
    return Attempt(
        next(iter(limits)), tuple(accounts.add_failure(session, subject, now) for subject in limits)
    )


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
            f"Too many tries failed. Try again in {_spoken(left_seconds)}.",
            retry_after_seconds=left_seconds,
        )


def _spoken(seconds: int) -> str:
    if seconds < 60:
        return "1 second" if seconds == 1 else f"{seconds} seconds"
    minutes = math.ceil(seconds / 60)
    return "1 minute" if minutes == 1 else f"{minutes} minutes"

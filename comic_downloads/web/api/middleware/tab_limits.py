"""Count the tabs that are open, and decide whether one more may open.

The server keeps the states of each tab, and a websocket takes a quarter of a megabyte. A person has
no hundred tabs, so tabs are counted by account. Strangers and guests have no account and are
counted by network: many people may share one, behind a router or a proxy that is not declared.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ....domain.account import network_of

MAX_OF_ACCOUNT = 64
# Of those who are not signed in.
MAX_OF_NETWORK = 128
BURST = 64
TABS_PER_SECOND = 1.0
# A tab that comes back within this time is not a new one.
KNOWN_SECONDS = 300.0
_MAX_HOLDERS = 10_000
_LOG_SECONDS = 60.0


@dataclass(frozen=True)
class Holder:
    """Those whose tabs are counted together. ``kind`` is ``account`` or ``network``."""

    kind: str
    name: str
    max_open: int


def holder_of_account(account_id: str) -> Holder:
    """Return the holder of the tabs on which the account is signed in, wherever they are."""
    return Holder("account", account_id, MAX_OF_ACCOUNT)


def holder_of_address(address: str) -> Holder:
    """Return the holder of the tabs of strangers and guests on the network of an IP address."""
    return Holder("network", network_of(address), MAX_OF_NETWORK)


@dataclass
class _Counts:
    allowance: float
    refilled_at: float
    open_count: int = 0
    logged_at: float | None = None


class TabLimits:
    """Counts the tabs of each holder; use it only in the event loop's thread.

    After ``BURST`` new tabs, a holder may open one a second, and never have more than its
    ``max_open`` open at a time.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._holders: dict[Holder, _Counts] = {}
        self._open: dict[str, int] = {}
        self._closed_at: dict[str, float] = {}

    def open(self, holder: Holder, token: str) -> bool:
        """Count a tab that opens; return False if there are too many."""
        known = self._known(holder)
        is_new = token in self._open or token not in self._closed_at
        if known.open_count >= holder.max_open or (is_new and known.allowance < 1):
            return False
        known.open_count += 1
        known.allowance -= is_new
        self._open[token] = self._open.get(token, 0) + 1
        return True

    def close(self, holder: Holder, token: str) -> None:
        """Count a tab that has closed."""
        self._known(holder).open_count -= 1
        self._open[token] -= 1
        if not self._open[token]:
            del self._open[token]
            # The oldest come first.
            self._closed_at.pop(token, None)
            self._closed_at[token] = self._monotonic()

    def should_log(self, holder: Holder) -> bool:
        """Return True at the first refusal of a holder, and once a minute from then on."""
        known, now = self._known(holder), self._monotonic()
        if known.logged_at is not None and now - known.logged_at < _LOG_SECONDS:
            return False
        known.logged_at = now
        return True

    def _known(self, holder: Holder) -> _Counts:
        now = self._monotonic()
        self._forget(now)
        known = self._holders.setdefault(holder, _Counts(BURST, now))
        refill = (now - known.refilled_at) * TABS_PER_SECOND
        known.allowance, known.refilled_at = min(known.allowance + refill, BURST), now
        return known

    def _forget(self, now: float) -> None:
        while self._closed_at:
            token, closed_at = next(iter(self._closed_at.items()))
            if now - closed_at < KNOWN_SECONDS:
                break
            del self._closed_at[token]
        if len(self._holders) > _MAX_HOLDERS:
            self._holders = {
                holder: known for holder, known in self._holders.items() if known.open_count
            }

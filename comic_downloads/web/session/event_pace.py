"""Limit how many events one websocket may send, so that one tab cannot occupy the server."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

# A page sends a handful of events at once when it loads, and fewer than 30 a second while a key is
# held down.
BURST = 250
EVENTS_PER_SECOND = 50


@dataclass
class _Socket:
    allowance: float
    refilled_at: float  # Monotonic seconds.


class EventPace:
    """Counts the events of each websocket; use it only in the event loop's thread."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._sockets: dict[str, _Socket] = {}

    def admits(self, sid: str) -> bool:
        """Count an event of the socket; return False if it is one too many."""
        now = self._monotonic()
        socket = self._sockets.setdefault(sid, _Socket(BURST, now))
        refill = (now - socket.refilled_at) * EVENTS_PER_SECOND
        socket.allowance, socket.refilled_at = min(socket.allowance + refill, BURST), now
        if socket.allowance < 1:
            return False
        socket.allowance -= 1
        return True

    def forget(self, sid: str) -> None:
        """Forget a socket that has closed."""
        self._sockets.pop(sid, None)

"""Count what is open at a time, by whom it belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from ...domain.errors import TooManyConnections

RETRY_AFTER_SECONDS = 10


class OpenCounts:
    """The open streams of each account, or the unfinished requests of each network.

    Use it only in the event loop's thread.
    """

    def __init__(self, most: int, refusal: str) -> None:
        """Let each holder have ``most`` open; ``refusal`` explains why there is not one more."""
        self._most = most
        self._refusal = refusal
        self._counts: Counter[str] = Counter()

    def enter(self, holder: str) -> Callable[[], None]:
        """Count one more, and return what counts it out; it may be called more than once.

        Raises TooManyConnections.
        """
        if self._counts[holder] >= self._most:
            raise TooManyConnections(self._refusal, retry_after_seconds=RETRY_AFTER_SECONDS)
        self._counts[holder] += 1
        is_open = True

        def leave() -> None:
            nonlocal is_open
            if is_open:
                is_open = False
                self._counts[holder] -= 1
                if not self._counts[holder]:
                    del self._counts[holder]

        return leave

"""Leave the disk to people while the pages of the library are read in the background."""

from __future__ import annotations

import time
from collections.abc import Callable

from ...db import reading
from ..context import Context

# How often it is asked whether files are prepared or fetched.
LOOK_SECONDS = 1.0
# While they are, reading takes one part of the time and rests for so many.
RESTS = 3.0
_STEP_SECONDS = 0.1


class ReadingPace:
    """Lets a reader rest between pages.

    Args:
        context: The services of this process.
        sleep: Wait for so many seconds.
    """

    def __init__(self, context: Context, sleep: Callable[[float], None] = time.sleep) -> None:
        self._context = context
        self._sleep = sleep
        self._is_busy = False
        self._looked_at = float("-inf")
        self._worked_since = context.monotonic()

    def rest(self, check: Callable[[], None]) -> None:
        """Rest for as long as the time since the last rest demands; ``check`` may raise to stop."""
        now = self._context.monotonic()
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            with self._context.db.read() as session:
                self._is_busy = reading.disk_is_wanted(session, self._context.clock())
        if self._is_busy:
            end = now + RESTS * (now - self._worked_since)
            while self._context.monotonic() < end:
                check()
                self._sleep(_STEP_SECONDS)
        self._worked_since = self._context.monotonic()

"""Log what fails again and again, such as a loop while the database is away, only now and then."""

from __future__ import annotations

import logging
from collections.abc import Callable

from .records import last_place

REMIND_AFTER_SECONDS = 60.0


class RepeatedFailure:
    """Logs the failures of something that is tried again and again.

    The first failure of each kind is logged with its trace. While the failures continue, their
    number is logged once a minute; when they end, once more.

    Args:
        log: The logger of the caller.
        what: The subject of the messages, such as ``The watch``.
        monotonic: The clock that measures the minute.
        extra: Further fields of the records.
    """

    def __init__(
        self,
        log: logging.Logger,
        what: str,
        monotonic: Callable[[], float],
        extra: dict[str, object] | None = None,
    ) -> None:
        self._log = log
        self._what = what
        self._monotonic = monotonic
        self._extra = extra
        self._number = 0
        self._kinds: set[tuple[str, str]] = set()
        self._logged_at = 0.0

    def note(self, error: Exception) -> None:
        """Count a failure, and log it if it is of a new kind or the last record is a minute old."""
        self._number += 1
        kind, now = (type(error).__name__, last_place(error)), self._monotonic()
        if kind not in self._kinds:
            self._kinds.add(kind)
            self._logged_at = now
            message = "%s failed and is tried again"
            self._log.error(message, self._what, exc_info=error, extra=self._extra)
        elif now - self._logged_at >= REMIND_AFTER_SECONDS:
            self._logged_at = now
            message = "%s still fails: %d times so far, now with %s at %s"
            self._log.error(message, self._what, self._number, *kind, extra=self._extra)

    def end(self) -> None:
        """Note that it did not fail, and log how often it had failed before."""
        if not self._number:
            return
        message = "%s works again after %d failures"
        self._log.warning(message, self._what, self._number, extra=self._extra)
        self._number = 0
        self._kinds.clear()

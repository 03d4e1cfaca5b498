"""Limit how many records of one kind are written in a minute, and say how many were left out."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from dataclasses import dataclass

from .records import last_place

WINDOW_SECONDS = 60.0
# The most records of one kind in a window.
MOST_INFO = 6000
MOST_WARNINGS = 60
MOST_TRACES = 10

# A kind of record: its logger, the place that logs it, and the place of the error if there is one.
Kind = tuple[str, str, int, str]


@dataclass
class _Window:
    """A kind's records since ``began_at``, in seconds as records have them."""

    began_at: float
    number: int = 0
    left_out: int = 0


class RateLimit:
    """Counts records by their kind. All records of a place in the source are of one kind.

    The time is that of the records.
    """

    def __init__(self) -> None:
        self._windows: dict[Kind, _Window] = {}

    def admits(self, record: logging.LogRecord) -> bool:
        """Count the record, and return False if it is one too many."""
        window = self._windows.setdefault(_kind(record), _Window(record.created))
        window.number += 1
        if window.number <= _limit(record):
            return True
        window.left_out += 1
        return False

    def summaries(self, now: float = math.inf) -> Iterator[logging.LogRecord]:
        """Forget the windows that are over, and yield a record for each that left something out.

        By default all windows are over. A clock that was set back ends them too.
        """
        for kind, window in list(self._windows.items()):
            if abs(now - window.began_at) >= WINDOW_SECONDS:
                del self._windows[kind]
                if window.left_out:
                    yield _summary(kind, window.left_out)


def _kind(record: logging.LogRecord) -> Kind:
    error = record.exc_info[1] if record.exc_info else None
    return (record.name, record.pathname, record.lineno, last_place(error) if error else "")


def _limit(record: logging.LogRecord) -> int:
    if record.levelno < logging.WARNING:
        return MOST_INFO
    return MOST_TRACES if record.exc_info else MOST_WARNINGS


def _summary(kind: Kind, left_out: int) -> logging.LogRecord:
    name, path, line, _ = kind
    place = f"{path.rpartition('/')[2]}:{line}"
    record = logging.LogRecord(
        name,
        logging.WARNING,
        path,
        line,
        "%d more records from %s were left out",
        (left_out, place),
        None,
    )
    record.__dict__.update({"action": "left_out", "left_out": left_out})
    return record

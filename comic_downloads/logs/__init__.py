"""Log as readable text or as one JSON object per line, without secrets.

What can reach a log comes from strangers too. So every record is one event whose control characters
are escaped, and both its size and the number of its kind in a minute are limited.
"""

from __future__ import annotations

import logging
import sys
import threading
from types import TracebackType
from typing import TextIO

from .rate_limit import RateLimit
from .records import OWN_LOGGERS, JsonFormatter, RedactedRecord, TextFormatter
from .secrets import redacted as redacted

log = logging.getLogger(__name__)


def configure_logging(log_format: str, log_level: str, stream: TextIO | None = None) -> None:
    """Send the log of this process to the stream; calling it again replaces the earlier call.

    Args:
        log_format: ``text`` or ``json``.
        log_level: The lowest level of this product's records.
        stream: Standard error by default.
    """
    logging.setLogRecordFactory(RedactedRecord)
    handler = _LimitedHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    for old in [old for old in root.handlers if isinstance(old, _LimitedHandler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    logging.getLogger(OWN_LOGGERS).setLevel(log_level.upper())


def log_everything_here() -> None:
    """Send to this process's log what libraries and Python itself would print by themselves.

    Those are records of libraries that have handlers of their own, warnings, and errors that end
    the process or a thread.
    """
    for logger in list(logging.root.manager.loggerDict.values()):
        if isinstance(logger, logging.Logger) and logger.handlers:
            logger.handlers.clear()
            logger.propagate = True
    logging.captureWarnings(True)
    sys.excepthook = _log_end
    threading.excepthook = _log_end_of_thread


class _LimitedHandler(logging.StreamHandler[TextIO]):
    """Writes records to a stream as far as the limit admits them."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._limit = RateLimit()

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record, after what was left out before it."""
        for summary in self._limit.summaries(record.created):
            super().emit(summary)
        if self._limit.admits(record):
            super().emit(record)

    def close(self) -> None:
        """Write what was left out, and stop."""
        for summary in self._limit.summaries():
            super().emit(summary)
        super().close()

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802
        """Drop a record that the stream does not take: a trace of that would not reach it."""


def _log_end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return sys.__excepthook__(kind, error, trace)
    log.critical("The process ended with an unexpected error", exc_info=(kind, error, trace))


def _log_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is not None and not isinstance(ended.exc_value, SystemExit):
        name = ended.thread.name if ended.thread else "unknown"
        log.error("Thread %s ended with an unexpected error", name, exc_info=ended.exc_value)

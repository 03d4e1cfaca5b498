"""Log as readable text or as one JSON object per line, without secrets."""

from __future__ import annotations

import json
import logging
import re
import sys
from datetime import UTC, datetime
from typing import TextIO

_OWN_TO_LOGGING = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}

# Signed links, shares and sign-in tickets: anybody who reads the address in a log could use it.
_SECRET_PATHS = re.compile(
    r"(/d/|/s/|/auth/ticket/|/api/v1/shares/(?=[^/?\s\"']+/|v1\.))[^/?\s\"']+"
)
_SECRET_VALUES = re.compile(
    r"(?i)(\bbearer\s+|\bbasic\s+|\bsession=|\bshare_\w+=|\bdevice_\w+=|\bcdl_(?=\w))[^\s;,\"']+"
)


def redacted(text: str) -> str:
    """Return the text with tokens in paths, headers and cookies replaced by ``***``."""
    return _SECRET_VALUES.sub(r"\1***", _SECRET_PATHS.sub(r"\1***", text))


class RedactedRecord(logging.LogRecord):
    """A record whose message has no secrets, also in handlers that other libraries add."""

    def getMessage(self) -> str:  # noqa: N802
        """Return the message with its secrets replaced."""
        return redacted(super().getMessage())


class TextFormatter(logging.Formatter):
    """``2026-11-20T23:11:00Z INFO comic_downloads.web.api Job finished job=01JD… attempt=1``."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, followed by the trace of an exception."""
        fields = "".join(f" {name}={value}" for name, value in _fields(record).items())
        line = f"{_time(record)} {record.levelname} {record.name} {record.getMessage()}{fields}"
        return redacted(line + _trace(self, record, "\n"))


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, logger, message, fields, trace of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        entry = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(record.getMessage()),
            **{
                name: redacted(value) if isinstance(value, str) else value
                for name, value in _fields(record).items()
            },
        }
        if trace := _trace(self, record, ""):
            entry["exception"] = redacted(trace)
        return json.dumps(entry, ensure_ascii=False, default=str)


def configure_logging(log_format: str, log_level: str, stream: TextIO | None = None) -> None:
    """Send the log of this process to the stream; calling it again replaces the earlier call.

    What Reflex logs itself stays where Reflex sends it.

    Args:
        log_format: ``text`` or ``json``.
        log_level: The lowest level of this product's records.
        stream: Standard error by default.
    """
    logging.setLogRecordFactory(RedactedRecord)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root = logging.getLogger()
    for old in [
        handler for handler in root.handlers if getattr(handler, "of_comic_downloads", False)
    ]:
        root.removeHandler(old)
    handler.of_comic_downloads = True  # pyright: ignore[reportAttributeAccessIssue]
    root.addHandler(handler)
    logging.getLogger("comic_downloads").setLevel(log_level.upper())


def _time(record: logging.LogRecord) -> str:
    return (
        datetime.fromtimestamp(record.created, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """Return what the log call added by ``extra={…}``: job, attempt, action and so on."""
    return {
        name: value
        for name, value in vars(record).items()
        if name not in _OWN_TO_LOGGING and value is not None
    }


def _trace(formatter: logging.Formatter, record: logging.LogRecord, before: str) -> str:
    return (
        before + formatter.formatException(record.exc_info)
        if record.exc_info and record.exc_info[0]
        else ""
    )

"""Write each record of the log as one event: bounded, escaped and without secrets."""

from __future__ import annotations

import json
import logging
import re
import traceback
from datetime import UTC, datetime
from pathlib import PurePath

from .secrets import redacted

# The most characters of each part of a record. What is longer is cut, and says so.
MESSAGE_LIMIT = 2000
FOREIGN_MESSAGE_LIMIT = 500  # Libraries put whole messages of strangers into theirs.
FIELD_LIMIT = 500
TRACE_LIMIT = 8000
SOCKET_LIMIT = 200  # Of a record about one message to the pages' websocket.
# A trace is of use at its end, where the error is, and at its beginning.
_TRACE_BEGINNING = 1000
_TRACE_HEAD = "Traceback (most recent call last):"
# Nothing looks through more than this, so that a huge text costs no time.
_READ_LIMIT = 100_000

OWN_LOGGERS = "comic_downloads"
_SERVER_LOGGERS = "_granian"
_OWN_TO_LOGGING = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}
# Control characters, marks of direction, separators of lines, and halves of pairs.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_NAMED_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_NEEDS_QUOTES = re.compile(r'[\s"=]')
# What handles the messages of the pages' websocket, which anyone can send.
_SOCKET_LIBRARIES = {"engineio", "socketio"}
_EVENT_QUEUE = "event_processor.py"


class RedactedRecord(logging.LogRecord):
    """A record whose message has no secrets, also in handlers that other libraries add."""

    def getMessage(self) -> str:  # noqa: N802
        """Return the message with its secrets replaced."""
        try:
            message = super().getMessage()
        except (TypeError, ValueError, KeyError):
            message = f"{self.msg} (the arguments do not fit: {self.args!r})"
        return redacted(message[:_READ_LIMIT])


class TextFormatter(logging.Formatter):
    """``2026-11-20T23:11:00Z INFO comic_downloads.web.api Job finished job=01JD… attempt=1``.

    A trace follows in lines that begin with ``|``, so that nothing in it looks like a record.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, followed by the trace of an exception."""
        fields = "".join(f" {name}={_as_text(value)}" for name, value in _fields(record).items())
        message, trace = _parts_of_text(record)
        start = f"{_time(record)} {record.levelname} {escaped(record.name)}"
        lines = [f"  | {escaped(line)}" for line in trace.splitlines()]
        return "\n".join([f"{start} {escaped(message)}{fields}", *lines])


class JsonFormatter(logging.Formatter):
    """One JSON object per line: time, level, logger, message, fields, trace of an exception."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        message, trace = _parts_of_text(record)
        always = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": message,
        } | ({"exception": trace} if trace else {})
        entry = always | _fields(record) | always
        # All unsafe characters that are left now stand within strings of JSON.
        return _UNSAFE.sub(_code_point, json.dumps(entry, ensure_ascii=False))


def escaped(text: str) -> str:
    r"""Return the text on one line, with ``\n`` or ``\x1b`` for what could forge or hide text."""
    return _UNSAFE.sub(
        lambda found: _NAMED_ESCAPES.get(found[0]) or _code_point(found).replace("\\u00", "\\x"),
        text,
    )


def cut(text: str, limit: int) -> str:
    """Return the first characters, and say so if there were more."""
    return text if len(text) <= limit else f"{text[:limit]}… (cut)"


def comes_from_socket(error: BaseException) -> bool:
    """Return True if the error is that of a message to the pages' websocket."""
    paths = [
        PurePath(frame.f_code.co_filename) for frame, _ in traceback.walk_tb(error.__traceback__)
    ]
    return any(_SOCKET_LIBRARIES.intersection(path.parts) for path in paths) or (
        bool(paths) and paths[-1].name == _EVENT_QUEUE
    )


def last_place(error: BaseException) -> str:
    """Return where the error was raised, such as ``packet.py:73``; empty if unknown."""
    frames = list(traceback.walk_tb(error.__traceback__))
    return f"{PurePath(frames[-1][0].f_code.co_filename).name}:{frames[-1][1]}" if frames else ""


def _code_point(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"


def _parts_of_text(record: logging.LogRecord) -> tuple[str, str]:
    """Return both parts of the text; the trace is empty if there is none.

    Of a message to the websocket, the trace is only the kind of error and its place, because
    anyone can send as many as they like.
    """
    message = record.getMessage()
    error = record.exc_info[1] if record.exc_info else None
    if error is not None and comes_from_socket(error):
        return cut(message, SOCKET_LIMIT), f"{type(error).__name__} at {last_place(error)}"
    origin, trace = record.name.partition(".")[0], ""
    if origin == _SERVER_LOGGERS:
        message, trace = _without_trace(message)
    message = cut(message, MESSAGE_LIMIT if origin == OWN_LOGGERS else FOREIGN_MESSAGE_LIMIT)
    if error is not None:
        trace = redacted("".join(traceback.format_exception(error)).rstrip("\n"))
    return message, _without_middle(trace)


def _without_trace(message: str) -> tuple[str, str]:
    """Return the message of the web server without the trace that it contains, and the trace."""
    message, head, trace = message.partition(_TRACE_HEAD)
    if any(f"/{library}/" in trace for library in _SOCKET_LIBRARIES):
        return message.strip(), cut(trace.strip().rpartition("\n")[2], SOCKET_LIMIT)
    return message.strip(), (head + trace).strip()


def _time(record: logging.LogRecord) -> str:
    return (
        datetime.fromtimestamp(record.created, UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z")
    )


def _fields(record: logging.LogRecord) -> dict[str, object]:
    """Return what the log call added by ``extra={…}``: job, attempt, action and so on."""
    return {
        name: value if isinstance(value, bool | int | float) else _field(value)
        for name, value in vars(record).items()
        if name not in _OWN_TO_LOGGING and value is not None
    }


def _field(value: object) -> str:
    return cut(redacted(str(value)[: 2 * FIELD_LIMIT]), FIELD_LIMIT)


def _as_text(value: object) -> str:
    """Return a field's value, in quotes where a blank or a sign would end it."""
    text = escaped(str(value))
    return json.dumps(text, ensure_ascii=False) if _NEEDS_QUOTES.search(text) else text


def _without_middle(trace: str) -> str:
    """Return the beginning and the end of a trace that is too long."""
    if len(trace) <= TRACE_LIMIT:
        return trace
    end = trace[_TRACE_BEGINNING - TRACE_LIMIT :]
    return f"{trace[:_TRACE_BEGINNING]}\n… (cut)\n{end}"

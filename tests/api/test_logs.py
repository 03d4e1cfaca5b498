"""The form of log lines, and what never gets into them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from comic_downloads.logs import configure_logging, redacted
from comic_downloads.logs.rate_limit import (
    MOST_INFO,
    MOST_TRACES,
    MOST_WARNINGS,
    WINDOW_SECONDS,
)
from comic_downloads.logs.records import (
    FIELD_LIMIT,
    FOREIGN_MESSAGE_LIMIT,
    MESSAGE_LIMIT,
    TRACE_LIMIT,
)

LOGGER = logging.getLogger("comic_downloads.test")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root, ours = logging.getLogger(), logging.getLogger("comic_downloads")
    handlers, level, record_factory = list(root.handlers), ours.level, logging.getLogRecordFactory()
    yield io.StringIO()
    logging.setLogRecordFactory(record_factory)
    root.handlers[:] = handlers
    ours.setLevel(level)


def test_json_lines_carry_job_attempt_and_action(stream: io.StringIO):
    configure_logging("json", "info", stream)
    LOGGER.info("put back", extra={"job": "01JD", "attempt": 2, "action": "release"})
    entry = json.loads(stream.getvalue())
    assert (entry["message"], entry["job"], entry["attempt"], entry["action"]) == (
        "put back",
        "01JD",
        2,
        "release",
    )
    assert (entry["level"], entry["logger"]) == ("info", "comic_downloads.test")
    assert entry["time"].endswith("Z")


def test_text_lines_carry_the_same(stream: io.StringIO):
    configure_logging("text", "info", stream)
    LOGGER.info("put back", extra={"job": "01JD", "attempt": 2})
    assert (
        stream.getvalue().rstrip().endswith("INFO comic_downloads.test put back job=01JD attempt=2")
    )


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_trace_of_an_error_is_logged(stream: io.StringIO, log_format: str):
    configure_logging(log_format, "info", stream)
    try:
        raise ValueError("at /d/secret-token/file.cbz")
    except ValueError:
        LOGGER.exception("failed")
    text = stream.getvalue()
    assert "Traceback" in text and "ValueError" in text
    assert "secret-token" not in text


def test_level_is_kept(stream: io.StringIO):
    configure_logging("text", "warning", stream)
    LOGGER.info("not this")
    LOGGER.warning("but this")
    assert "not this" not in stream.getvalue() and "but this" in stream.getvalue()


def test_configuring_again_does_not_double_the_lines(stream: io.StringIO):
    configure_logging("text", "info", stream)
    configure_logging("json", "info", stream)
    LOGGER.info("once")
    assert stream.getvalue().count("once") == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /d/v1.abc.def/Comic 1.cbz 200", "GET /d/***/Comic 1.cbz 200"),
        ("GET /s/abcDEF123?x=1", "GET /s/***?x=1"),
        ("/auth/ticket/abc?next=/", "/auth/ticket/***?next=/"),
        ("/api/v1/shares/abc/unlock", "/api/v1/shares/***/unlock"),
        ("/api/v1/shares/01JD", "/api/v1/shares/01JD"),
        ("/api/v1/shares/v1.abc.def.ghi", "/api/v1/shares/***"),
        ("Authorization: Bearer cdl_abc", "Authorization: Bearer ***"),
        ("authorization: basic b2xnYTp4", "authorization: basic ***"),
        ("Cookie: a=b; session=secret; c=d", "Cookie: a=b; session=***; c=d"),
        ("Cookie: share_01JD=v1.secret; c=d", "Cookie: share_01JD=***; c=d"),
        ("token cdl_Abc-123 was used", "token cdl_*** was used"),
        ("GET /d//v1.abc.def/Comic 1.cbz 200", "GET /d//***/Comic 1.cbz 200"),
        ("GET //s///abcDEF123?x=1", "GET //s///***?x=1"),
        ("/auth//ticket//abc?next=/", "/auth//ticket//***?next=/"),
        ("//api//v1//shares//abc/unlock", "//api//v1//shares//***/unlock"),
        ("next=%2Fd%2Fv1.0123abcd.01JD.s-i_g", "next=%2Fd%2F***"),
        ("Cookie: device_01JD=abc.def; c=d", "Cookie: device_01JD=***; c=d"),
        ("{'session': 'secret', 'a': 'b'}", "{'session': '***', 'a': 'b'}"),
        ('{"password": "it\'s me", "a": 1}', '{"password": "***", "a": 1}'),
        ("{'cookie': 'a=b; c=d', 'host': 'x'}", "{'cookie': '***', 'host': 'x'}"),
        ("a session was opened in /downloads/d/", "a session was opened in /downloads/d/"),
    ],
)
def test_secrets_are_blacked_out(text: str, shown: str):
    assert redacted(text) == shown


# Would look like a record of its own, colour a terminal, or show text in another order.
FORGERY = "x\n2026-11-30T00:00:00.000Z ERROR forged\r\x1b[31m\x9b\u2028\u202etxt\x00"
ESCAPED = r"x\n2026-11-30T00:00:00.000Z ERROR forged\r\x1b[31m\x9b\u2028\u202etxt\x00"


def test_control_characters_are_escaped_in_text(stream: io.StringIO):
    configure_logging("text", "info", stream)
    LOGGER.info("a %s b", FORGERY, extra={"title": FORGERY})
    [line] = stream.getvalue().split("\n")[:-1]
    assert f" a {ESCAPED} b title=" in line
    assert line.isprintable()


def test_control_characters_are_escaped_in_json(stream: io.StringIO):
    configure_logging("json", "info", stream)
    LOGGER.info("%s", FORGERY, extra={"title": FORGERY})
    [line] = stream.getvalue().split("\n")[:-1]
    assert line.isprintable()
    entry = json.loads(line)
    assert entry["message"] == entry["title"] == FORGERY


def test_text_in_other_scripts_stays_readable(stream: io.StringIO):
    configure_logging("json", "info", stream)
    LOGGER.info("Café №5 漫画")
    assert "Café №5 漫画" in stream.getvalue()


def test_lines_of_a_trace_cannot_be_taken_for_records(stream: io.StringIO):
    configure_logging("text", "info", stream)
    log_error(ValueError(FORGERY))
    first, *trace = stream.getvalue().split("\n")[:-1]
    assert " ERROR comic_downloads.test failed" in first
    assert len(trace) > 3
    assert all(line.startswith("  | ") and line.isprintable() for line in trace)


def test_field_cannot_be_taken_for_another(stream: io.StringIO):
    configure_logging("text", "info", stream)
    LOGGER.info("done", extra={"path": "/a action=finish", "job": "01JD"})
    assert 'path="/a action=finish" job=01JD' in stream.getvalue()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_record_is_bounded(stream: io.StringIO, log_format: str):
    configure_logging(log_format, "info", stream)
    try:
        raise ValueError("e" * 1_000_000)
    except ValueError:
        LOGGER.exception("m" * 1_000_000, extra={"title": "t" * 1_000_000, "also": ["u"] * 10_000})
    text = stream.getvalue()
    assert text.count("… (cut)") == 4
    assert len(text) < MESSAGE_LIMIT + 2 * FIELD_LIMIT + TRACE_LIMIT + 1000
    assert "Traceback" in text


def test_records_of_libraries_are_shorter(stream: io.StringIO):
    configure_logging("json", "info", stream)
    logging.getLogger("reflex.app").error("Event data: " + "m" * 1_000_000)
    assert len(json.loads(stream.getvalue())["message"]) < FOREIGN_MESSAGE_LIMIT + 50


def test_trace_within_a_message_of_the_web_server_is_kept_as_a_trace(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    # Another test may have started a web server, which silences these records in its process.
    monkeypatch.setattr(logging.getLogger("_granian"), "propagate", True)
    caplog.set_level(logging.INFO, "_granian.utils")
    configure_logging("json", "info", stream)
    trace = "Traceback (most recent call last):\n" + "  File x\n" * 200 + "ValueError: why"
    logging.getLogger("_granian.utils").error("Application failed\n" + trace)
    entry = json.loads(stream.getvalue())
    assert (entry["message"], entry["exception"]) == ("Application failed", trace)


def test_secrets_in_fields_that_are_no_text_are_blacked_out(stream: io.StringIO):
    configure_logging("json", "info", stream)
    LOGGER.info("asked", extra={"cookies": {"session": "secret"}, "path": Path("/d/secret/x")})
    assert "secret" not in stream.getvalue()


def test_record_whose_arguments_do_not_fit_is_written_all_the_same(stream: io.StringIO):
    configure_logging("json", "info", stream)
    LOGGER.info("%d of %d", 1)
    assert "do not fit" in json.loads(stream.getvalue())["message"]


@pytest.mark.parametrize(
    ("level", "most"), [(logging.INFO, MOST_INFO), (logging.WARNING, MOST_WARNINGS)]
)
def test_records_of_a_kind_are_limited_a_minute(stream: io.StringIO, level: int, most: int):
    configure_logging("json", "info", stream)
    for number in range(most + 7):
        LOGGER.log(level, "number %d", number)
    LOGGER.info("of another kind")
    later = LOGGER.makeRecord(LOGGER.name, logging.INFO, __file__, 1, "a minute later", (), None)
    later.created += WINDOW_SECONDS
    LOGGER.handle(later)
    *written, other, summary, last = map(json.loads, stream.getvalue().splitlines())
    assert len(written) == most
    assert other["message"] == "of another kind"
    assert (summary["left_out"], summary["action"], summary["level"]) == (7, "left_out", "warning")
    assert last["message"] == "a minute later"


def test_traces_of_the_same_place_are_limited_more(stream: io.StringIO):
    configure_logging("json", "info", stream)
    for number in range(MOST_TRACES + 5):
        log_error(ValueError(f"number {number}"))
    assert stream.getvalue().count("Traceback") == MOST_TRACES


def log_error(error: Exception) -> None:
    try:
        raise error
    except type(error):
        LOGGER.exception("failed")

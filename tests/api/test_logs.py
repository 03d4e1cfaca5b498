"""The form of log lines, and what never gets into them."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from comic_downloads.logs import configure_logging, redacted

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
        ("a session was opened in /downloads/d/", "a session was opened in /downloads/d/"),
    ],
)
def test_secrets_are_blacked_out(text: str, shown: str):
    assert redacted(text) == shown

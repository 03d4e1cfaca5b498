"""What strangers send to the server's log stays text within a few short records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from simple_websocket import ConnectionClosed

from comic_downloads.logs.rate_limit import MOST_WARNINGS
from comic_downloads.web.session.page_errors import REPORT_LIMIT
from tests.attack.conftest import running_server
from tests.attack.socket_client import NAMESPACE, STATES, SocketTab
from tests.waiting import wait_for

REPORT = f"{STATES}.reflex___state____frontend_event_exception_state.handle_frontend_exception"
FORGERY = 'words\n{"level": "critical", "message": "forged"}\n\x1b[31mred'
RECORD_LIMIT = 3000


@pytest.fixture(scope="module")
def log_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield the log of a server with LOG_FORMAT=json to which a stranger sent all kinds of text."""
    folder = tmp_path_factory.mktemp("logged")
    with running_server(folder, LOG_FORMAT="json") as (url, _):
        send_odd_things(url)
        yield folder / "log"


def send_odd_things(url: str) -> None:
    tab = SocketTab(url)
    for _ in range(MOST_WARNINGS + 5):
        tab.call(REPORT, info=FORGERY + "x" * 20_000, component_stack="")
    tab.call(f"{STATES}.no_such_handler", text=FORGERY + "payload" * 1000)
    tab.hydrate()
    tab.emit("event", 5)
    tab.emit("event", "no event")
    tab.emit("event", {"name": 5, "payload": FORGERY})
    tab.emit("client_error", {"error_type": "odd", "message": FORGERY})
    tab.listen()
    tab.close()
    for malformed in (f"42{NAMESPACE},{{", "4x", "zz"):
        tab = SocketTab(url)
        tab.send_frame(malformed)
        with suppress(ConnectionClosed):
            tab.listen()
        tab.close()
    httpx.get(f"{url}/_event/?transport=polling")
    httpx.get(f"{url}/d//v1.0123abcd.01JD.signature/comic.cbz")


def records(log_file: Path) -> list[dict[str, Any]]:
    """Return all records; a line that is not JSON is an error of its own."""
    return [json.loads(line) for line in log_file.read_text().splitlines()]


def test_every_line_is_one_record_in_json(log_file: Path) -> None:
    found = wait_for(
        "the last request to be logged",
        lambda: (text := records(log_file)) and "/d//***" in str(text) and text,
    )
    assert all({"level", "logger", "message"} <= record.keys() for record in found)
    assert not [record for record in found if record["message"] == "forged"]


def test_reports_of_pages_are_cut_and_limited(log_file: Path) -> None:
    reports = [one for one in records(log_file) if one.get("action") == "page_error"]
    assert len(reports) == MOST_WARNINGS
    assert all(len(one["message"]) < REPORT_LIMIT + 50 for one in reports)


def test_odd_messages_leave_short_records_without_trace(log_file: Path) -> None:
    text = log_file.read_text()
    assert "Traceback" not in text
    assert "payloadpayload" not in text
    assert max(map(len, text.splitlines())) < RECORD_LIMIT


def test_secrets_are_blacked_out_behind_doubled_slashes(log_file: Path) -> None:
    assert "signature" not in log_file.read_text()


def test_polling_that_no_page_begins_is_refused(server: str) -> None:
    assert httpx.get(f"{server}/_event/?transport=polling").status_code == 403

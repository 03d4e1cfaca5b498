"""Secrets stay hidden from other users of the machine and from readers of its logs."""

from __future__ import annotations

import stat
from pathlib import Path

import httpx

from tests.attack.conftest import OWNER, OpenTab
from tests.attack.socket_client import handler
from tests.waiting import wait_for


def test_log_has_no_cookie_when_a_page_calls_what_is_not_there(
    owner: str, open_tab: OpenTab, folder: Path
) -> None:
    open_tab(owner).call(handler("tray", "tray_state", "no_such_handler"))

    def logged() -> str | None:
        log = (folder / "log").read_text()
        return log if "no_such_handler" in log else None

    log = wait_for("the name in the log", logged)
    assert owner.removeprefix("session=") not in log.replace("\n", "")


def test_web_process_logs_requests_in_the_form_that_was_asked_for(
    server: str, folder: Path
) -> None:
    httpx.get(f"{server}/d/v1.secret/Alone.cbz")

    line = (
        "INFO comic_downloads.access Request answered method=GET path=/d/***/Alone.cbz status=404"
    )
    # The line is written after the answer was sent.
    assert wait_for("the request in the log", lambda: line in (folder / "log").read_text())


def test_states_of_tabs_are_never_written_to_disk(
    owner: str, open_tab: OpenTab, folder: Path
) -> None:
    tab = open_tab(owner)
    tab.call(handler("tray", "tray_state", "enter"))
    tab.listen_for(OWNER["username"])

    assert list((folder / "data" / "states").iterdir()) == []


def test_database_and_queue_are_readable_by_this_user_only(server: str, folder: Path) -> None:
    files = [path for path in (folder / "data").iterdir() if ".db" in path.name]
    assert {"comic_downloads.db", "queue.db"} <= {path.name for path in files}
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}

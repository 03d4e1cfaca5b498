"""A tab whose session has ended gets nothing more and is sent to the sign-in page."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.attack.conftest import MEMBER, OpenTab, cookie_of
from tests.attack.socket_client import handler
from tests.waiting import wait_for

ENTER = handler("tray", "tray_state", "enter")


@pytest.fixture
def comic_id(server: str, owner: str) -> str:
    """Return the id of a demo comic."""
    comics = wait_for(
        "the demo comics to be read",
        lambda: httpx.get(f"{server}/api/v1/comics", headers={"Cookie": owner}).json()["items"],
    )
    return comics[0]["id"]


def sign_out(server: str, cookie: str) -> None:
    httpx.delete(f"{server}/api/v1/session", headers={"Cookie": cookie}).raise_for_status()


def change_password_elsewhere(server: str, cookie: str) -> None:
    """Set the same password again, in another session, which ends all others."""
    password = MEMBER["password"]
    httpx.put(
        f"{server}/api/v1/me/password",
        json={"current_password": password, "new_password": password},
        headers={"Cookie": cookie_of(server, MEMBER)},
    ).raise_for_status()


@pytest.mark.parametrize(
    ("end", "file_format"), [(sign_out, "pdf"), (change_password_elsewhere, "epub")]
)
def test_tab_gets_nothing_after_its_session_has_ended(
    server: str,
    member: str,
    comic_id: str,
    open_tab: OpenTab,
    end: Callable[[str, str], None],
    file_format: str,
) -> None:
    tab = open_tab(member, path="/downloads")
    tab.call(ENTER)
    tab.listen_for(MEMBER["username"])
    end(server, member)
    other = open_tab(cookie_of(server, MEMBER))
    other.call(ENTER)
    other.listen_for(MEMBER["username"])
    job_id = request_download(server, cookie_of(server, MEMBER), comic_id, file_format)

    heard = tab.listen_for("_redirect")

    assert "/sign-in?next=/downloads" in heard
    assert job_id not in heard
    assert job_id in other.listen_for(job_id)


def request_download(server: str, cookie: str, comic_id: str, file_format: str) -> str:
    """Request a download and return its id."""
    answer = httpx.post(
        f"{server}/api/v1/downloads",
        json={"comic_ids": [comic_id], "format": file_format},
        headers={"Cookie": cookie},
    )
    return answer.raise_for_status().json()["id"]

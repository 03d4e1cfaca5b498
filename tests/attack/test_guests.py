"""The pages' websocket shows a share only to those who have its cookie or own it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.attack.conftest import OpenTab, ReopenTab
from tests.attack.socket_client import HYDRATE, handler

LOAD = handler("guests", "guest_state", "load")
REFRESH = handler("guests", "guest_state", "refresh")
PREPARE = handler("guest_choice", "guest_choice_state", "prepare")
LOAD_SHARES = handler("shares", "shares_state", "load")
COPY_LINK = handler("shares", "shares_state", "copy_link")
STOP = handler("shares", "shares_state", "stop_sharing")
ASK_TO_STOP = handler("shares", "shares_state", "ask_to_stop")


def test_share_is_shown_with_its_cookie_only(
    share: dict[str, Any], guest: str, open_tab: OpenTab
) -> None:
    path = urlsplit(share["url"]).path
    assert share["title"] in open_tab(guest, path=path).send(LOAD)

    stranger = open_tab(path=path)
    for name in (LOAD, REFRESH, PREPARE, HYDRATE):
        stranger.send(name)

    assert '"locked"' in stranger.text
    assert share["title"] not in stranger.text


@pytest.mark.parametrize("on_its_page", [True, False])
def test_share_is_forgotten_when_a_stranger_names_the_token_of_a_closed_tab(
    share: dict[str, Any], guest: str, open_tab: OpenTab, reopen_tab: ReopenTab, on_its_page: bool
) -> None:
    path = urlsplit(share["url"]).path
    tab = open_tab(guest, path=path)
    assert share["title"] in tab.send(LOAD)

    answer = reopen_tab(tab, path=path if on_its_page else "/").send(HYDRATE)

    assert "guest_state" in answer
    assert share["title"] not in answer


def test_share_of_another_account_is_neither_listed_nor_copied_nor_stopped(
    share: dict[str, Any], server: str, owner: str, member: str, open_tab: OpenTab
) -> None:
    tab = open_tab(member, path="/shared")
    tab.send(LOAD_SHARES)
    tab.send(COPY_LINK, share_id=share["id"])
    tab.send(ASK_TO_STOP, share_id=share["id"], title="", is_open=True)
    tab.send(STOP)

    assert "You have no such share." in tab.text
    assert share["title"] not in tab.text
    assert "/s/v1" not in tab.text
    assert (
        httpx.get(f"{server}/api/v1/shares/{share['id']}", headers={"Cookie": owner}).status_code
        == 200
    )

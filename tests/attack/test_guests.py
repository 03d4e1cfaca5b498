"""The pages' websocket shows a share only to those who have its cookie or own it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from tests.attack.conftest import OpenTab, ReopenTab
from tests.attack.socket_client import handler

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
    guests = open_tab(guest, path=path)
    guests.call(LOAD)
    guests.listen_for(share["title"])

    stranger = open_tab(path=path)
    stranger.call(LOAD)
    stranger.listen_for('"locked"')
    for name in (REFRESH, PREPARE):
        stranger.send(name)
    stranger.hydrate()

    assert share["title"] not in stranger.text


@pytest.mark.parametrize("on_its_page", [True, False])
def test_share_is_forgotten_when_a_stranger_names_the_token_of_a_closed_tab(
    share: dict[str, Any], guest: str, open_tab: OpenTab, reopen_tab: ReopenTab, on_its_page: bool
) -> None:
    path = urlsplit(share["url"]).path
    tab = open_tab(guest, path=path)
    tab.call(LOAD)
    tab.listen_for(share["title"])

    answer = reopen_tab(tab, path=path if on_its_page else "/").hydrate()

    assert "guest_state" in answer
    assert share["title"] not in answer


def test_share_of_another_account_is_neither_listed_nor_copied_nor_stopped(
    share: dict[str, Any], server: str, owner: str, member: str, open_tab: OpenTab
) -> None:
    tab = open_tab(member, path="/shared")
    tab.send(LOAD_SHARES)
    tab.send(COPY_LINK, share_id=share["id"])
    tab.send(ASK_TO_STOP, share_id=share["id"], title="", is_open=True)
    tab.call(STOP)
    tab.hydrate()

    assert "You have no such share." in tab.text
    assert share["title"] not in tab.text
    assert "/s/v1" not in tab.text
    assert (
        httpx.get(f"{server}/api/v1/shares/{share['id']}", headers={"Cookie": owner}).status_code
        == 200
    )

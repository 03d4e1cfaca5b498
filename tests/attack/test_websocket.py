"""The pages' websocket shows nothing to strangers, other accounts and other sites."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from simple_websocket import ConnectionError as Refused

from comic_downloads.usecases.accounts.rate_limit import FREE_FAILURES_OF_NETWORK
from comic_downloads.web.api.middleware.tab_limits import BURST, MAX_OF_ACCOUNT, MAX_OF_NETWORK
from tests.attack.conftest import MEMBER, OWNER, OpenTab, ReopenTab, cookie_of
from tests.attack.socket_client import handler
from tests.waiting import wait_for

ENTER = handler("tray", "tray_state", "enter")
SIGN_IN = handler("sign_in", "sign_in_state", "sign_in")
LOAD_ACCOUNTS = handler("accounts", "accounts_state", "load")
SOME_REFUSALS = 3
EMPTY_QUEUE = {"figures": [], "workers": [], "bars": [], "last_hour": ""}


def test_state_is_forgotten_when_a_stranger_names_the_token_of_a_closed_tab(
    owner: str, open_tab: OpenTab, reopen_tab: ReopenTab
) -> None:
    tab = open_tab(owner, path="/people")
    tab.send(ENTER)
    tab.call(LOAD_ACCOUNTS)
    tab.listen_for(MEMBER["username"])

    stranger = reopen_tab(tab)

    answer = stranger.hydrate()
    assert "tray_state" in answer
    assert OWNER["username"] not in answer
    assert MEMBER["username"] not in answer


def test_state_is_forgotten_when_another_account_takes_over_the_tab(
    owner: str, member: str, open_tab: OpenTab, reopen_tab: ReopenTab
) -> None:
    tab = open_tab(owner, path="/people")
    tab.send(ENTER)
    tab.call(LOAD_ACCOUNTS)
    tab.listen_for(MEMBER["username"])

    other = reopen_tab(tab, member)
    other.call(ENTER)
    other.listen_for(MEMBER["username"])
    other.hydrate()

    assert OWNER["username"] not in other.text


def test_state_is_kept_when_the_same_session_comes_back(
    owner: str, open_tab: OpenTab, reopen_tab: ReopenTab
) -> None:
    tab = open_tab(owner)
    tab.call(ENTER)
    tab.listen_for(OWNER["username"])

    assert OWNER["username"] in reopen_tab(tab, owner).hydrate()


def test_state_is_forgotten_at_signing_out(member: str, open_tab: OpenTab) -> None:
    tab = open_tab(member)
    tab.call(ENTER)
    tab.listen_for(MEMBER["username"])
    tab.call(handler("sign_in", "sign_in_state", "sign_out"))
    tab.listen_for("/sign-in")

    assert MEMBER["username"] not in tab.hydrate()


def test_queue_page_is_not_pushed_to_a_member_who_calls_its_methods(
    owner: str, member: str, open_tab: OpenTab
) -> None:
    owners, members = open_tab(owner, path="/queue"), open_tab(member, path="/queue")
    for tab, account in ((owners, OWNER), (members, MEMBER)):
        tab.call(ENTER)
        tab.listen_for(account["username"])
    owners.call(handler("queue", "queue_state", "load"))
    members.call(handler("queue", "queue_state", "show"), view=EMPTY_QUEUE)
    owners.listen_for("finished_height")
    members.listen(2.5)

    assert "finished_height" not in members.text


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://localhost.evil.example", "http://localhost:x"]
)
def test_socket_is_refused_to_a_page_of_another_site(
    origin: str, owner: str, open_tab: OpenTab
) -> None:
    with pytest.raises(Refused):
        open_tab(owner, origin=origin)


def test_signing_in_goes_on_for_others_behind_the_proxy_when_one_of_them_guesses(
    open_tab: OpenTab,
) -> None:
    guesser, other = open_tab(forwarded_for="192.0.2.1"), open_tab(forwarded_for="192.0.2.2")
    for number in range(FREE_FAILURES_OF_NETWORK + 1):
        guesser.call(SIGN_IN, form={"username": f"nobody{number}", "password": "guessed password"})

    # A busy machine takes its time to check so many passwords.
    wait_for("the refusal", lambda: "Too many attempts failed" in guesser.listen())
    other.call(SIGN_IN, form=MEMBER)
    assert other.listen_for("/auth/ticket/")


def test_tab_is_signed_in_beside_a_cookie_of_another_program(owner: str, open_tab: OpenTab) -> None:
    tab = open_tab(f"theme[dark]=1; {owner}")
    tab.call(ENTER)

    assert tab.listen_for(OWNER["username"])


def test_network_that_opens_too_many_tabs_is_refused_more_and_the_log_says_so_once(
    open_tab: OpenTab, folder: Path
) -> None:
    for _ in range(BURST):
        open_tab(forwarded_for="192.0.2.60")
    refused = 0
    # However slow they come, there are more than the network may have open. A few are enough, so
    # that no minute passes between the first and the last.
    for _ in range(MAX_OF_NETWORK):
        try:
            open_tab(forwarded_for="192.0.2.60")
        except Refused:
            refused += 1
        if refused == SOME_REFUSALS:
            break

    assert refused == SOME_REFUSALS
    assert "tray_state" in open_tab(forwarded_for="192.0.2.61").hydrate()
    assert (folder / "log").read_text().count("action=refuse_tab network=192.0.2.60") == 1


def test_account_with_too_many_open_tabs_is_refused_more_until_one_closes(
    server: str, owner: str, member: str, open_tab: OpenTab
) -> None:
    account = {"username": "tabea", "password": "a password of her own"}
    httpx.post(f"{server}/api/v1/users", json=account, headers={"Cookie": owner}).raise_for_status()
    cookie = cookie_of(server, account)
    tabs = [open_tab(cookie, forwarded_for=f"192.0.2.{n}") for n in range(MAX_OF_ACCOUNT)]

    with pytest.raises(Refused) as refused:
        open_tab(cookie, forwarded_for="192.0.2.200")
    assert refused.value.status_code == 429
    # Neither others on these networks nor strangers are held up.
    assert "tray_state" in open_tab(member, forwarded_for="192.0.2.1").hydrate()
    assert "tray_state" in open_tab(forwarded_for="192.0.2.1").hydrate()

    tabs[0].close()

    def reopened() -> bool:
        try:
            open_tab(cookie, token=tabs[0].token)
        except Refused:
            return False
        return True

    wait_for("the place of the closed tab", reopened)


@pytest.mark.parametrize("token", ["x" * 65, "a/b", "a.b"])
def test_tab_with_a_name_that_no_page_chooses_is_refused(token: str, open_tab: OpenTab) -> None:
    with pytest.raises(Refused):
        open_tab(token=token)

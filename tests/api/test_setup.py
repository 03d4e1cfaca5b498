"""Creating the owner: freely on this machine, and with the set-up code from anywhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient

from comic_downloads.domain.errors import OwnerExists
from comic_downloads.logs import configure_logging
from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner, list_users
from comic_downloads.usecases.accounts.rate_limit import FREE_FAILURES
from comic_downloads.usecases.accounts.setup import setup_code
from comic_downloads.usecases.context import Context
from comic_downloads.web.api.app import create_api
from comic_downloads.web.setup_notice import announce_setup_code

from .conftest import PASSWORD, Clock

OLGA = {"username": "olga", "password": PASSWORD}
LOCAL = "http://localhost:3000"
ELSEWHERE = "203.0.113.7"
WRONG = "0000-0000-0000-0000"

NewClient = Callable[..., TestClient]


@pytest.fixture
def overrides() -> dict[str, object]:
    return {"base_url": LOCAL}


@pytest.fixture
def client_from(context: Context) -> NewClient:
    """Return a function that opens a client at an address; ``url`` is what it asks for."""

    def new(peer: str, url: str = LOCAL) -> TestClient:
        return TestClient(create_api(context), base_url=url, client=(peer, 50000))

    return new


@pytest.fixture
def here(client_from: NewClient) -> TestClient:
    """Return a client on the server's own machine."""
    return client_from("127.0.0.1")


def set_up(client: TestClient, code: str = "", forwarded_for: str = "") -> tuple[int, str]:
    """Return the status of the answer, and its code if it is a problem."""
    headers = {"X-Forwarded-For": forwarded_for} if forwarded_for else {}
    body = {**OLGA, "setup_code": code} if code else OLGA
    answer = client.post("/api/v1/setup", json=body, headers=headers)
    return answer.status_code, answer.json().get("code", "")


def test_setup_creates_the_owner_and_signs_in(here: TestClient):
    answer = here.post("/api/v1/setup", json=OLGA)
    assert answer.status_code == 201
    assert answer.json()["role"] == "owner"
    assert here.get("/api/v1/me").json()["username"] == "olga"


def test_setup_is_refused_once_an_owner_exists(here: TestClient):
    here.post("/api/v1/setup", json=OLGA)
    answer = here.post("/api/v1/setup", json={"username": "eve", "password": PASSWORD})
    assert (answer.status_code, answer.json()["code"]) == (409, "owner_exists")


def test_setup_makes_one_owner_when_many_ask_at_once(context: Context):
    def set_up(number: int) -> str:
        try:
            return create_owner(context, f"owner{number}", PASSWORD).username
        except OwnerExists:
            return ""

    with ThreadPoolExecutor(8) as threads:
        made = [name for name in threads.map(set_up, range(8)) if name]
    assert len(made) == 1
    assert [user.username for user in list_users(context)] == made


@pytest.mark.parametrize(
    ("credentials", "word"),
    [
        ({**OLGA, "username": "o"}, "2 to 40"),
        ({**OLGA, "username": "o" * 41}, "2 to 40"),
        ({**OLGA, "username": "ol:ga"}, "“:”"),
        ({**OLGA, "username": "ol ga"}, "blank"),
        ({**OLGA, "password": "short"}, "at least 8"),
        ({**OLGA, "password": "x" * 1025}, "at most 1024"),
    ],
)
def test_setup_says_what_is_wrong_with_a_name_or_password(
    here: TestClient, credentials: dict, word: str
):
    answer = here.post("/api/v1/setup", json=credentials)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert word in answer.json()["detail"]


@pytest.mark.parametrize("url", [LOCAL, "http://127.0.0.1:3000", "http://[::1]:3000"])
def test_this_machine_needs_no_code_at_any_of_its_addresses(client_from: NewClient, url: str):
    assert set_up(client_from("127.0.0.1", url)) == (201, "")


@pytest.mark.parametrize(
    ("peer", "url", "forwarded_for"),
    [
        (ELSEWHERE, LOCAL, ""),
        ("172.18.0.1", LOCAL, ""),  # A container's gateway.
        ("127.0.0.1", LOCAL, ELSEWHERE),
        ("127.0.0.1", LOCAL, f"127.0.0.1, {ELSEWHERE}"),
        (ELSEWHERE, LOCAL, "127.0.0.1"),
        # A proxy on this machine that passes the host but no address, or a name that leads here.
        ("127.0.0.1", "http://comics.example", ""),
        ("", LOCAL, ""),  # A Unix socket.
    ],
)
def test_other_machines_need_the_code(
    client_from: NewClient, context: Context, peer: str, url: str, forwarded_for: str
):
    client = client_from(peer, url)
    assert set_up(client, "", forwarded_for) == (403, "setup_code_required")
    assert set_up(client, WRONG, forwarded_for) == (403, "setup_code_required")
    assert list_users(context) == []
    assert set_up(client, setup_code(context), forwarded_for) == (201, "")


@pytest.mark.parametrize("overrides", [{"base_url": "https://comics.example"}])
def test_this_machine_needs_no_code_when_the_server_is_meant_for_others(here: TestClient):
    assert set_up(here) == (201, "")


def test_refusal_says_where_the_code_is(client_from: NewClient):
    for code in ("", WRONG):
        answer = client_from(ELSEWHERE).post("/api/v1/setup", json={**OLGA, "setup_code": code})
        assert "log for “Set-up code”" in answer.json()["detail"]


def test_code_may_be_typed_in_small_letters_and_without_hyphens(
    client_from: NewClient, context: Context
):
    typed = f" {setup_code(context).replace('-', ' ').lower()} "
    assert set_up(client_from(ELSEWHERE), typed) == (201, "")


def test_wrong_codes_make_their_network_wait_and_no_other(
    client_from: NewClient, context: Context, clock: Clock
):
    stranger = client_from(ELSEWHERE)
    answers = [set_up(stranger, WRONG) for _ in range(FREE_FAILURES + 1)]
    assert answers == [(403, "setup_code_required")] * FREE_FAILURES + [(429, "rate_limited")]
    assert set_up(stranger, setup_code(context)) == (429, "rate_limited")
    assert set_up(client_from("198.51.100.9"), setup_code(context)) == (201, "")


def test_guesses_from_many_networks_do_not_lock_out_the_owner(
    client_from: NewClient, context: Context
):
    for number in range(60):
        assert set_up(client_from(f"198.51.100.{number}"), WRONG)[0] == 403
    assert set_up(client_from(ELSEWHERE), setup_code(context)) == (201, "")


def codes_of(settings: Sequence[Settings], context: Context) -> set[str]:
    return {setup_code(Context(**{**vars(context), "settings": one})) for one in settings}


def test_every_machine_with_the_same_key_has_the_same_code(context: Context):
    key = "a key of sixteen or more"
    same = [Settings(data_dir=context.settings.data / name, secret_key=(key,)) for name in "ab"]
    assert len(codes_of(same, context)) == 1
    other = Settings(data_dir=context.settings.data, secret_key=("another key, long enough",))
    assert len(codes_of([*same, other], context)) == 2


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_code_is_logged_until_there_is_an_owner(
    context: Context, capsys: pytest.CaptureFixture[str], log_format: Any
):
    settings = context.settings.model_copy(update={"log_format": log_format})
    started = Context(**{**vars(context), "settings": settings})
    configure_logging(log_format, "info")
    announce_setup_code(started)
    output = capsys.readouterr()
    line = f"No owner yet. Set-up code: {setup_code(context)}"
    if log_format == "json":
        record = json.loads(output.err)
        assert record["message"].startswith(line)
        assert (record["action"], output.out) == ("setup_code", "")
    else:
        assert line in output.err
        assert setup_code(context) in output.out

    create_owner(context, "olga", PASSWORD)
    announce_setup_code(started)
    assert capsys.readouterr() == ("", "")

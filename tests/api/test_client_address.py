"""The client's address is read from X-Forwarded-For only behind trusted proxies."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.accounts.rate_limit import FREE_FAILURES_OF_NETWORK
from comic_downloads.usecases.context import Context
from comic_downloads.web.api.app import create_api

from .conftest import BASE_URL, PASSWORD

PROXY = "172.18.0.5"
VISITOR = "192.0.2.1"


def from_peer(context: Context, peer: str) -> TestClient:
    return TestClient(create_api(context), base_url=BASE_URL, client=(peer, 50000))


def passes_for_visitor(context: Context, peer: str, forwarded: Sequence[str]) -> bool:
    """Return True if the request counts as VISITOR's, who alone may read metrics.

    Each text in ``forwarded`` is one header line.
    """
    answer = from_peer(context, peer).get(
        "/metrics", headers=[("X-Forwarded-For", line) for line in forwarded]
    )
    assert answer.status_code in {200, 401}
    return answer.status_code == 200


@pytest.mark.parametrize("overrides", [{"metrics_networks": VISITOR}])
@pytest.mark.parametrize(
    ("peer", "forwarded", "is_visitor"),
    [
        (VISITOR, [], True),
        (f"::ffff:{VISITOR}", [], True),
        ("127.0.0.1", [VISITOR], True),
        ("::1", [VISITOR], True),
        ("::ffff:127.0.0.1", [VISITOR], True),
        ("127.0.0.1", [], False),
        ("127.0.0.1", ["unknown"], False),
        (PROXY, [VISITOR], False),
        ("192.0.2.66", [VISITOR], False),
    ],
)
def test_only_a_proxy_on_this_machine_is_believed_by_default(
    context: Context, peer: str, forwarded: list[str], is_visitor: bool
):
    assert passes_for_visitor(context, peer, forwarded) == is_visitor


@pytest.mark.parametrize(
    "overrides", [{"metrics_networks": VISITOR, "trusted_proxies": "172.18.0.0/16, 2001:db8::7"}]
)
@pytest.mark.parametrize(
    ("peer", "forwarded", "is_visitor"),
    [
        (PROXY, [VISITOR], True),
        ("2001:db8::7", [VISITOR], True),
        (PROXY, [f"{VISITOR}, 172.18.0.9"], True),  # through two of them
        (PROXY, [VISITOR, "172.18.0.9"], True),
        (PROXY, [f"203.0.113.9, {VISITOR}"], True),
        (
            PROXY,
            [f"{VISITOR}, 203.0.113.9"],
            False,
        ),  # the header of a visitor who would like to be another
        (PROXY, [VISITOR, "203.0.113.9"], False),  # the same before a proxy that adds a line
        (PROXY, [f"{VISITOR}, 203.0.113.9, 172.18.0.9"], False),
        (PROXY, [f"{VISITOR}, unknown"], False),
        ("127.0.0.1", [VISITOR], False),  # no longer named
    ],
)
def test_last_address_that_no_trusted_proxy_has_is_the_visitors(
    context: Context, peer: str, forwarded: list[str], is_visitor: bool
):
    assert passes_for_visitor(context, peer, forwarded) == is_visitor


@pytest.mark.parametrize("overrides", [{"trusted_proxies": PROXY}])
def test_one_who_guesses_passwords_holds_up_nobody_else_behind_the_proxy(
    context: Context, owner: TestClient
):
    proxy = from_peer(context, PROXY)

    def sign_in(address: str, username: str, password: str) -> int:
        body = {"username": username, "password": password}
        return proxy.post(
            "/api/v1/session", json=body, headers={"X-Forwarded-For": address}
        ).status_code

    guesses = {
        sign_in(VISITOR, f"nobody{number}", "guessed password")
        for number in range(FREE_FAILURES_OF_NETWORK)
    }
    assert guesses == {401}
    assert sign_in(VISITOR, "olga", PASSWORD) == 429
    assert sign_in("192.0.2.2", "olga", PASSWORD) == 204

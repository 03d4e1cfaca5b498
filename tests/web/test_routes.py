"""Where signing in leads."""

from __future__ import annotations

import pytest

from comic_downloads.web import routes


@pytest.mark.parametrize("wanted", ["/downloads", "/comics/01ABC", "/people"])
def test_page_that_was_wanted_is_kept_through_signing_in(wanted: str):
    assert routes.sign_in(wanted) == f"/sign-in?next={wanted}"
    assert routes.own_page(wanted) == wanted


@pytest.mark.parametrize("wanted", ["", "/"])
def test_library_needs_no_mention_at_signing_in(wanted: str):
    assert routes.sign_in(wanted) == "/sign-in"


@pytest.mark.parametrize(
    "address",
    ["https://evil.example", "//evil.example", "/\\evil.example", "/\t/evil.example", "evil", ""],
)
def test_nobody_is_led_elsewhere_after_signing_in(address: str):
    assert routes.own_page(address) == "/"


def test_ticket_leads_to_our_own_pages_only():
    assert "evil" not in routes.ticket("t", "//evil.example")
    assert routes.ticket("t", "/downloads").endswith("/downloads")

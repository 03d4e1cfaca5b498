"""The page of a share for browsers without scripts and cookies."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.context import Context

from .conftest import Clock
from .library import add_archive, scan
from .opds import basic

PASSWORD = "open sesame"
Share = Callable[..., str]


@pytest.fixture
def share(member: TestClient, context: Context) -> Share:
    """Return a function that shares the library, and returns the path of the share."""
    for name, pages in {"Alone & <b>bold.cbz": 3, "Other.cbz": 1}.items():
        add_archive(context, name, pages)
    comics = scan(context)

    def made(**limits: Any) -> str:
        answer = member.post("/api/v1/shares", json={"comic_ids": [*comics.values()], **limits})
        return "/s/" + answer.raise_for_status().json()["url"].rpartition("/")[2]

    return made


@pytest.fixture
def browser(new_guest: Callable[[], TestClient]) -> TestClient:
    return new_guest()


def links(text: str) -> list[str]:
    return re.findall(r'href="([^"]+)"', text)


@pytest.mark.parametrize("overrides", [{"originals": "layout"}])
def test_page_lists_the_comics_with_links_that_lead_to_files(browser: TestClient, share: Share):
    address = share(formats=["cbz", "epub"], max_downloads=5)
    page = browser.get(f"{address}/plain")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert "set-cookie" not in page.headers
    assert "<script" not in page.text
    assert "Alone &amp; &lt;b&gt;bold" in page.text
    assert "3\xa0pages" in page.text
    assert "5 downloads left" in page.text.replace("\xa0", " ")
    expected = [f"{which}.{format}" for which in ("all", "1", "2") for format in ("cbz", "epub")]
    assert links(page.text) == expected
    assert browser.get(f"{address}/{links(page.text)[0]}").status_code == 200


def test_query_leads_to_the_page(browser: TestClient, share: Share):
    address = share()
    answer = browser.get(f"{address}?plain", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (307, f"{address}/plain")
    assert browser.get(f"{address}?plain").status_code == 200
    assert browser.get(f"{address}?explained=1", follow_redirects=False).status_code == 404


def test_password_is_asked_for(browser: TestClient, share: Share):
    address = share(password=PASSWORD) + "/plain"
    asked = browser.get(address)
    assert asked.status_code == 401
    assert asked.headers["www-authenticate"].startswith("Basic realm=")
    assert "Alone" not in asked.text
    assert browser.get(address, headers=basic("", "wrong")).status_code == 401
    assert "Alone" in browser.get(address, headers=basic("", PASSWORD)).text


def test_page_says_why_a_share_is_closed(browser: TestClient, share: Share, clock: Clock):
    address = share(expires_in_seconds=3600)
    clock.advance(3601)
    answer = browser.get(f"{address}/plain")
    assert answer.status_code == 410
    assert "expired" in answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert browser.get("/s/forged/plain").status_code == 404


def test_comic_that_is_gone_has_no_links(browser: TestClient, share: Share, context: Context):
    address = share()
    (context.settings.library / "Other.cbz").unlink()
    scan(context)
    page = browser.get(f"{address}/plain").text
    assert "It can no longer be read." in page
    assert "2.cbz" not in links(page)
    assert "all.cbz" not in links(page)

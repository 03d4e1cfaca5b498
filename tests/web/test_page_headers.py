"""Where redirects between pages lead, and that odd requests are answered."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from comic_downloads.web.api.middleware.api_paths import ApiPaths
from comic_downloads.web.api.middleware.page_headers import PageHeaders


@pytest.fixture
def pages(tmp_path: Path) -> TestClient:
    (tmp_path / "downloads").mkdir()
    (tmp_path / "downloads" / "index.html").write_text("a page")
    app = Starlette()
    app.mount("/", StaticFiles(directory=tmp_path, html=True))
    pages = PageHeaders(app, ApiPaths(frozenset()))
    return TestClient(pages, base_url="http://comics.example", follow_redirects=False)


def test_a_redirect_names_neither_scheme_nor_host(pages: TestClient):
    assert pages.get("/downloads?a=b").headers["location"] == "/downloads/?a=b"


@pytest.mark.parametrize(
    "path", ["//elsewhere.example%2f..%2fdownloads", "/%2f%2felsewhere.example%2f..%2fdownloads"]
)
def test_no_redirect_leads_to_another_site(pages: TestClient, path: str):
    location = pages.get(f"http://comics.example{path}").headers["location"]
    assert location.startswith("/elsewhere.example/")


def test_a_request_that_names_no_host_is_answered(pages: TestClient):
    assert pages.get("/nothing", headers={"Host": ""}).status_code == 404
    assert pages.get("/downloads/", headers={"Host": ""}).headers["cache-control"] == "no-cache"

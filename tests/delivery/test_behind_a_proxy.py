"""A proxy in front: files of any size pass, and what it answers itself is named as its own."""

from __future__ import annotations

import os
import socket
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from comic_downloads.usecases.accounts.accounts import create_owner
from tests.waiting import wait_for

from .live_server import live_server
from .nginx import PLAIN_LOCATION, nginx_before
from .shelf import Shelf

NAME, PASSWORD = "olivia", "a long enough password"
MB = 1_000_000
pytestmark = pytest.mark.xdist_group("browser")


@dataclass
class Site:
    shelf: Shelf
    owner_id: str
    server: str
    browser: Browser
    folder: Path


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    shelf = Shelf(folder / "data")
    owner = create_owner(shelf.context, NAME, PASSWORD)
    shelf.context.settings.library.mkdir(parents=True)
    with live_server(shelf.folder, "create_page_app") as server:
        yield Site(shelf, owner.id, server, browser, folder)
    shelf.close()


def signed_in(site: Site, address: str) -> tuple[BrowserContext, Page]:
    context = site.browser.new_context()
    answer = context.request.post(
        f"{address}/api/v1/session",
        data={"username": NAME, "password": PASSWORD},
        headers={"Origin": address},
    )
    assert answer.ok, answer.text()
    page = context.new_page()
    page.goto(f"{address}/s/upload")
    return context, page


def comic_of(folder: Path, size_bytes: int) -> Path:
    path = folder / f"Comic of {size_bytes}.cbz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("1.jpg", b"\xff\xd8\xff\xe0" + os.urandom(size_bytes))
    return path


def upload(page: Page, *paths: Path) -> dict:
    page.set_input_files("#files", list(paths))
    return page.evaluate("comicDownloads.uploadComics('files', '/api/v1/comics')")


def test_uploads_of_any_size_pass_nginx_as_documented(site: Site, tmp_path: Path) -> None:
    blobs = site.shelf.context.settings.data / "blobs"
    with nginx_before(site.server, blobs, tmp_path / "nginx") as front:
        context, page = signed_in(site, front)
        small, large = comic_of(tmp_path, 5 * MB), comic_of(tmp_path, 200 * MB)
        assert upload(page, small, large) == {"added": 2, "refused": 0, "problems": []}
        nonsense = tmp_path / "Nonsense.cbz"
        nonsense.write_bytes(bytes(20 * MB))
        result = upload(page, nonsense)
        context.close()
    assert result["added"] == 0
    assert "The file is not what its name says" in result["problems"][0]
    sent = {path.name: path.stat().st_size for path in (small, large)}
    library = site.shelf.context.settings.library
    assert {path.name: path.stat().st_size for path in library.iterdir()} == sent


def test_the_limit_of_nginx_is_named(site: Site, tmp_path: Path) -> None:
    blobs = site.shelf.context.settings.data / "blobs"
    with nginx_before(site.server, blobs, tmp_path / "nginx", PLAIN_LOCATION) as front:
        context, page = signed_in(site, front)
        result = upload(page, comic_of(tmp_path, 5 * MB))
        context.close()
    assert result["added"] == 0
    assert result["problems"] == [
        f"Comic of {5 * MB}.cbz: A proxy in front of the server refuses files of this size (413). "
        "Raise its limit for uploads (nginx: client_max_body_size)."
    ]


@contextmanager
def slow_client(url: str) -> Iterator[socket.socket]:
    """Ask for the file with a small buffer, which leaves everything else on the way."""
    address = urlsplit(url)
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 128 * 1024)
        client.connect((address.hostname, address.port))
        client.sendall(f"GET {address.path} HTTP/1.1\r\nHost: {address.netloc}\r\n\r\n".encode())
        yield client


def test_what_nginx_has_taken_does_not_count_as_downloaded(site: Site, tmp_path: Path) -> None:
    size = 160 * MB
    job = site.shelf.add_ready(site.owner_id, os.urandom(size))
    blobs = site.shelf.context.settings.data / "blobs"
    with (
        nginx_before(site.server, blobs, tmp_path / "nginx", PLAIN_LOCATION) as front,
        slow_client(front + site.shelf.link(job)) as client,
    ):
        taken = sum(len(client.recv(MB)) for _ in range(100))
        counted = wait_for(
            "it to be counted",
            lambda: (n := site.shelf.job(job.id).downloaded_bytes) >= taken and n,
        )
    # What the kernel has taken for the two connections counts as well.
    assert counted < size / 2


PORTAL = "<!doctype html><title>Welcome to the hotel's network</title>Sign in"
_IN_PLACE = (
    "Another page answered in place of the server, perhaps the sign-in page of your network."
)
WORDS = {
    200: _IN_PLACE,
    403: "A proxy or firewall in front of the server refused this (403).",
    413: "A proxy in front of the server refuses files of this size (413).",
    502: "The proxy in front of the server cannot reach it (502).",
    504: "The proxy in front of the server stopped waiting for its answer",
    524: "The proxy in front of the server stopped waiting for its answer",
    599: "A proxy in front of the server answered with an error (599).",
}


def answer_with(page: Page, address: str, status: int) -> None:
    def fulfil(route: Route) -> None:
        if status == 504:  # Some proxies send nothing but the status.
            route.fulfill(status=status)
        else:
            route.fulfill(status=status, body=PORTAL, content_type="text/html; charset=utf-8")

    page.route(address, fulfil)


@pytest.mark.parametrize("status", WORDS)
def test_a_strangers_answer_to_an_upload_is_named(site: Site, tmp_path: Path, status: int) -> None:
    context, page = signed_in(site, site.server)
    answer_with(page, "**/api/v1/comics", status)
    result = upload(page, comic_of(tmp_path, 1000))
    context.close()
    assert result["added"] == 0
    assert result["problems"][0].startswith(f"Comic of 1000.cbz: {WORDS[status]}")


@pytest.mark.parametrize("status", WORDS)
def test_a_strangers_answer_to_a_password_is_named(site: Site, status: int) -> None:
    context = site.browser.new_context()
    page = context.new_page()
    page.goto(f"{site.server}/s/upload")
    answer_with(page, "**/unlock", status)
    problem = page.evaluate("comicDownloads.enterShare('/api/v1/shares', 'password')")
    context.close()
    assert problem.startswith(WORDS[status])


@pytest.mark.parametrize("path", ["**/api/v1/downloads/*/link", "**/d/**"])
@pytest.mark.parametrize("status", [200, 403, 502])
def test_a_strangers_answer_to_a_download_in_the_page_is_waited_out(
    site: Site, path: str, status: int
) -> None:
    context, page = signed_in(site, site.server)
    job = site.shelf.add_ready(site.owner_id, os.urandom(MB), filename="comic.cbz")
    page.goto(f"{site.server}/page/{job.id}")
    answer_with(page, path, status)
    page.evaluate("id => { window.comicTransfers.start(id); }", job.id)
    page.wait_for_function(
        "([id, words]) => (window.comicTransfers.get(id).reason ?? '').startsWith(words)",
        arg=[job.id, WORDS[status]],
    )
    with page.expect_download() as download:
        page.unroute(path)
    assert Path(download.value.path()).stat().st_size == MB
    context.close()

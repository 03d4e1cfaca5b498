"""The download in the page when a bucket sends the file.

The bucket has another origin, and has to allow ours.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from comic_downloads.usecases.accounts.accounts import create_owner
from tests.storage.s3_servers import moto_server, new_store

from .live_server import live_server
from .shelf import Shelf

NAME, PASSWORD = "olivia", "a long enough password"
# The page fetches this in three pieces.
SIZE = 40 * 1024 * 1024 + 7
pytestmark = pytest.mark.xdist_group("browser")


def test_the_page_fetches_from_a_bucket(tmp_path: Path, browser: Browser) -> None:
    # This server allows every origin. The documentation says to allow ours.
    with moto_server() as bucket_server:
        shelf = Shelf(tmp_path / "data", blobs=new_store(bucket_server, "comics"))
        owner = create_owner(shelf.context, NAME, PASSWORD)
        job = shelf.add_ready(owner.id, os.urandom(SIZE), filename="comic.cbz")
        with live_server(
            shelf.folder, "create_page_app", S3_ENDPOINT_URL=bucket_server, S3_BUCKET="comics"
        ) as server:
            context = browser.new_context()
            answers: Counter[tuple[str, int]] = Counter()
            context.on(
                "response",
                lambda response: answers.update([(origin(response.url), response.status)]),
            )
            sign_in = {"username": NAME, "password": PASSWORD}
            assert context.request.post(
                f"{server}/api/v1/session", data=sign_in, headers={"Origin": server}
            ).ok
            page = context.new_page()
            page.goto(f"{server}/page/{job.id}")
            with page.expect_download(timeout=60_000) as download:
                page.evaluate("id => { window.comicTransfers.start(id); }", job.id)
            assert (
                hashlib.sha256(Path(download.value.path()).read_bytes()).hexdigest() == job.sha256
            )
            context.close()
        shelf.close()
    assert (answers[origin(server), 307], answers[origin(bucket_server), 206]) == (3, 3)


def origin(address: str) -> str:
    return urlsplit(address).netloc

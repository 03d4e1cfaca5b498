"""A file that was deleted after its lifetime and prepared again.

The transfer continues, unless the comic itself has changed.
"""

from __future__ import annotations

from datetime import timedelta
from email.utils import format_datetime

import pytest
from starlette.testclient import TestClient

from comic_downloads.usecases.delivery.links import make_link
from comic_downloads.usecases.downloads.control import retry_download
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.submit import submit_download
from comic_downloads.usecases.operations.maintenance import purge
from tests.api.library import add_archive, prepare_all, scan
from tests.waiting import wait_for

from .shelf import Shelf


@pytest.fixture
def downloaded_half(shelf: Shelf) -> tuple[TestClient, str, str, bytes]:
    """Fetch the first half of a file, then let the file expire.

    Return the client, the ids of the user and the job, and the first half.
    """
    shelf.context.settings.library.mkdir(parents=True)
    add_archive(shelf.context, "comic.cbz", 5)
    user_id = shelf.add_user()
    comic_id = next(iter(scan(shelf.context).values()))
    job_id = submit_download(shelf.context, user_id, DownloadRequest(comic_ids=(comic_id,))).job.id
    prepare_all(shelf.context)
    client = TestClient(shelf.app())
    half = shelf.job(job_id).file_size_bytes or 0
    first = client.get(
        make_link(shelf.context, user_id, job_id).url, headers={"Range": f"bytes=0-{half // 2 - 1}"}
    )
    assert wait_for(
        "the bytes to be counted", lambda: shelf.job(job_id).downloaded_bytes == half // 2
    )
    shelf.clock.ahead += timedelta(days=2)
    purge(shelf.context)
    # Workers use the database's clock, which was not moved.
    shelf.clock.ahead = timedelta()
    assert shelf.job(job_id).status == "expired"
    return client, user_id, job_id, first.content


def test_the_second_half_of_the_same_bytes_completes_it(
    shelf: Shelf, downloaded_half: tuple[TestClient, str, str, bytes]
) -> None:
    client, user_id, job_id, half = downloaded_half
    retry_download(shelf.context, user_id, job_id)
    prepare_all(shelf.context)
    url = make_link(shelf.context, user_id, job_id).url
    rest = client.get(url, headers={"Range": f"bytes={len(half)}-"})
    assert rest.status_code == 206
    assert half + rest.content == client.get(url).content
    assert wait_for(
        "the bytes to be counted",
        lambda: shelf.job(job_id).downloaded_bytes == shelf.job(job_id).file_size_bytes,
    )


def test_what_was_fetched_of_an_older_comic_counts_no_more(
    shelf: Shelf, downloaded_half: tuple[TestClient, str, str, bytes]
) -> None:
    _, user_id, job_id, _ = downloaded_half
    prepare_changed(shelf, user_id, job_id)
    assert (shelf.job(job_id).status, shelf.job(job_id).downloaded_bytes) == ("ready", 0)


def test_the_date_of_an_older_comic_matches_no_more(
    shelf: Shelf, downloaded_half: tuple[TestClient, str, str, bytes]
) -> None:
    client, user_id, job_id, half = downloaded_half
    shelf.clock.ahead += timedelta(minutes=1)
    prepare_changed(shelf, user_id, job_id)
    url, old = (
        make_link(shelf.context, user_id, job_id).url,
        format_datetime(shelf.job(job_id).created_at, usegmt=True),
    )
    assert client.get(url, headers={"If-Modified-Since": old}).status_code == 200
    assert (
        client.get(url, headers={"Range": f"bytes={len(half)}-", "If-Range": old}).status_code
        == 200
    )


def prepare_changed(shelf: Shelf, user_id: str, job_id: str) -> None:
    add_archive(shelf.context, "comic.cbz", 9)
    scan(shelf.context)
    retry_download(shelf.context, user_id, job_id)
    prepare_all(shelf.context)

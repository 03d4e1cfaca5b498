"""Files that are missing, damaged or replaced on the disk are never sent as if they were whole."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import BinaryIO

import pytest
from starlette.testclient import TestClient

from comic_downloads.domain.errors import NotReady
from comic_downloads.files.digest import sha256_of_rest
from comic_downloads.usecases.delivery.links import make_link
from comic_downloads.usecases.delivery.verified_files import VerifiedFiles

from .conftest import DATA, Served
from .shelf import Shelf


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_missing_file_is_410_and_the_download_expires(served: Served, method: str) -> None:
    served.shelf.blob_path(served.job).unlink()
    assert served.client.request(method, served.url).status_code == 410
    assert served.shelf.job(served.job.id).status == "expired"
    assert served.client.get(served.url).json()["code"] == "file_gone"


@pytest.mark.parametrize("fetched_before", [False, True])
@pytest.mark.parametrize("header", [None, "bytes=0-9", "bytes=900-"])
def test_a_flipped_bit_is_noticed_before_anything_is_sent(
    served: Served, fetched_before: bool, header: str | None
) -> None:
    if fetched_before:
        assert served.client.get(served.url).content == DATA
    served.shelf.flip_a_bit(served.job)
    response = served.client.get(served.url, headers={"Range": header} if header else {})
    assert (response.status_code, response.json()["code"]) == (410, "file_gone")
    assert response.json()["detail"].startswith("This file was damaged on the server's disk and ")
    assert "no longer stored" not in response.json()["detail"]
    assert served.shelf.job(served.job.id).status == "expired"
    with pytest.raises(NotReady, match="Prepare it again"):
        make_link(served.shelf.context, served.job.user_id, served.job.id)


def test_a_cut_file_is_noticed(served: Served) -> None:
    os.truncate(served.shelf.blob_path(served.job), 100)
    assert served.client.get(served.url).status_code == 410


def test_damage_withdraws_the_file_from_everyone_who_shares_it(served: Served) -> None:
    twin = served.shelf.add_ready(served.shelf.add_user(), DATA)
    path = served.shelf.blob_path(served.job)
    served.shelf.flip_a_bit(served.job)
    assert served.client.get(served.url).status_code == 410
    assert served.shelf.job(twin.id).status == "expired"
    assert not path.exists()


def test_a_storage_that_fails_is_503_and_withdraws_nothing(served: Served) -> None:
    path = served.shelf.blob_path(served.job)
    path.unlink()
    # Opening a link to itself fails with ELOOP.
    path.symlink_to(path.name)
    with TestClient(served.shelf.app(), raise_server_exceptions=False) as client:
        response = client.get(served.url)
    assert (response.status_code, response.json()["code"]) == (503, "storage_unavailable")
    assert "retry-after" in response.headers
    assert served.shelf.job(served.job.id).status == "ready"


def test_a_file_asked_for_by_many_at_once_is_hashed_once(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = shelf.add_ready(shelf.add_user(), DATA)
    path = shelf.blob_path(job)
    checked, answers, hashed = VerifiedFiles(time.monotonic), [], []

    def hash_and_note(file: BinaryIO) -> str:
        hashed.append(file)
        return sha256_of_rest(file)

    monkeypatch.setattr(
        "comic_downloads.usecases.delivery.verified_files.sha256_of_rest", hash_and_note
    )

    def ask() -> None:
        with path.open("rb") as file:
            answers.append(checked.matches(file, len(DATA), job.sha256))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [True] * 8
    assert len(hashed) == 1


def test_requests_that_wait_for_a_file_to_be_hashed_hold_nobody_up(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashing, go_on = threading.Event(), threading.Event()

    def slowly(file: BinaryIO) -> str:
        hashing.set()
        go_on.wait(60)
        return served.job.sha256

    monkeypatch.setattr("comic_downloads.usecases.delivery.verified_files.sha256_of_rest", slowly)
    with TestClient(served.shelf.app()) as client, ThreadPoolExecutor(60) as pool:
        # The server has 40 threads.
        waiting = [
            pool.submit(client.get, served.url, headers={"Range": "bytes=0-9"}) for _ in range(50)
        ]
        assert hashing.wait(30)
        head = pool.submit(client.head, served.url)
        assert head.result(timeout=30).status_code == 200
        assert not any(request.done() for request in waiting)
        go_on.set()
        assert {request.result().status_code for request in waiting} == {206}


def test_checking_leaves_the_position_alone(shelf: Shelf) -> None:
    job = shelf.add_ready(shelf.add_user(), DATA)
    with shelf.blob_path(job).open("rb") as file:
        file.seek(5)
        assert VerifiedFiles(time.monotonic).matches(file, len(DATA), job.sha256)
        assert file.read(3) == DATA[5:8]

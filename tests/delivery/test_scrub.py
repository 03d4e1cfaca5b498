"""Stored files are read again from time to time, so that damage is noticed before a request."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from comic_downloads.db.tables import Artifact, Job
from comic_downloads.usecases.artifacts import CHECK_AGAIN_AFTER, scrub
from tests.storage.s3_servers import new_store

from .conftest import DATA
from .shelf import Shelf


def stored(shelf: Shelf, number: int) -> Job:
    """Store a file that was not read for a long time; a lower number means longer ago."""
    shelf.clock.ahead = timedelta(seconds=number) - 2 * CHECK_AGAIN_AFTER
    job = shelf.add_ready(shelf.add_user(), DATA + bytes([number]))
    shelf.clock.ahead = timedelta()
    shelf.change(job.id, expires_at=shelf.clock() + timedelta(days=1))
    return job


def never() -> bool:
    return False


def test_a_flipped_bit_is_noticed_and_the_file_not_sent(shelf: Shelf) -> None:
    damaged, whole = stored(shelf, 1), stored(shelf, 2)
    link = shelf.link(damaged)
    path = shelf.blob_path(damaged)
    shelf.flip_a_bit(damaged)
    assert scrub(shelf.context, never) == 1
    assert (shelf.job(damaged.id).status, path.exists()) == ("expired", False)
    assert shelf.job(damaged.id).revision > damaged.revision
    with TestClient(shelf.app()) as client:
        assert client.get(link).status_code == 410
        assert client.get(shelf.link(whole)).content == DATA + bytes([2])


def test_a_file_read_lately_is_left_alone_until_its_time(shelf: Shelf) -> None:
    job = stored(shelf, 1)
    assert scrub(shelf.context, never) == 0
    shelf.flip_a_bit(job)
    assert scrub(shelf.context, never) == 0
    shelf.clock.ahead = CHECK_AGAIN_AFTER + timedelta(minutes=1)
    assert scrub(shelf.context, never) == 1


@pytest.mark.parametrize(
    ("max_bytes", "stop_after", "expected"),
    [(1, 9, 1), (2 * len(DATA) + 2, 9, 2), (10**9, 9, 4), (10**9, 3, 3)],
)
def test_one_call_reads_so_much_and_the_longest_unread_first(
    shelf: Shelf, max_bytes: int, stop_after: int, expected: int
) -> None:
    jobs = [stored(shelf, number) for number in (3, 1, 4, 2)]
    scrub(shelf.context, stopping_after(stop_after), max_bytes)
    with shelf.context.db.read() as session:
        checked = [
            session.get_one(Artifact, job.artifact_id).checked_at is not None for job in jobs
        ]
    order = [checked[index] for index in (1, 3, 0, 2)]
    assert order == [True] * expected + [False] * (4 - expected)


def stopping_after(calls: int) -> Callable[[], bool]:
    left = iter([False] * calls)
    return lambda: next(left, True)


def test_a_missing_file_expires_its_jobs(shelf: Shelf) -> None:
    job = stored(shelf, 1)
    shelf.blob_path(job).unlink()
    assert scrub(shelf.context, never) == 1
    assert shelf.job(job.id).status == "expired"


def test_of_a_file_in_a_bucket_the_size_is_compared(shelf: Shelf, moto: str) -> None:
    elsewhere = Shelf(shelf.folder, blobs=new_store(moto, f"bucket-{uuid.uuid4().hex}"))
    whole, cut = stored(elsewhere, 1), stored(elsewhere, 2)
    with elsewhere.context.db.read() as session:
        key = session.get_one(Artifact, cut.artifact_id).blob_key
    elsewhere.context.blobs.put_stream(key, iter([b"half"]), media_type="application/zip")
    assert scrub(elsewhere.context, never) == 1
    assert [elsewhere.job(job.id).status for job in (whole, cut)] == ["ready", "expired"]
    elsewhere.close()

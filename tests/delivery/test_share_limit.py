"""A share's limit counts completed transfers.

Each is counted once, however it was fetched. One that broke off is never counted.
"""

from __future__ import annotations

import os
import subprocess
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from sqlmodel import select
from starlette.testclient import TestClient

from comic_downloads.db import delivery
from comic_downloads.db.tables import Job, Share
from comic_downloads.domain.errors import DatabaseError
from comic_downloads.domain.identity import new_id
from comic_downloads.domain.ranges import ByteRange
from comic_downloads.usecases.delivery.counter import DeliveryCounter
from comic_downloads.usecases.delivery.links import link_if_ready, resolve_link
from comic_downloads.usecases.downloads.snapshots import take_snapshots
from comic_downloads.usecases.operations.maintenance import purge
from comic_downloads.usecases.sharing.shares import revoke_share
from tests.api.sharing import code
from tests.delivered import add_delivered
from tests.storage.s3_servers import new_store
from tests.waiting import wait_for

from .conftest import DATA
from .cutting_proxy import cutting_proxy
from .live_server import live_server
from .shelf import Shelf
from .test_clients import digest, need

LARGE = 12 * 1024 * 1024 + 7


@dataclass
class Stall:
    """A share on a shelf, and the ready downloads of its guests."""

    shelf: Shelf
    share_id: str
    user_id: str

    def guest(self, data: bytes = DATA) -> str:
        """Add a ready job of a new guest, and return its id."""
        job = self.shelf.add_ready(self.user_id, data)
        self.shelf.change(job.id, share_id=self.share_id, guest_id=new_id(self.shelf.clock()))
        return job.id

    def link(self, job_id: str) -> str:
        with self.shelf.context.db.read() as session:
            view = take_snapshots(self.shelf.context, session, [session.get_one(Job, job_id)])[0]
            share = session.get_one(Share, self.share_id)
        link = link_if_ready(self.shelf.context, view, share)
        assert link is not None
        return link.url

    def done(self) -> int:
        with self.shelf.context.db.read() as session:
            return session.get_one(Share, self.share_id).downloads_done

    def progress(self) -> int:
        """Return the bytes counted of the download that has the most."""
        with self.shelf.context.db.read() as session:
            return max(session.exec(select(Job.downloaded_bytes)).all())

    def counted(self, number: int) -> bool:
        return wait_for(f"{number} downloads to be counted", lambda: self.done() == number)

    def revoke(self) -> None:
        revoke_share(self.shelf.context, self.user_id, self.share_id)


def open_stall(shelf: Shelf, **limits: Any) -> Stall:
    user_id, now = shelf.add_user(), shelf.clock()
    values = {
        "created_at": now,
        "expires_at": now + timedelta(days=7),
        "comics": [],
        "formats": ["cbz"],
        **limits,
    }
    with shelf.context.db.write() as session:
        share = Share(id=new_id(now), user_id=user_id, title="Comics", **values)
        session.add(share)
    return Stall(shelf, share.id, user_id)


@pytest.fixture
def client(shelf: Shelf) -> Iterator[TestClient]:
    with TestClient(shelf.app(), follow_redirects=False) as client:
        yield client


def test_every_whole_transfer_counts(shelf: Shelf, client: TestClient) -> None:
    stall = open_stall(shelf)
    job_id = stall.guest()
    url = stall.link(job_id)
    for _ in range(3):
        assert client.get(url).content == DATA
    assert stall.counted(3)
    client.get(url, headers={"Range": "bytes=0-9"})
    assert wait_for("the bytes to be counted", lambda: shelf.job(job_id).downloaded_bytes == 10)


def test_whole_transfers_at_once_all_count(shelf: Shelf) -> None:
    stall = open_stall(shelf)
    data = os.urandom(LARGE)
    url = stall.link(stall.guest(data))
    with live_server(shelf.folder) as server, httpx.Client(base_url=server) as client:
        with client.stream("GET", url) as slow, client.stream("GET", url) as slower:
            pieces = slow.iter_raw(), slower.iter_raw()
            received = [next(one) for one in pieces]
            assert wait_for("the bytes to be counted", lambda: stall.progress() > 0)
            for number, one in enumerate(pieces):
                received[number] += b"".join(one)
                assert received[number] == data
                assert stall.counted(number + 1)
        assert stall.done() == 2


def test_each_response_that_sent_the_whole_file_counts_beside_others(
    shelf_on_each_database: Shelf,
) -> None:
    shelf = shelf_on_each_database
    stall, size = open_stall(shelf), len(DATA)
    counter = DeliveryCounter(shelf.context)
    delivery = resolve_link(shelf.context, stall.link(stall.guest()).split("/")[2])

    quick, slow = counter.begin(delivery), counter.begin(delivery)
    quick.sent(0, 700)
    slow.sent(0, 500)
    assert wait_for("the bytes to be counted", lambda: stall.progress() == 700)
    for number, (count, at) in enumerate(((quick, 700), (slow, 500)), start=1):
        count.sent(at, 800)
        count.sent(800, size)
        count.end()
        assert stall.counted(number)
    cut, rest = counter.begin(delivery), counter.begin(delivery)
    cut.sent(0, 600)
    cut.end(client_left=True)
    rest.sent(600, size)
    rest.end()
    assert stall.counted(3)


def test_what_is_no_whole_transfer_does_not_count(shelf: Shelf, client: TestClient) -> None:
    stall = open_stall(shelf)
    job_id = stall.guest()
    url = stall.link(job_id)
    client.head(url)
    client.get(url, headers={"If-None-Match": "*"})
    client.get(url, headers={"Range": "bytes=1-"})
    client.get(url, headers={"Range": "bytes=1-"})
    assert wait_for(
        "the bytes to be counted", lambda: shelf.job(job_id).downloaded_bytes == len(DATA) - 1
    )
    assert stall.done() == 0
    client.get(url, headers={"Range": "bytes=0-0"})
    assert stall.counted(1)


def test_the_limit_ends_all_links_of_the_share(shelf: Shelf, client: TestClient) -> None:
    stall = open_stall(shelf, max_downloads=2)
    ann, ben = stall.link(stall.guest()), stall.link(stall.guest())
    assert client.get(ann).status_code == 200
    assert stall.counted(1)
    assert client.get(ben).status_code == 200
    assert stall.counted(2)
    for url in (ann, ben):
        assert code(client.get(url)) == (410, "share_used_up")
        assert client.head(url).status_code == 410
    assert code(client.get(stall.link(stall.guest()), headers={"Range": "bytes=5-"})) == (
        410,
        "share_used_up",
    )


def test_the_end_of_the_last_download_can_be_fetched_again(
    shelf: Shelf, client: TestClient
) -> None:
    """What was sent may have been lost on the way, in buffers of the network."""
    stall = open_stall(shelf, max_downloads=1)
    url = stall.link(stall.guest())
    assert client.get(url).headers["x-accel-buffering"] == "no"
    assert stall.counted(1)

    def ranged(value: str, **more: str) -> Any:
        return client.get(url, headers={"Range": value, **more})

    for _ in range(2):
        rest = ranged("bytes=500-")
        assert (rest.status_code, rest.content) == (206, DATA[500:])
    assert ranged(f"bytes={len(DATA)}-").status_code == 416
    for value in ("bytes=0-", "bytes=9-,0-0", "bytes=-99999", "nonsense"):
        assert code(ranged(value)) == (410, "share_used_up")
    assert code(ranged("bytes=9-", **{"If-Range": '"another"'})) == (410, "share_used_up")
    assert stall.done() == 1


def test_expiry_and_revoking_end_all_links_of_the_share(shelf: Shelf, client: TestClient) -> None:
    expiring = open_stall(shelf, expires_at=shelf.clock() + timedelta(minutes=5))
    revoked = open_stall(shelf)
    old, gone = expiring.link(expiring.guest()), revoked.link(revoked.guest())
    assert [client.head(url).status_code for url in (old, gone)] == [200, 200]
    shelf.clock.ahead = timedelta(minutes=5)
    revoked.revoke()
    assert code(client.get(old)) == (410, "link_expired")
    assert code(client.get(gone)) == (404, "link_invalid")


def test_revoking_leaves_own_downloads_of_the_same_file_alone(
    shelf: Shelf, client: TestClient
) -> None:
    stall = open_stall(shelf)
    own = shelf.add_ready(stall.user_id, DATA)
    stall.guest()
    stall.revoke()
    assert client.get(shelf.link(own)).content == DATA


@pytest.mark.parametrize("seed", [1, 2])
def test_a_transfer_that_was_cut_and_resumed_counts_once(
    shelf: Shelf, tmp_path: Path, seed: int
) -> None:
    stall = open_stall(shelf, max_downloads=1)
    job_id = stall.guest(os.urandom(LARGE))
    target = tmp_path / "comic.cbz"
    with (
        live_server(shelf.folder) as server,
        cutting_proxy(server, [LARGE // 3, 500, LARGE // 4 * seed]) as proxy,
    ):
        command = [
            need("curl"),
            "-sS",
            "-f",
            "-C",
            "-",
            "-o",
            str(target),
            proxy.address + stall.link(job_id),
        ]
        codes = [
            subprocess.run(command, check=False, capture_output=True, timeout=60).returncode
            for _ in range(4)
        ]
        assert proxy.cuts == 3
        assert (codes[0] != 0, codes[-1]) == (True, 0)
        assert digest(target) == shelf.job(job_id).sha256
        assert stall.counted(1)
        assert code(httpx.get(server + stall.link(job_id))) == (410, "share_used_up")


def test_a_transfer_that_has_begun_is_not_cut(shelf: Shelf) -> None:
    stall = open_stall(shelf, max_downloads=1)
    data = os.urandom(LARGE)
    slow, quick = stall.link(stall.guest(data)), stall.link(stall.guest(data))
    with live_server(shelf.folder) as server:
        with httpx.stream("GET", server + slow) as response:
            pieces = response.iter_raw()
            received = next(pieces)
            assert httpx.get(server + quick).content == data
            assert stall.counted(1)
            assert code(httpx.get(server + slow)) == (410, "share_used_up")
            received += b"".join(pieces)
        assert received == data
        # As documented, guests who begin together may all finish.
        assert stall.counted(2)


def test_revoking_in_the_middle_lets_the_transfer_end(shelf: Shelf) -> None:
    stall = open_stall(shelf)
    data = os.urandom(LARGE)
    with live_server(shelf.folder) as server:
        url = server + stall.link(stall.guest(data))
        with httpx.stream("GET", url) as response:
            pieces = response.iter_raw()
            received = next(pieces)
            stall.revoke()
            assert code(httpx.get(url)) == (404, "link_invalid")
            received += b"".join(pieces)
        assert received == data


def test_transfers_that_end_together_in_two_processes_all_count(
    shelf_on_each_database: Shelf,
) -> None:
    shelf = shelf_on_each_database
    stall = open_stall(shelf)
    ann, ben = (shelf.job(stall.guest()) for _ in range(2))

    def complete(job: Job) -> None:
        for _ in range(10):
            with shelf.context.db.write() as session:
                whole = [ByteRange(0, 500), ByteRange(500, len(DATA))]
                assert add_delivered(session, job.id, job.sha256, whole) == len(DATA)

    threads = [threading.Thread(target=complete, args=(job,)) for job in (ann, ann, ben)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stall.done() == 30


def test_processes_that_count_the_same_downloads_do_not_wait_for_each_other_for_ever(
    shelf_on_each_database: Shelf,
) -> None:
    shelf = shelf_on_each_database
    stall, other = open_stall(shelf), open_stall(shelf)
    jobs = sorted(
        (shelf.job(one.guest()) for one in (stall, other, other, stall)), key=lambda job: job.id
    )
    errors: list[DatabaseError] = []

    def complete(counted: list[Job]) -> None:
        whole = [ByteRange(0, 500), ByteRange(500, len(DATA))]
        for _ in range(30):
            try:
                with shelf.context.db.write() as session:
                    delivery.add_all_delivered(
                        session, {(job.id, job.sha256): whole for job in counted}
                    )
            except DatabaseError as error:
                errors.append(error)

    threads = [
        threading.Thread(target=complete, args=(some,))
        for some in (jobs, jobs[:2], jobs[2:], jobs[1:])
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert stall.done() + other.done() == 30 * (4 + 2 + 2 + 3)


def test_shares_are_revoked_on_each_database(shelf_on_each_database: Shelf) -> None:
    stall = open_stall(shelf_on_each_database)
    job_id = stall.guest()
    stall.revoke()
    with shelf_on_each_database.context.db.read() as session:
        assert session.exec(select(Share.revoked_at)).one() is not None
    assert shelf_on_each_database.job(job_id).deleted_at is not None


def many_guests(shelf: Shelf) -> tuple[list[Stall], list[Job]]:
    """Return shares and the jobs of their guests.

    The jobs were changed in another order than they were created, so PostgreSQL finds them in that
    order.
    """
    stalls = [open_stall(shelf) for _ in range(6)]
    jobs = [shelf.job(stall.guest()) for stall in stalls for _ in range(8)]
    for job in reversed(jobs):
        shelf.change(job.id, priority=1)
    return stalls, jobs


def test_shares_can_be_revoked_while_their_downloads_are_counted(
    shelf_on_each_database: Shelf,
) -> None:
    shelf = shelf_on_each_database
    stalls, jobs = many_guests(shelf)
    began = threading.Barrier(2)

    def count() -> None:
        began.wait()
        for _ in range(10):
            with shelf.context.db.write() as session:
                delivery.add_all_delivered(
                    session, {(job.id, job.sha256): [ByteRange(0, len(DATA))] for job in jobs}
                )

    counting = threading.Thread(target=count)
    counting.start()
    began.wait()
    try:
        for stall in stalls:
            stall.revoke()
    finally:
        counting.join()
    assert all(shelf.job(job.id).deleted_at is not None for job in jobs)


def test_shares_are_purged_while_their_downloads_are_counted(shelf_on_each_database: Shelf) -> None:
    shelf = shelf_on_each_database
    _, jobs = many_guests(shelf)
    shelf.clock.ahead = timedelta(days=2)
    purge(shelf.context)
    shelf.clock.ahead = timedelta(days=60)
    began, purged = threading.Event(), threading.Event()

    def count() -> None:
        # Without a pause, SQLite would let other connections write only by chance.
        while not purged.wait(0.01 if shelf.context.db.is_sqlite else 0):
            with shelf.context.db.write() as session:
                delivery.add_all_delivered(
                    session, {(job.id, job.sha256): [ByteRange(0, len(DATA))] for job in jobs}
                )
            began.set()

    with ThreadPoolExecutor(1) as thread:
        counting = thread.submit(count)
        began.wait()
        try:
            purge(shelf.context)
        finally:
            purged.set()
        counting.result()
    with shelf.context.db.read() as session:
        assert (session.exec(select(Share)).all(), session.exec(select(Job)).all()) == ([], [])


def test_a_database_that_fails_after_counting_makes_no_second_download(
    shelf: Shelf, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    stall = open_stall(shelf)
    failures: list[None] = []

    def failing_once(*arguments: Any) -> None:
        if not failures:
            failures.append(None)
            raise OperationalError("insert", {}, Exception("the connection was lost"))

    monkeypatch.setattr(delivery, "end_transfers", failing_once)
    monkeypatch.setattr(
        "comic_downloads.usecases.delivery.transfers.TransferTracker.to_delete",
        lambda rows: ["gone"],
    )
    first, second = stall.link(stall.guest()), stall.link(stall.guest())
    client.get(first)
    assert wait_for("a failure", lambda: bool(failures))
    client.get(second)
    assert wait_for("two downloads to be counted", lambda: stall.done() >= 2)
    assert stall.done() == 2


def test_only_we_send_what_has_a_limit(tmp_path: Path, moto: str) -> None:
    shelf = Shelf(tmp_path / "data", blobs=new_store(moto, f"bucket-{uuid.uuid4().hex}"))
    limited, free = open_stall(shelf, max_downloads=1), open_stall(shelf)
    with TestClient(shelf.app(), follow_redirects=False) as client:
        assert client.get(free.link(free.guest())).status_code == 307
        job_id = limited.guest()
        part = client.get(limited.link(job_id), headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, DATA[10:20])
        assert client.get(limited.link(job_id)).content == DATA
        assert limited.counted(1)
    shelf.close()


@pytest.mark.parametrize("kind", ["x-sendfile", "x-accel-redirect"])
def test_the_server_before_us_gets_nothing_that_has_a_limit(tmp_path: Path, kind: str) -> None:
    shelf = Shelf(tmp_path / "data", {"send_file": kind})
    limited, free = open_stall(shelf, max_downloads=1), open_stall(shelf)
    with TestClient(shelf.app()) as client:
        assert kind in client.get(free.link(free.guest())).headers
        answer = client.get(limited.link(limited.guest()))
    assert kind not in answer.headers
    assert answer.content == DATA
    assert limited.counted(1)
    shelf.close()


def test_no_cdn_keeps_what_has_a_limit(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "data", {"cdn_base_url": "https://cdn.example"})
    limited, free = open_stall(shelf, max_downloads=1), open_stall(shelf)
    assert free.link(free.guest()).startswith("https://cdn.example/d/")
    with TestClient(shelf.app()) as client:
        answer = client.head(limited.link(limited.guest()))
    assert answer.headers["cache-control"].startswith("private")
    shelf.close()

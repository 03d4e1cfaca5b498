"""What reached the user is counted once, however it was fetched.

A transfer that is under way keeps its file.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlmodel import select

from comic_downloads.db import artifacts, delivery
from comic_downloads.db.tables import Artifact, DeliveredRange, Job, Transfer
from comic_downloads.domain.ranges import ByteRange
from comic_downloads.usecases.delivery.counter import DeliveryCounter
from comic_downloads.usecases.delivery.links import resolve_link
from tests.delivered import add_delivered
from tests.waiting import wait_for

from .conftest import DATA, Served
from .shelf import Shelf

SIZE = len(DATA)


@pytest.fixture
def shelf(shelf_on_each_database: Shelf) -> Shelf:
    """Return a shelf on each database, because counting is SQL with locks."""
    return shelf_on_each_database


def test_two_processes_count_the_same_file_together(shelf: Shelf) -> None:
    job = shelf.add_ready(shelf.add_user(), bytes(4000))

    def count(first: int) -> None:
        for start in range(first, 4000, 200):
            with shelf.context.db.write() as session:
                add_delivered(session, job.id, job.sha256, [ByteRange(start, start + 150)])

    threads = [threading.Thread(target=count, args=(first,)) for first in (0, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shelf.job(job.id).downloaded_bytes == 4000


def counted(served: Served, expected: int) -> bool:
    return wait_for(
        f"{expected} bytes to be counted",
        lambda: served.shelf.job(served.job.id).downloaded_bytes == expected,
    )


def test_a_whole_fetch_counts_every_byte_and_tells_the_watchers(served: Served) -> None:
    assert served.client.get(served.url).content == DATA
    assert counted(served, SIZE)
    assert served.shelf.job(served.job.id).revision > served.job.revision


def test_ranges_count_distinct_bytes(served: Served) -> None:
    for header in ("bytes=0-99", "bytes=50-149", "bytes=0-99", "bytes=-10", "bytes=0-4,800-809"):
        served.client.get(served.url, headers={"Range": header})
    assert counted(served, 150 + 10 + 10)
    with served.shelf.context.db.read() as session:
        assert delivery.delivered_ranges(session, served.job.id) == [
            ByteRange(0, 150),
            ByteRange(800, 810),
            ByteRange(SIZE - 10, SIZE),
        ]


@pytest.mark.parametrize(
    ("method", "headers"),
    [("HEAD", {}), ("GET", {"If-None-Match": "*"}), ("GET", {"Range": "bytes=99999-"})],
)
def test_answers_without_the_file_count_nothing(
    served: Served, method: str, headers: dict[str, str]
) -> None:
    served.client.request(method, served.url, headers=headers)
    served.client.get(served.url, headers={"Range": "bytes=0-0"})
    assert counted(served, 1)


def test_two_users_of_one_file_are_counted_apart(served: Served) -> None:
    twin = served.shelf.add_ready(served.shelf.add_user(), DATA)
    served.client.get(served.url)
    served.client.get(served.shelf.link(twin), headers={"Range": "bytes=0-9"})
    assert counted(served, SIZE)
    assert wait_for(
        "10 bytes to be counted", lambda: served.shelf.job(twin.id).downloaded_bytes == 10
    )


def test_a_transfer_under_way_keeps_its_file_and_lets_go_at_the_end(shelf: Shelf) -> None:
    job = shelf.add_ready(shelf.add_user(), DATA)
    count = DeliveryCounter(shelf.context).begin(
        resolve_link(shelf.context, shelf.link(job).split("/")[2])
    )
    count.sent(0, 10)
    assert wait_for("the transfer to be noted", lambda: shelf.transfers() == 1)
    with shelf.context.db.read() as session:
        assert artifacts.transfers_under_way(session, shelf.clock()) == {job.artifact_id}
        assert delivery.jobs_being_fetched(session, [job.id], shelf.clock(), 60) == {job.id}
    assert wait_for("10 bytes to be counted", lambda: shelf.job(job.id).downloaded_bytes == 10)
    count.end()
    assert wait_for("the transfer to be over", lambda: shelf.transfers() == 0)


def test_what_a_client_seemed_to_take_last_is_not_counted_when_it_has_left(shelf: Shelf) -> None:
    job = shelf.add_ready(shelf.add_user(), DATA)
    count = DeliveryCounter(shelf.context).begin(
        resolve_link(shelf.context, shelf.link(job).split("/")[2])
    )
    count.sent(0, 10)
    assert wait_for("the transfer to be noted", lambda: shelf.transfers() == 1)
    assert wait_for("10 bytes to be counted", lambda: shelf.job(job.id).downloaded_bytes == 10)
    count.sent(10, 500)
    count.end(client_left=True)
    assert wait_for("the transfer to be over", lambda: shelf.transfers() == 0)
    assert shelf.job(job.id).downloaded_bytes == 10


@pytest.mark.parametrize("other_first", [True, False])
def test_what_a_client_took_last_is_counted_once_a_request_shows_that_it_has_it(
    shelf: Shelf, other_first: bool
) -> None:
    job = shelf.add_ready(shelf.add_user(), DATA)
    counter = DeliveryCounter(shelf.context)
    delivery = resolve_link(shelf.context, shelf.link(job).split("/")[2])
    left, other = counter.begin(delivery), counter.begin(delivery)
    # aria2 has another connection begin further on, until this one has come there.
    if other_first:
        other.sent(400, 600)
    left.sent(0, 500)
    left.end(client_left=True)
    # curl continues after the first connection ended.
    if not other_first:
        other.sent(400, 600)
    other.end()
    assert wait_for("600 bytes to be counted", lambda: shelf.job(job.id).downloaded_bytes == 600)


def test_counting_goes_on_after_the_job_was_removed(shelf: Shelf) -> None:
    user_id = shelf.add_user()
    gone, kept = shelf.add_ready(user_id, DATA), shelf.add_ready(user_id, b"another")
    counter = DeliveryCounter(shelf.context)
    counts = [
        counter.begin(resolve_link(shelf.context, shelf.link(job).split("/")[2]))
        for job in (gone, kept)
    ]
    with shelf.context.db.write() as session:
        session.delete(session.get_one(Job, gone.id))
        session.flush()
        session.delete(session.get_one(Artifact, gone.artifact_id))
    for count in counts:
        count.sent(0, 5)
    assert wait_for("5 bytes to be counted", lambda: shelf.job(kept.id).downloaded_bytes == 5)
    for count in counts:
        count.end()


def test_bytes_of_an_older_content_are_not_counted(shelf: Shelf) -> None:
    job = shelf.add_ready(shelf.add_user(), DATA)
    with shelf.context.db.write() as session:
        assert add_delivered(session, job.id, "0" * 64, [ByteRange(0, 10)]) is None
        assert add_delivered(session, job.id, job.sha256, [ByteRange(0, 7)]) == 7
        delivery.forget_delivered(session, job.id)
        assert delivery.delivered_ranges(session, job.id) == []
    assert shelf.job(job.id).downloaded_bytes == 0


def test_a_client_cannot_cause_rows_without_end(shelf: Shelf) -> None:
    job = shelf.add_ready(shelf.add_user(), bytes(20_000))
    with shelf.context.db.write() as session:
        for start in range(0, 20_000, 1000):
            add_delivered(
                session,
                job.id,
                job.sha256,
                [ByteRange(n, n + 1) for n in range(start, start + 1000, 2)],
            )
        rows = len(session.exec(select(DeliveredRange)).all())
        assert rows <= delivery.MAX_RANGES_PER_JOB
        assert add_delivered(session, job.id, job.sha256, [ByteRange(0, 20_000)]) == 20_000


def test_silent_transfers_of_a_killed_process_are_removed(shelf: Shelf) -> None:
    job = shelf.add_ready(shelf.add_user(), DATA)
    with shelf.context.db.write() as session:
        transfer = Transfer(id="t", artifact_id=str(job.artifact_id), job_id=job.id)
        delivery.heartbeat(session, [transfer], shelf.clock())
        assert delivery.delete_silent_transfers(session, shelf.clock(), 60) == 0
        assert delivery.delete_silent_transfers(session, shelf.clock(), -60) == 1


def test_web_machines_that_show_transfers_of_the_same_files_do_not_wait_for_each_other(
    shelf: Shelf,
) -> None:
    user_id = shelf.add_user()
    jobs = [shelf.add_ready(user_id, DATA) for _ in range(12)]

    def show(machine: int) -> None:
        order = jobs if machine % 2 else jobs[::-1]
        for turn in range(10):
            rows = [
                Transfer(
                    id=f"{machine} {turn} {job.id}", artifact_id=str(job.artifact_id), job_id=job.id
                )
                for job in order
            ]
            with shelf.context.db.write() as session:
                delivery.heartbeat(session, rows[:8], shelf.clock())
            with shelf.context.db.write() as session:
                delivery.heartbeat(session, rows, shelf.clock())
            with shelf.context.db.write() as session:
                delivery.end_transfers(session, [row.id for row in rows[:6]])
            with shelf.context.db.write() as session:
                delivery.end_transfers(session, [row.id for row in rows])

    def count() -> None:
        for start in range(15):
            with shelf.context.db.write() as session:
                part = [ByteRange(start * 10, start * 10 + 5)]
                delivery.add_all_delivered(session, {(job.id, job.sha256): part for job in jobs})

    with ThreadPoolExecutor(3) as threads:
        for done in [
            *(threads.submit(show, machine) for machine in range(2)),
            threads.submit(count),
        ]:
            done.result()
    with shelf.context.db.read() as session:
        assert session.exec(select(Transfer)).all() == []


@settings(max_examples=25)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, SIZE), st.integers(0, SIZE)), max_size=4), max_size=6
    )
)
def test_the_count_is_the_number_of_distinct_bytes(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[int, int]]]
) -> None:
    shelf = Shelf(tmp_path_factory.mktemp("shelf"))
    job = shelf.add_ready(shelf.add_user(), DATA)
    seen: set[int] = set()
    for batch in batches:
        parts = [ByteRange(min(pair), max(pair)) for pair in batch]
        seen |= {n for part in parts for n in range(part.start, part.end)}
        with shelf.context.db.write() as session:
            assert add_delivered(session, job.id, job.sha256, parts) == len(seen)
    assert shelf.job(job.id).downloaded_bytes == len(seen)
    shelf.close()

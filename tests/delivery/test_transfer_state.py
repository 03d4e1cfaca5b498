"""All who watch a download see that its file is being fetched, broke off, or has arrived."""

from __future__ import annotations

from dataclasses import replace

import pytest

from comic_downloads.db import delivery
from comic_downloads.db.tables import Transfer
from comic_downloads.domain.ranges import ByteRange
from comic_downloads.domain.transfer import TransferState, transfer_state
from comic_downloads.usecases.delivery.links import resolve_link
from comic_downloads.usecases.delivery.transfers import (
    HEARTBEAT_SECONDS,
    LINGER_SECONDS,
    SHOWN_AFTER_SECONDS,
    TransferTracker,
)
from comic_downloads.usecases.downloads.changes import changed_since, latest_revision
from comic_downloads.usecases.downloads.snapshots import JobSnapshot, get_download
from tests.delivered import add_delivered

from .conftest import DATA
from .shelf import Shelf


@pytest.mark.parametrize(
    ("downloaded_bytes", "size_bytes", "being_fetched", "expected"),
    [
        (0, None, False, TransferState.NONE),
        (0, 10, False, TransferState.NONE),
        (0, 10, True, TransferState.UNDER_WAY),
        (5, 10, True, TransferState.UNDER_WAY),
        (5, 10, False, TransferState.BROKE_OFF),
        (10, 10, False, TransferState.DONE),
        (10, 10, True, TransferState.DONE),
    ],
)
def test_the_state_follows_from_what_arrived(
    downloaded_bytes: int, size_bytes: int | None, being_fetched: bool, expected: TransferState
) -> None:
    assert transfer_state(downloaded_bytes, size_bytes, being_fetched=being_fetched) is expected


def test_every_change_of_a_transfer_reaches_the_watchers(shelf: Shelf) -> None:
    job = shelf.add_ready(shelf.add_user(), DATA)

    def seen() -> str:
        return get_download(shelf.context, job.user_id, job.id).transfer

    def changed() -> list[JobSnapshot]:
        nonlocal revision
        jobs, revision = changed_since(shelf.context, revision), latest_revision(shelf.context)
        return jobs

    revision = latest_revision(shelf.context)
    row = Transfer(id="t", artifact_id=str(job.artifact_id), job_id=job.id)
    with shelf.context.db.write() as session:
        delivery.heartbeat(session, [row], shelf.clock())
    assert [view.transfer for view in changed()] == [seen()] == ["under_way"]
    with shelf.context.db.write() as session:
        delivery.heartbeat(session, [row], shelf.clock())
    assert changed() == []
    with shelf.context.db.write() as session:
        add_delivered(session, job.id, job.sha256, [ByteRange(0, 10)])
        delivery.end_transfers(session, ["t"])
    assert [view.transfer for view in changed()] == [seen()] == ["broke_off"]
    with shelf.context.db.write() as session:
        add_delivered(session, job.id, job.sha256, [ByteRange(10, len(DATA))])
    assert [view.transfer for view in changed()] == [seen()] == ["done"]


class Rows:
    """A TransferTracker of one file, at a time that the test chooses."""

    def __init__(self, shelf: Shelf) -> None:
        self.now = 100.0
        job = shelf.add_ready(shelf.add_user(), DATA)
        self.delivery = resolve_link(shelf.context, shelf.link(job).split("/")[2])
        self.rows = TransferTracker(replace(shelf.context, monotonic=lambda: self.now))

    def write_after(self, seconds: float) -> tuple[int, int]:
        """Return how many rows are written and deleted that many seconds later."""
        self.now += seconds
        to_upsert, to_delete = self.rows.to_upsert(), self.rows.to_delete()
        self.rows.mark_persisted(to_upsert, to_delete)
        return len(to_upsert), len(to_delete)


@pytest.fixture
def one(shelf: Shelf) -> Rows:
    return Rows(shelf)


def test_a_short_response_needs_no_row(one: Rows) -> None:
    one.rows.begin(one.delivery)
    assert one.write_after(SHOWN_AFTER_SECONDS / 2) == (0, 0)
    one.rows.mark_delivered([(one.delivery.job_id, one.delivery.artifact_id)])
    one.rows.end(one.delivery)
    assert one.write_after(0) == (0, 0)
    assert not one.rows.is_active


def test_pauses_between_pieces_do_not_end_a_transfer(one: Rows) -> None:
    written = []
    for _ in range(10):
        one.rows.begin(one.delivery)
        written.append(one.write_after(0.4))
        one.rows.end(one.delivery)
        written.append(one.write_after(LINGER_SECONDS / 2))
    assert written.count((1, 0)) == 1 + int(10 * (0.4 + LINGER_SECONDS / 2) / HEARTBEAT_SECONDS)
    assert written.count((0, 1)) == 0
    assert one.write_after(LINGER_SECONDS) == (0, 1)
    assert not one.rows.is_active


def test_a_transfer_beats_while_it_lasts(one: Rows) -> None:
    one.rows.begin(one.delivery)
    assert one.write_after(SHOWN_AFTER_SECONDS) == (1, 0)
    assert one.write_after(HEARTBEAT_SECONDS / 2) == (0, 0)
    assert one.write_after(HEARTBEAT_SECONDS / 2) == (1, 0)


def test_it_is_over_at_once_when_everything_has_arrived(one: Rows) -> None:
    one.rows.begin(one.delivery)
    one.write_after(SHOWN_AFTER_SECONDS)
    one.rows.end(one.delivery)
    one.rows.mark_delivered([(one.delivery.job_id, one.delivery.artifact_id)])
    assert one.write_after(0) == (0, 1)


def test_one_that_goes_on_while_its_row_is_deleted_gets_another(one: Rows) -> None:
    one.rows.begin(one.delivery)
    one.write_after(SHOWN_AFTER_SECONDS)
    one.rows.end(one.delivery)
    one.now += LINGER_SECONDS
    to_delete = one.rows.to_delete()
    one.rows.begin(one.delivery)
    one.rows.mark_persisted([], to_delete)
    assert one.write_after(SHOWN_AFTER_SECONDS) == (1, 0)

"""What is known of a file from the request before is used only while it is still true."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from comic_downloads.domain.errors import FileGone, LinkExpired
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.delivery.known_rows import FRESH_SECONDS, KnownRows
from comic_downloads.usecases.delivery.links import Delivery, resolve_known_link, resolve_link

from .conftest import DATA, Served
from .shelf import Shelf
from .test_share_limit import open_stall


@dataclass
class Known:
    """The rows of a process whose time stands still, a link, and the same database elsewhere."""

    shelf: Shelf
    context: Context
    rows: KnownRows
    job_id: str
    token: str
    elsewhere: Shelf

    def read(self) -> Delivery:
        return resolve_link(self.context, self.token, self.rows)

    def known(self) -> Delivery | None:
        return resolve_known_link(self.context, self.token, self.rows)


@pytest.fixture
def known(shelf: Shelf) -> Iterator[Known]:
    job = shelf.add_ready(shelf.add_user(), DATA)
    token = shelf.link(job).split("/")[2]
    context = replace(shelf.context, monotonic=lambda: 0.0)
    elsewhere = Shelf(shelf.folder)
    yield Known(shelf, context, KnownRows(context), job.id, token, elsewhere)
    elsewhere.close()


def test_a_link_that_was_just_used_is_known(known: Known) -> None:
    assert known.known() is None
    first = known.read()

    assert known.known() == first


def test_any_change_of_the_database_by_anybody_makes_it_unknown(known: Known) -> None:
    known.read()
    known.elsewhere.add_user()
    assert known.known() is None

    again = known.read()
    assert known.known() == again
    known.shelf.add_user()
    assert known.known() is None


def test_a_file_that_is_gone_is_not_known_any_more(known: Known) -> None:
    known.read()
    known.elsewhere.change(known.job_id, status="expired", artifact_id=None, progress=0)

    assert known.known() is None
    with pytest.raises(FileGone):
        known.read()


def test_a_known_link_ends_at_its_time(known: Known) -> None:
    known.read()
    known.shelf.clock.ahead = timedelta(seconds=3601)

    with pytest.raises(LinkExpired):
        known.known()


def test_what_is_known_is_read_again_after_a_moment(known: Known) -> None:
    known.read()
    later = replace(known.context, monotonic=lambda: FRESH_SECONDS)
    known.rows.context = later

    assert known.known() is None


def test_nothing_is_known_of_a_database_without_a_write_ahead_log(known: Known) -> None:
    known.elsewhere.context.db.dispose()
    known.shelf.context.db.dispose()
    with known.shelf.context.db.engine.connect() as connection:
        connection.exec_driver_sql("ROLLBACK")
        assert connection.exec_driver_sql("PRAGMA journal_mode=DELETE").scalar() == "delete"
        connection.exec_driver_sql("BEGIN")
        known.context.db.version.open()

    assert known.context.db.version.current() is None


REMOVALS: dict[str, Callable[[Shelf, str], object]] = {
    "expired": lambda shelf, job_id: shelf.change(
        job_id, status="expired", artifact_id=None, progress=0
    ),
    "removed": lambda shelf, job_id: shelf.change(job_id, deleted_at=shelf.clock()),
}


@pytest.mark.parametrize("removal", REMOVALS)
def test_the_range_after_a_removal_elsewhere_is_refused(served: Served, removal: str) -> None:
    part = {"Range": "bytes=10-19"}
    elsewhere = Shelf(served.shelf.folder)
    for _ in range(5):
        answer = served.client.get(served.url, headers=part)
        assert (answer.status_code, answer.content) == (206, DATA[10:20])

    REMOVALS[removal](elsewhere, served.job.id)

    assert served.client.get(served.url, headers=part).status_code in {404, 410}
    elsewhere.close()


def test_the_range_after_a_share_was_revoked_is_refused(served: Served) -> None:
    stall = open_stall(served.shelf, max_downloads=None)
    url, part = stall.link(stall.guest()), {"Range": "bytes=10-19"}
    for _ in range(3):
        assert served.client.get(url, headers=part).status_code == 206

    stall.revoke()

    assert served.client.get(url, headers=part).status_code == 404

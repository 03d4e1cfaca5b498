"""What the rows of shares, and those of their guests' downloads, say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from comic_downloads.db.tables import Share
from comic_downloads.domain.formats import Format
from comic_downloads.usecases.downloads.snapshots import ComicRef
from comic_downloads.usecases.sharing.access import Guest
from comic_downloads.usecases.sharing.contents import OpenShare
from comic_downloads.usecases.sharing.downloads import GuestDownload
from comic_downloads.usecases.sharing.shares import ShareView
from comic_downloads.web.labels import FORMATS
from comic_downloads.web.views.guests import guest_page, guest_progress, guest_row
from comic_downloads.web.views.shares import share_row
from tests.web.jobs import NO_STORAGE, NOW
from tests.web.test_wording import plain


def a_share(**changes: Any) -> ShareView:
    values = {
        "id": "01SHARE",
        "path": "/s/v1.secret",
        "title": "Harbour",
        "comics": tuple(ComicRef(f"0{number}", f"Harbour #{number}") for number in range(5)),
        "formats": ("cbz", "pdf"),
        "has_password": False,
        "created_at": NOW,
        "expires_at": NOW + timedelta(days=7),
        "max_downloads": None,
        "downloads_done": 0,
        "status": "open",
    }
    return ShareView(**(values | changes))


def an_open_share(**changes: Any) -> OpenShare:
    ends = NOW + timedelta(days=7)
    share = Share(
        id="01SHARE",
        user_id="01USER",
        title="Harbour",
        comics=[],
        formats=[],
        created_at=NOW,
        expires_at=ends,
    )
    values = {
        "guest": Guest("01GUEST", share),
        "title": "Harbour",
        "comics": (),
        "formats": ("cbz",),
        "has_password": False,
        "expires_at": ends,
        "downloads_left": None,
    }
    return OpenShare(**(values | changes))


def a_download(**changes: Any) -> GuestDownload:
    values = {
        "job_id": "01JOB",
        "status": "preparing",
        "phase": "converting",
        "progress": 45,
        "format": "pdf",
        "quality": "1080p",
        "comic_ids": ("01COMIC",),
        "filename": "Harbour 001.pdf",
        "pages_done": 26,
        "pages_total": 60,
        "queue_position": None,
        "eta_seconds": 3,
        "file_size_bytes": None,
        "download_url": None,
        "expires_at": None,
        "error": None,
    }
    return GuestDownload(**(values | changes))


@pytest.mark.parametrize(
    ("done", "at_most", "words"),
    [
        (0, None, "No downloads yet"),
        (1, None, "1 download"),
        (3, 10, "3 of 10 downloads"),
        (0, 1, "0 of 1 download"),
        (1200, None, "1,200 downloads"),
    ],
)
def test_share_says_how_often_it_was_downloaded(done: int, at_most: int | None, words: str):
    assert (
        plain(share_row(a_share(downloads_done=done, max_downloads=at_most)).downloads_label)
        == words
    )


@pytest.mark.parametrize(
    ("status", "label", "until"),
    [
        ("open", "Open", "expires"),
        ("expired", "Expired", "expired"),
        ("used_up", "Limit reached", ""),
    ],
)
def test_share_says_how_it_stands(status: str, label: str, until: str):
    row = share_row(a_share(status=status))
    assert (row.status_label, row.until_label, row.is_open) == (label, until, status == "open")


def test_row_of_a_share_shows_some_covers_and_tells_the_number_once():
    assert plain(share_row(a_share()).facts) == "5 comics · CBZ, PDF"
    assert len(share_row(a_share()).covers) == 3
    assert share_row(a_share(title="5 comics")).facts == "CBZ, PDF"
    assert share_row(a_share(title="Alone", comics=(ComicRef("01", "Alone"),))).facts == "CBZ, PDF"


def test_screens_name_formats_in_one_order():
    every = tuple(str(one) for one in Format)
    names = [words.name for words in FORMATS.values()]
    assert share_row(a_share(formats=every)).facts.endswith(", ".join(names))
    assert guest_page(an_open_share(formats=every)).formats == [str(one) for one in FORMATS]


def test_row_of_a_share_holds_no_link():
    assert "secret" not in repr(share_row(a_share()))


def test_guests_download_says_its_step_and_its_time():
    row = guest_row(a_download())
    assert (row.step, row.percent_label, plain(row.facts)) == (
        "Converting page 27 of 60",
        "45 %",
        "3 s left · 60 pages · 1080p",
    )
    assert (
        guest_row(a_download(status="queued", queue_position=3)).step == "Waiting, 2 ahead of you"
    )


@pytest.mark.parametrize(
    ("status", "again", "is_ready"),
    [("ready", "", True), ("failed", "Retry", False), ("expired", "Prepare again", False)],
)
def test_guests_download_offers_what_can_be_done(status: str, again: str, is_ready: bool):
    row = guest_row(a_download(status=status))
    assert (row.again_label, row.is_ready, row.is_active) == (again, is_ready, False)


def test_failed_download_tells_the_guest_why():
    row = guest_row(a_download(status="failed", error=NO_STORAGE))
    assert row.problem == "The storage does not answer. You can try again."


def test_guests_rows_hold_no_link():
    assert "/d/" not in repr(
        guest_row(a_download(status="ready", download_url="/d/v1.secret/Harbour.pdf"))
    )


def test_downloads_left_are_told_where_there_is_a_limit():
    assert guest_progress([], None).left_label == ""
    assert plain(guest_progress([], 1).left_label) == "1 download left"

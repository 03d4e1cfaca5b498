"""What a row of the downloads page says about a job."""

from __future__ import annotations

from datetime import timedelta

import pytest

from comic_downloads.usecases.downloads.snapshots import ComicRef, MissingPage
from comic_downloads.web.views.downloads import DownloadRow, download_row
from comic_downloads.web.views.tray import tray_view
from tests.web.jobs import NO_STORAGE, NOW, TORN_PAGE, a_job, a_job_at_work
from tests.web.test_wording import plain


def view_of(**changes: object) -> DownloadRow:
    return download_row(a_job(**changes), NOW)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"queue_position": 1}, "Waiting, next in line"),
        ({"queue_position": 3}, "Waiting, 2 ahead of you"),
        ({"queue_position": None}, "Waiting"),
        ({"waiting_for": "disk"}, "Waiting until the server has more free disk space"),
        (
            {"error": NO_STORAGE, "attempt": 1, "next_attempt_at": NOW + timedelta(seconds=8)},
            "The storage does not answer. Retrying in 8 s (attempt 2 of 3)",
        ),
    ],
)
def test_waiting_job_says_what_it_waits_for(changes: dict[str, object], words: str):
    assert plain(view_of(**changes).step) == words


@pytest.mark.parametrize(
    ("phase", "words"),
    [
        ("waiting", "Preparing"),
        ("converting", "Converting page 27 of 60"),
        ("packaging", "Packing page 27 of 60"),
        ("verifying", "Checking the file"),
        ("storing", "Saving the file"),
    ],
)
def test_job_at_work_says_its_phase(phase: str, words: str):
    assert download_row(a_job_at_work(phase=phase), NOW).step == words


def test_job_at_work_shows_speed_time_left_and_pages():
    view = download_row(a_job_at_work(speed_bytes_per_second=12_400_000.0, eta_seconds=3), NOW)
    assert plain(view.facts) == "12.4 MB/s · 3 s left · 60 pages"
    assert (view.percent, view.percent_label) == (45, "45 %")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Original"),
        ({"quality": "2160p"}, "2160p"),
        ({"quality": "auto"}, "Auto"),
        ({"quality": "kobo-sage"}, "Kobo Sage"),
        ({"quality": "1264x1680"}, "1264 × 1680"),
        ({"quality": "remarkable-2"}, "reMarkable 2"),
        ({"pages": "9-400,402"}, "pages 9–400, 402"),
        ({"pages": " 7 "}, "page 7"),
        ({"pages": "all"}, "Original"),
        ({"quality": "kindle-paperwhite", "pages": "9-"}, "Kindle Paperwhite (2021) · pages 9–"),
    ],
)
def test_row_tells_its_file_from_others_of_the_same_comic(changes: dict[str, object], words: str):
    assert plain(view_of(**changes, status="ready", progress=100).facts) == f"60 pages · {words}"
    at_work = download_row(a_job_at_work(**changes), NOW)
    label = "" if words == "Original" else f" · {words}"
    assert plain(at_work.facts) == f"60 pages{label}"
    assert plain(at_work.format_label) == f"CBZ{label}"


def test_last_page_is_never_passed_while_the_phase_goes_on():
    assert download_row(a_job_at_work(pages_done=60), NOW).step == "Converting page 60 of 60"


@pytest.mark.parametrize(
    ("status", "buttons"),
    [
        ("queued", {"can_pause", "can_cancel"}),
        ("preparing", {"can_pause", "can_cancel"}),
        ("paused", {"can_resume", "can_cancel"}),
        ("failed", {"can_retry"}),
        ("cancelled", {"can_retry"}),
        ("expired", {"can_retry"}),
        ("ready", set()),
    ],
)
def test_buttons_are_those_that_the_status_allows(status: str, buttons: set[str]):
    view = view_of(status=status)
    names = ("can_pause", "can_resume", "can_cancel", "can_retry", "can_skip")
    assert {name for name in names if getattr(view, name)} == buttons


def test_failed_job_names_the_damaged_page_and_offers_to_skip_it():
    view = view_of(status="failed", error=TORN_PAGE)
    assert view.problem == "Page 12 (p12.jpg) is damaged."
    assert view.can_skip
    assert view.retry_label == "Retry"


def test_failure_that_may_pass_says_so():
    assert (
        view_of(status="failed", error=NO_STORAGE).problem
        == "The storage does not answer. You can try again."
    )


def test_ready_job_can_be_fetched_and_says_what_was_left_out():
    expires_at = NOW + timedelta(hours=24)
    missing = (MissingPage("01COMIC", 11),)
    view = view_of(
        status="ready",
        progress=100,
        file_size_bytes=104_857_600,
        expires_at=expires_at,
        missing_pages=missing,
    )
    assert view.file_href.endswith("/api/v1/downloads/01JOB/file")
    assert plain(view.facts) == "104.9 MB · 60 pages · Original"
    assert plain(view.notice) == "1 damaged page skipped"
    assert view.kept_until == expires_at.isoformat()
    assert not view.is_active


def test_job_of_several_comics_is_called_by_the_first_and_the_number_of_the_others():
    comics = tuple(ComicRef(str(number), f"Comic {number}") for number in range(4))
    assert view_of(comics=comics).title == "Comic 0 and 3 more"


def test_tray_shows_the_mean_progress_of_what_is_not_paused():
    resting = [a_job(), a_job(status="paused", progress=30)]
    tray = tray_view([a_job_at_work(progress=50)], resting, [], (2, 1), NOW)
    assert (tray.count, tray.paused, tray.percent) == (2, 1, 25)


def test_tray_keeps_what_has_just_ended_until_it_is_fetched():
    ended = {"status": "ready", "finished_at": NOW - timedelta(minutes=1)}
    fresh = a_job(id="fresh", **ended)
    fetched = a_job(id="fetched", **ended, downloaded_bytes=5)
    old = a_job(id="old", **(ended | {"finished_at": NOW - timedelta(hours=1)}))
    tray = tray_view([], [], [fresh, fetched, old], (0, 0), NOW)
    assert [view.id for view in tray.recent] == ["fresh"]


def test_tray_shows_a_job_once_that_moved_on_while_the_lists_were_read():
    moved = {"id": "moved", "finished_at": NOW}
    working, waiting = a_job_at_work(**moved), a_job(**moved)
    tray = tray_view([working], [waiting], [a_job(**moved, status="cancelled")], (1, 0), NOW)
    assert ([view.id for view in tray.working], tray.waiting, tray.recent) == (["moved"], [], [])


def test_view_holds_no_signed_link():
    view = view_of(status="ready", progress=100)
    assert "/d/" not in repr(view)


@pytest.mark.parametrize(
    ("status", "transfer", "downloaded_bytes", "words", "can_continue"),
    [
        ("ready", "none", 0, "", False),
        ("ready", "under_way", 34_200_000, "Downloading, 34.2 MB of 104.9 MB", False),
        ("ready", "broke_off", 34_200_000, "Interrupted at 34.2 MB of 104.9 MB", True),
        ("ready", "done", 104_900_000, "Downloaded", False),
        (
            "expired",
            "broke_off",
            34_200_000,
            "Interrupted at 34.2 MB of 104.9 MB. Prepare it again to continue the download",
            False,
        ),
    ],
)
def test_a_transfer_says_how_far_it_is_and_how_it_goes_on(
    status: str, transfer: str, downloaded_bytes: int, words: str, can_continue: bool
):
    view = view_of(
        status=status,
        transfer=transfer,
        downloaded_bytes=downloaded_bytes,
        file_size_bytes=104_900_000,
    )
    assert (plain(view.transfer_label), view.can_continue) == (words, can_continue)
    assert view.transfer_percent == downloaded_bytes * 100 // 104_900_000


def test_row_says_which_size_is_expected_until_it_is_known():
    assert plain(view_of(expected_size_bytes=104_900_000).facts).startswith("about 104.9 MB · ")
    at_work = download_row(a_job_at_work(expected_size_bytes=104_900_000), NOW)
    assert plain(at_work.facts) == "about 104.9 MB · 60 pages"
    ready = {"status": "ready", "progress": 100, "file_size_bytes": 100_000_000}
    done = view_of(**ready, expected_size_bytes=104_900_000)
    assert plain(done.facts).startswith("100.0 MB · ")


@pytest.mark.parametrize(
    ("format", "media_type", "quality", "address"),
    [
        ("pdf", "application/pdf", "original", "/api/v1/downloads/01JOB/file?inline=true"),
        ("pdf", "application/pdf", "untouched", "/api/v1/downloads/01JOB/file?inline=true"),
        ("cbz", "application/vnd.comicbook+zip", "original", "/downloads/01JOB?page=1"),
        ("epub", "application/epub+zip", "kobo-sage", "/downloads/01JOB?page=1"),
        ("cbr", "application/vnd.comicbook-rar", "untouched", "/comics/01COMIC?page=1"),
    ],
)
def test_finished_file_is_opened_where_its_pages_can_be_read(
    format: str, media_type: str, quality: str, address: str
):
    made = {"format": format, "media_type": media_type, "quality": quality}
    ready = view_of(**made, status="ready", progress=100)
    assert ready.open_href.endswith(address)
    assert ready.opens_tab == (format == "pdf")
    assert view_of(**made).open_href == ""

"""One press asks for a file, and the button that was pressed says how far it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from reflex.event import EventSpec

from comic_downloads.domain.errors import NotFound
from comic_downloads.domain.job import JobStatus
from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner
from comic_downloads.usecases.accounts.sign_in import sign_in
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.downloads.control import cancel_download, pause_download
from comic_downloads.usecases.downloads.saved_presets import keep_last_choice
from comic_downloads.usecases.downloads.snapshots import list_downloads
from comic_downloads.usecases.library.browse import list_comics
from comic_downloads.usecases.library.scan import request_scan, run_requested_scans
from comic_downloads.web.context import provide_context
from comic_downloads.web.states import quick_download
from comic_downloads.web.states.picker import PickerState
from comic_downloads.web.states.quick_download import QuickDownloadState
from comic_downloads.web.states.tray import TrayState, read_tray
from comic_downloads.web.views.tray import asked_label, tray_view
from comic_downloads.wiring import build_context
from tests.library.shelf import image, write_zip
from tests.web.jobs import NOW, a_job, a_job_at_work
from tests.web.states import a_tab, run
from tests.web.test_wording import plain


@pytest.fixture
def context(tmp_path: Path) -> Context:
    context = build_context(
        Settings(
            data_dir=tmp_path,
            library_dir=tmp_path / "shelf",
            min_free_bytes=1,
            originals="layout",
        )
    )
    provide_context(context)
    for number in (1, 2):
        pages = {f"{page}.jpg": image(size=(60, 90 + 10 * number + page)) for page in range(2)}
        write_zip(tmp_path / "shelf" / "Owl" / f"Owl {number}.cbz", pages)
    request_scan(context)
    run_requested_scans(context, lambda: False)
    return context


@pytest.fixture
def session(context: Context) -> tuple[str, str]:
    """Return the id of an account and the token of its session."""
    owner = create_owner(context, "ann", "a long password")
    return owner.id, sign_in(context, "ann", "a long password", "127.0.0.1")[1]


async def press(picker: PickerState) -> list[str]:
    """Press Download and return what the browser is told, as text."""
    return [str(event) async for event in picker.download() if isinstance(event, EventSpec)]


def test_button_says_how_far_what_it_asked_for_is_until_that_has_ended():
    at_work, waiting = a_job_at_work(id="one"), a_job(id="two")
    tray = tray_view([at_work], [waiting], [], (2, 0), NOW)
    assert plain(asked_label(tray, "one")) == "Preparing 45 %"
    assert asked_label(tray, "two") == "Waiting"
    assert asked_label(tray, "gone") == ""


def test_what_is_ready_at_once_is_saved_at_once(context: Context, session: tuple[str, str]):
    comic = list_comics(context).items[0]

    async def test() -> None:
        picker = await a_tab(session[1]).get_state(PickerState)
        picker.choose_comics([comic.id], 0)
        picker.choose_quality("untouched")
        events = await press(picker)
        (job,), _ = list_downloads(context, session[0])
        assert job.status == "ready"
        assert any("comicSaves.take" in one and job.id in one for one in events)
        assert not any("preparing" in one for one in events)

    run(test())


def test_button_follows_what_was_asked_for_until_something_else_is_chosen(
    context: Context, session: tuple[str, str]
):
    comic = list_comics(context).items[0]

    async def test() -> None:
        picker = await a_tab(session[1]).get_state(PickerState)
        tray = await picker.get_state(TrayState)
        picker.choose_comics([comic.id], 0)
        picker.choose_grayscale(True)
        await press(picker)
        assert picker.asked_id == tray.asked_id != ""
        assert tray.asked_label == "Waiting"

        pause_download(context, session[0], picker.asked_id)
        tray.show(read_tray(context, session[0]))
        assert tray.asked_label == "Paused"
        picker.choose_format("pdf")
        assert picker.asked_id == ""

    run(test())


async def press_card(quick: QuickDownloadState, card_id: str, *, is_series: bool) -> list[str]:
    """Press the button of a card, and return what the browser is told, as text."""
    handler = quick.download_series if is_series else quick.download_comic
    return [str(event) async for event in handler(card_id) if isinstance(event, EventSpec)]


def test_series_is_asked_for_as_the_account_chose_last(context: Context, session: tuple[str, str]):
    comics = list_comics(context).items
    series_id = comics[0].series_id or ""

    async def test() -> None:
        picker = await a_tab(session[1]).get_state(PickerState)
        picker.choose_comics([comics[0].id], 0)
        picker.choose_format("pdf")
        await press(picker)

        elsewhere = await a_tab(session[1]).get_state(QuickDownloadState)
        events = await press_card(elsewhere, series_id, is_series=True)
        jobs, _ = list_downloads(context, session[0])
        assert [job.format for job in jobs] == ["pdf"] * 3
        assert any("comicSaves.take" in one and "group" in one for one in events)
        with pytest.raises(NotFound):
            await press_card(elsewhere, "of nobody", is_series=False)
        assert list(elsewhere.labels) == [series_id]

    run(test())


def test_button_of_a_card_says_how_far_its_file_is(context: Context, session: tuple[str, str]):
    first, second = list_comics(context).items
    keep_last_choice(context, session[0], {"format": "pdf", "grayscale": True}, None)

    async def test() -> None:
        quick = await a_tab(session[1]).get_state(QuickDownloadState)
        await press_card(quick, first.id, is_series=False)
        await press_card(quick, second.id, is_series=False)
        assert quick.labels == {first.id: "Preparing…", second.id: "Preparing…"}
        assert (await quick.get_state(TrayState)).follows_cards()
        (of_second, of_first), _ = list_downloads(context, session[0])
        pause_download(context, session[0], of_first.id)
        quick.show(read_tray(context, session[0]), {of_second.id: JobStatus.READY})
        assert quick.labels == {first.id: "Paused", second.id: "Ready"}
        cancel_download(context, session[0], of_first.id)
        ended = {of_first.id: JobStatus.CANCELLED, of_second.id: JobStatus.READY}
        quick.show(read_tray(context, session[0]), ended)
        assert quick.labels == {second.id: "Ready"}

    run(test())


def test_card_of_a_comic_that_is_sent_untouched_is_ready_at_once(
    context: Context, session: tuple[str, str]
):
    comic = list_comics(context).items[0]
    keep_last_choice(context, session[0], {"quality": "untouched"}, None)

    async def test() -> None:
        quick = await a_tab(session[1]).get_state(QuickDownloadState)
        (event,) = await press_card(quick, comic.id, is_series=False)
        assert "comicSaves.take" in event
        assert quick.labels == {comic.id: "Ready"}

    run(test())


def test_tab_follows_only_the_cards_that_were_pressed_last(
    context: Context, session: tuple[str, str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(quick_download, "MAX_FOLLOWED", 1)
    first, second = list_comics(context).items

    async def test() -> None:
        quick = await a_tab(session[1]).get_state(QuickDownloadState)
        await press_card(quick, first.id, is_series=False)
        await press_card(quick, second.id, is_series=False)
        assert list(quick.labels) == [second.id]

    run(test())

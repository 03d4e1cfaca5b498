"""The numbers below the choices belong to what is chosen."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner
from comic_downloads.usecases.accounts.sign_in import sign_in
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.library import reading
from comic_downloads.usecases.library.browse import list_comics
from comic_downloads.usecases.library.scan import request_scan, run_requested_scans
from comic_downloads.usecases.library.status import library_status
from comic_downloads.web import routes
from comic_downloads.web.context import provide_context
from comic_downloads.web.live.picker_pusher import LOOK_SECONDS, PickerPusher
from comic_downloads.web.session.open_tabs import Tab, open_tabs
from comic_downloads.web.session.waiting_pickers import waiting_pickers
from comic_downloads.web.states.picker import PickerState
from comic_downloads.web.views.device_field import UNKNOWN_DEVICE
from comic_downloads.wiring import build_context
from tests.library.shelf import image, write_zip
from tests.web.states import a_tab, run


def test_numbers_are_marked_as_old_from_the_choice_on():
    async def test() -> None:
        picker = await a_tab("none").get_state(PickerState)
        picker.estimate, picker.estimating = "about 5 MB", False
        picker.choose_quality("480p")
        assert (picker.estimate, picker.estimating) == ("about 5 MB", True)

    run(test())


def test_device_brings_its_format_and_switches_and_one_that_is_not_known_is_said_to_be():
    async def test() -> None:
        picker = await a_tab("none").get_state(PickerState)
        picker.choose_format("pdf")
        picker.choose_grayscale(True)
        await picker.choose_for("device")
        assert (picker.chosen_for, picker.quality, picker.problem) == ("device", "original", "")

        picker.choose_device("toaster")
        assert picker.quality == "original"
        assert picker.problem == UNKNOWN_DEVICE

        picker.choose_device("libra colour")
        assert (picker.quality, picker.format) == ("kobo-libra-colour", "epub")
        assert (picker.device, picker.grayscale) == ("libra colour", False)
        assert picker.meaning == "EPUB · 1264 × 1680 pixels · in colour · margins cropped"

        picker.choose_quality("1080p")
        assert (picker.chosen_for, picker.quality, picker.meaning) == ("any", "1080p", "")

        picker.choose_device("libra colour")
        await picker.choose_for("any")
        assert (picker.chosen_for, picker.quality) == ("any", "original")

    run(test())


def test_device_sets_what_it_gains_from_and_leaving_it_undoes_that():
    async def test() -> None:
        picker = await a_tab("none").get_state(PickerState)
        picker.choose_device("kobo sage")
        assert (picker.crop_margins, picker.levels) == (True, True)
        picker.choose_levels(False)
        picker.choose_double_pages("both")
        picker.choose_double_pages("thrice")
        picker.choose_epub_for("any")
        asked = picker._request()
        assert (asked.crop_margins, asked.levels, asked.double_pages, asked.epub_for) == (
            True,
            False,
            "both",
            "any",
        )

        picker.choose_quality("1080p")
        assert (picker.crop_margins, picker.levels) == (False, False)

    run(test())


def test_untouched_files_are_asked_for_without_any_other_choice():
    async def test() -> None:
        picker = await a_tab("none").get_state(PickerState)
        picker.choose_comics(["one"], 1)
        picker.choose_grayscale(True)
        picker.choose_pages("1-3")
        picker.choose_quality("untouched")
        assert picker.is_untouched
        assert picker._request() == DownloadRequest(
            comic_ids=("one",), quality="untouched", on_page_error="skip"
        )

    run(test())


def test_other_comics_begin_without_numbers():
    async def test() -> None:
        picker = await a_tab("none").get_state(PickerState)
        picker.estimate, picker.estimating = "about 5 MB", False
        picker.choose_comics(["other"], 0)
        assert (picker.estimate, picker.estimating) == ("", True)

    run(test())


def test_only_choices_that_the_page_offers_are_taken():
    async def test() -> None:
        picker = await a_tab("none").get_state(PickerState)
        picker.choose_format("exe")
        picker.choose_quality("9999p")
        picker.choose_target_size("many")
        assert (picker.format, picker.quality, picker.target_size) == ("cbz", "original", "none")

        picker.choose_format("pdf")
        picker.choose_quality("720p")
        picker.choose_target_size("25000000")
        assert (picker.format, picker.quality, picker.target_size) == ("pdf", "720p", "25000000")

    run(test())


class InBackground:
    """A state as its background events see it; nothing else holds its lock here."""

    def __init__(self, state: PickerState) -> None:
        self.__dict__["_state"] = state

    def __getattr__(self, name: str) -> object:
        return getattr(self._state, name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._state, name, value)

    async def __aenter__(self) -> InBackground:
        return self

    async def __aexit__(self, *_: object) -> None:
        pass


async def _estimate(picker: PickerState) -> None:
    """Run the background event, and again as long as it asks for that."""
    while await PickerState.estimate_now.fn(InBackground(picker)) is not None:
        pass


def test_the_picker_follows_when_damaged_pages_are_found_after_it_was_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(reading, "OPENING_SECONDS", -1.0)
    context = build_context(
        Settings(data_dir=tmp_path, library_dir=tmp_path / "shelf", min_free_bytes=1)
    )
    provide_context(context)
    owner = create_owner(context, "ann", "a long password")
    _, session_token = sign_in(context, "ann", "a long password", "127.0.0.1")
    pages = {f"{number}.jpg": image(size=(60 + number, 90)) for number in range(3)}
    write_zip(tmp_path / "shelf" / "Owl.cbz", {**pages, "1.jpg": pages["1.jpg"][:200]})
    request_scan(context)
    run_requested_scans(context, lambda: library_status(context).reading)
    (comic,) = list_comics(context).items

    async def test() -> None:
        picker = await a_tab(session_token).get_state(PickerState)

        async def send(_token: str, *events: object) -> None:
            assert len(events) == 1
            await _estimate(picker)

        app: Any = SimpleNamespace(event_processor=SimpleNamespace(enqueue_many=send))
        pusher = PickerPusher(app, count(step=LOOK_SECONDS).__next__)
        open_tabs.join(Tab("tab", owner.id, session_token, routes.LIBRARY, 0.0))
        picker.choose_comics([comic.id], comic.damaged_pages)
        await _estimate(picker)
        await pusher.show()
        assert (picker.are_read, picker.damaged_pages, picker.skip_damaged) == (False, 0, False)

        run_requested_scans(context, lambda: False)
        await pusher.show()
        assert (picker.are_read, picker.damaged_pages, picker.skip_damaged) == (True, 1, True)
        assert (picker.problem, picker.estimating) == ("", False)
        assert "2\N{NO-BREAK SPACE}pages" in picker.estimate
        assert waiting_pickers.all() == []

    try:
        run(test())
    finally:
        open_tabs.keep(set())

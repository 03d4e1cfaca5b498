"""The numbers below the choices belong to what is chosen."""

from __future__ import annotations

from comic_downloads.web.states.picker import PickerState
from comic_downloads.web.views.device_field import UNKNOWN_DEVICE
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
        assert picker.meaning == "EPUB · 1264 × 1680 pixels · in colour"

        picker.choose_quality("1080p")
        assert (picker.chosen_for, picker.quality, picker.meaning) == ("any", "1080p", "")

        picker.choose_device("libra colour")
        await picker.choose_for("any")
        assert (picker.chosen_for, picker.quality) == ("any", "original")

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

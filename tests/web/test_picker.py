"""The numbers below the choices belong to what is chosen."""

from __future__ import annotations

from comic_downloads.web.states.picker import PickerState
from tests.web.states import a_tab, run


def test_numbers_are_marked_as_old_from_the_choice_on():
    async def test() -> None:
        picker = await a_tab("none").get_state(PickerState)
        picker.estimate, picker.estimating = "about 5 MB", False
        picker.choose_quality("480p")
        assert (picker.estimate, picker.estimating) == ("about 5 MB", True)

    run(test())


def test_other_comics_begin_without_numbers():
    async def test() -> None:
        picker = await a_tab("none").get_state(PickerState)
        picker.estimate, picker.estimating = "about 5 MB", False
        picker.choose_comics(["other"], 0)
        assert (picker.estimate, picker.estimating) == ("", True)

    run(test())

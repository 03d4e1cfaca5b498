"""The picker opens with the last choice of the account, and saves and picks presets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from comic_downloads.domain.presets import PRESETS
from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner
from comic_downloads.usecases.accounts.sign_in import sign_in
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.downloads import saved_presets
from comic_downloads.usecases.downloads.snapshots import list_downloads
from comic_downloads.web.context import provide_context
from comic_downloads.web.states.picker import PickerState
from comic_downloads.web.states.preset_form import PresetFormState
from comic_downloads.web.states.preset_list import PresetListState
from comic_downloads.web.states.selection import SelectionState
from comic_downloads.wiring import build_context
from tests.api.library import add_archive, scan
from tests.web.states import a_tab, run

PASSWORD = "password of ann"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    context = build_context(
        Settings(
            data_dir=tmp_path,
            library_dir=tmp_path / "shelf",
            min_free_bytes=1,
        )
    )
    create_owner(context, "ann", PASSWORD)
    provide_context(context)
    for name in ("Attic", "Bridge"):
        add_archive(context, f"{name}.cbz")
    scan(context)
    return context


def account_and_token(context: Context) -> tuple[str, str]:
    account, token = sign_in(context, "ann", PASSWORD, "127.0.0.1")[:2]
    return account.id, token


async def opened(token: str) -> PickerState:
    """Return the picker of a new tab, opened for all comics."""
    tab = a_tab(token)
    selection = await tab.get_state(SelectionState)
    selection.start()
    await selection.select_all()
    await selection.open_picker()
    return await tab.get_state(PickerState)


async def to_the_end(events: AsyncIterator[object]) -> None:
    async for _ in events:
        pass


def test_another_browser_opens_with_what_was_chosen_last(context: Context):
    user_id, token = account_and_token(context)

    async def test() -> None:
        picker = await opened(token)
        assert (picker.format, picker.split, picker.chosen_for) == ("cbz", "each", "any")
        picker.choose_device("Kobo Sage")
        picker.choose_crop_margins(True)
        picker.choose_lifetime(str(30 * 86400))
        picker.choose_split("none")
        await to_the_end(picker.download())

        other = await opened(token)
        assert (other.format, other.quality, other.crop_margins) == ("epub", "kobo-sage", True)
        assert (other.split, other.device, other.chosen_for) == ("none", "Kobo Sage", "device")
        assert other.meaning == (
            "EPUB · 1440 × 1920 pixels · 16 grays · margins cropped · kept for 30\u00a0days"
        )

    run(test())
    (job,), _ = list_downloads(context, user_id)
    assert job.quality == "kobo-sage"


def test_choices_of_a_tab_stay_while_no_other_browser_downloads(context: Context):
    _, token = account_and_token(context)

    async def test() -> None:
        picker = await opened(token)
        await to_the_end(picker.download())
        selection = await picker.get_state(SelectionState)
        picker.choose_format("pdf")
        await selection.open_picker()
        assert picker.format == "pdf"

        other = await opened(token)
        other.choose_format("zip")
        await to_the_end(other.download())
        await selection.open_picker()
        assert picker.format == "zip"

    run(test())


def test_preset_is_saved_replaced_and_left_by_another_choice(context: Context):
    user_id, token = account_and_token(context)

    async def test() -> None:
        picker = await opened(token)
        form = await picker.get_state(PresetFormState)
        picker.choose_device("Kindle Scribe (2025)")
        form.open()
        await form.save({"name": ""})
        assert "A preset needs a name" in form.problem
        await form.save({"name": "My Scribe"})
        assert (form.is_open, [one.name for one in picker.presets]) == (False, ["My Scribe"])
        assert picker.chosen_for == picker.presets[0].id

        picker.choose_crop_margins(True)
        assert picker.chosen_for == "device"
        form.open()
        await form.type_name("my scribe")
        assert form.replaces
        await form.save({"name": "My scribe"})
        assert [one.name for one in picker.presets] == ["My scribe"]

        picker.choose_format("zip")
        await picker.choose_for(picker.presets[0].id)
        assert (picker.format, picker.crop_margins) == ("epub", True)

    run(test())
    (preset,) = saved_presets.list_presets(context, user_id)
    assert preset.choices["crop_margins"] is True


def test_everything_that_an_api_client_saved_is_what_the_picker_asks_for(context: Context):
    user_id, token = account_and_token(context)
    choices = {
        "format": "zip",
        "quality": "1000x1400",
        "metadata": False,
        "target_size_bytes": 12_345_678,
        "max_part_bytes": 987_654,
        "expires_in_seconds": 7200,
        "on_page_error": "skip",
        "page_names": "numbered",
        "strips": "keep",
        "image_format": "webp",
        "split": 2,
    }
    made = saved_presets.create_preset(context, user_id, "Odd", choices, is_default=True)

    async def test() -> None:
        picker = await opened(token)
        assert picker.chosen_for == made.id
        assert picker.choices() | choices == picker.choices()
        assert (picker.other_size, picker.other_lifetime) == ("12.3\u00a0MB", "2\u00a0h")
        await to_the_end(picker.download())

    run(test())
    (job,), _ = list_downloads(context, user_id)
    assert (job.format, job.quality, job.on_page_error) == ("zip", "1000x1400", "skip")


def test_preset_of_a_device_that_is_gone_says_so_and_changes_nothing(
    context: Context, monkeypatch: pytest.MonkeyPatch
):
    user_id, token = account_and_token(context)
    choices = {"format": "epub", "quality": "kobo-sage"}
    made = saved_presets.create_preset(context, user_id, "Sage", choices)
    monkeypatch.delitem(PRESETS, "kobo-sage")

    async def test() -> None:
        picker = await opened(token)
        await picker.choose_for(made.id)
        assert "The preset “Sage” cannot be used any more." in picker.problem
        assert (picker.format, picker.quality, picker.chosen_for) == ("cbz", "original", "any")

    run(test())


def test_presets_are_renamed_made_the_default_and_deleted_on_the_account_page(context: Context):
    user_id, token = account_and_token(context)
    for name in ("One", "Two"):
        saved_presets.create_preset(context, user_id, name, {"format": "pdf", "split": "each"})

    async def test() -> None:
        page = await a_tab(token).get_state(PresetListState)
        await page.read()
        assert [(row.name, row.meaning) for row in page.rows] == [
            ("One", "PDF · Original · one file each"),
            ("Two", "PDF · Original · one file each"),
        ]
        page.start_renaming(page.rows[1].id)
        await page.rename({"name": "ONE"})
        assert "You already have a preset" in page.problem and page.renamed_id
        await page.rename({"name": "Zwei"})
        assert (page.problem, page.renamed_id) == ("", "")
        await page.make_default(page.rows[1].id, True)
        assert [(row.name, row.is_default) for row in page.rows] == [("One", False), ("Zwei", True)]
        page.ask_deletion(page.rows[0].id)
        await page.delete()
        assert [row.name for row in page.rows] == ["Zwei"]

    run(test())

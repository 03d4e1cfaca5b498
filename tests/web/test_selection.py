"""What is selected in the library is what is downloaded, whatever is searched for meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner
from comic_downloads.usecases.accounts.sign_in import sign_in
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.downloads.snapshots import list_downloads
from comic_downloads.web.context import provide_context
from comic_downloads.web.states import library
from comic_downloads.web.states.library import LibraryState
from comic_downloads.web.states.picker import PickerState
from comic_downloads.web.states.selection import SelectionState
from comic_downloads.wiring import build_context
from tests.api.library import add_archive, scan
from tests.web.states import a_tab, run, visit

PASSWORD = "a long password"


@pytest.fixture
def context(tmp_path: Path) -> Context:
    context = build_context(
        Settings(
            data_dir=tmp_path,
            library_dir=tmp_path / "shelf",
            min_free_bytes=1,
            max_comics_per_job=4,
        )
    )
    create_owner(context, "ann", PASSWORD)
    provide_context(context)
    return context


def token_of(context: Context) -> str:
    return sign_in(context, "ann", PASSWORD, "127.0.0.1")[1]


def id_of_ann(context: Context) -> str:
    return sign_in(context, "ann", PASSWORD, "127.0.0.1")[0].id


def test_comics_of_several_searches_are_downloaded_together_in_the_librarys_order(context: Context):
    for name in ("Attic", "Bridge", "Cellar"):
        add_archive(context, f"{name}.cbz")
    ids = scan(context)

    async def test() -> None:
        tab = a_tab(token_of(context))
        selection = await tab.get_state(SelectionState)
        picker = await tab.get_state(PickerState)
        selection.start()
        await visit(tab, "/?q=bridge")
        await selection.toggle(ids["Bridge"])
        await visit(tab, "/?q=attic")
        await selection.toggle(ids["Attic"])
        await selection.open_picker()
        assert (picker.comic_count, picker.dialog_open) == (2, True)
        picker.choose_split("none")
        async for _ in picker.download():
            pass

    run(test())
    (job,), _ = list_downloads(context, id_of_ann(context))
    assert [comic.title for comic in job.comics] == ["Attic", "Bridge"]


def test_selection_becomes_one_file_each_unless_something_else_is_chosen(context: Context):
    for name in ("Attic", "Bridge", "Cellar"):
        add_archive(context, f"{name}.cbz")
    scan(context)

    async def test() -> None:
        tab = a_tab(token_of(context))
        selection, picker = await tab.get_state(SelectionState), await tab.get_state(PickerState)
        await selection.select_all()
        await selection.open_picker()
        assert (picker.split, picker.has_volumes) == ("each", False)
        async for _ in picker.download():
            pass
        await selection.select_all()
        await selection.open_picker()
        picker.choose_comics_per_file("two")
        async for _ in picker.download():
            pass
        assert (picker.split, "Type how many comics" in picker.problem) == ("number", True)
        picker.choose_comics_per_file("2")
        async for _ in picker.download():
            pass

    run(test())
    jobs, _ = list_downloads(context, id_of_ann(context))
    groups: dict[str | None, list[list[str]]] = {}
    for job in reversed(jobs):
        groups.setdefault(job.group_id, []).append([comic.title for comic in job.comics])
    assert list(groups.values()) == [
        [["Attic"], ["Bridge"], ["Cellar"]],
        [["Attic", "Bridge"], ["Cellar"]],
    ]


def test_select_all_takes_all_that_match_and_can_be_read_also_those_not_shown(
    context: Context, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(library, "PAGE_SIZE", 1)
    for name in ("Harbour 1", "Harbour 2", "Attic"):
        add_archive(context, f"{name}.cbz")
    (context.settings.library / "Harbour 3.cbz").write_bytes(b"no archive")
    ids = scan(context)

    async def test() -> None:
        tab = a_tab(token_of(context))
        shelf, selection = await tab.get_state(LibraryState), await tab.get_state(SelectionState)
        await visit(tab, "/?q=attic")
        await selection.toggle(ids["Attic"])
        await visit(tab, "/?q=harbour")
        assert len(shelf.cards) == 1
        await selection.select_all()
        assert set(selection.selected) == {
            comic_id for title, comic_id in ids.items() if not title.endswith("3")
        }

    run(test())


def test_select_all_takes_as_many_as_one_download_may_have_and_says_so(context: Context):
    for number in range(6):
        add_archive(context, f"Comic {number}.cbz", 1)
    scan(context)

    async def test() -> None:
        selection = await a_tab(token_of(context)).get_state(SelectionState)
        said = await selection.select_all()
        assert len(selection.selected) == 4
        assert "4 of 6 comics" in str(said)

    run(test())


def test_selected_comic_that_is_gone_is_not_lost_silently(context: Context):
    kept, gone = add_archive(context, "Kept.cbz"), add_archive(context, "Gone.cbz")
    ids = scan(context)

    async def test() -> None:
        tab = a_tab(token_of(context))
        selection, picker = await tab.get_state(SelectionState), await tab.get_state(PickerState)
        await (await tab.get_state(LibraryState)).load()
        await selection.toggle(ids[kept.stem])
        await selection.toggle(ids[gone.stem])
        gone.unlink()
        scan(context)
        said = await selection.open_picker()
        assert (picker.comic_count, selection.selected) == (1, [ids[kept.stem]])
        assert "no longer in the library" in str(said)

    run(test())


def test_only_comics_of_the_library_are_selected_and_no_more_than_one_download_may_have(
    context: Context,
):
    for number in range(6):
        add_archive(context, f"Comic {number}.cbz", 1)
    ids = list(scan(context).values())

    async def test() -> None:
        tab = a_tab(token_of(context))
        selection = await tab.get_state(SelectionState)
        said = [str(await selection.toggle(comic_id)) for comic_id in ["unknown", *ids]]
        assert selection.selected == ids[:4]
        assert "4 of 5 comics" in said[-1]

    run(test())

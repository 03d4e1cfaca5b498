"""The library and series pages: what an address shows, and what is sent of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from comic_downloads.db.fetches import record_fetched
from comic_downloads.domain.library import ComicFilters, ComicQuery
from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.access_tokens import create_token
from comic_downloads.usecases.accounts.accounts import create_owner, create_user
from comic_downloads.usecases.accounts.sign_in import sign_in
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.library.browse import list_comics
from comic_downloads.web.api.app import create_api
from comic_downloads.web.context import provide_context
from comic_downloads.web.states import library, series
from comic_downloads.web.states.library import LibraryState
from comic_downloads.web.states.picker import PickerState
from comic_downloads.web.states.series import SeriesState
from comic_downloads.web.views.library_address import LibraryAddress, read_address
from comic_downloads.wiring import build_context
from tests.api.library import add_archive, scan
from tests.library.shelf import image, write_zip
from tests.web.states import a_tab, run, visit

PASSWORD = "a long password"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = build_context(
        Settings(data_dir=tmp_path, library_dir=tmp_path / "shelf", min_free_bytes=1)
    )
    create_owner(context, "ann", PASSWORD)
    provide_context(context)
    for number in range(1, 6):
        add_archive(context, f"Owls/Owls {number:03}.cbz", 1)
    add_archive(context, "Palace.cbz", 1)
    scan(context)
    yield context
    context.db.dispose()


def token_of(context: Context) -> str:
    return sign_in(context, "ann", PASSWORD, "127.0.0.1")[1]


def test_only_new_cards_are_sent_and_nothing_while_nothing_has_changed(
    context: Context, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(library, "PAGE_SIZE", 2)

    async def test() -> None:
        tab = a_tab(token_of(context))
        page = await tab.get_state(LibraryState)

        def sent() -> tuple[list[str], int, int]:
            return [card.facts for card in page.cards], page.cards_from, page.list_number

        await visit(tab, "/?view=comics&sort=number")
        first, number = [card.facts for card in page.cards], page.list_number
        assert (len(first), page.cards_from, page.total, page.more) == (2, 0, 6, True)
        await page.show_more(2)
        assert (len(page.cards), page.cards_from, page.list_number) == (2, 2, number)
        before = sent()
        await page.load()
        assert sent() == before
        # The page missed the answer, and asks again from what it has.
        await page.show_more(2)
        assert sent() == before
        await page.show_more(4)
        assert (page.cards_from, page.more) == (4, False)
        (context.settings.library / "Palace.cbz").unlink()
        scan(context)
        await page.load()
        assert (len(page.cards), page.cards_from, page.list_number > number) == (5, 0, True)

    run(test())


def test_page_that_lost_its_cards_gets_them_again(
    context: Context, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(library, "PAGE_SIZE", 2)

    async def test() -> None:
        tab = a_tab(token_of(context))
        await visit(tab, "/?view=comics")
        page = await tab.get_state(LibraryState)
        await page.show_more(2)
        await page.send_again()
        assert (len(page.cards), page.cards_from) == (4, 0)

    run(test())


def test_series_page_offers_its_comics_to_the_picker(
    context: Context, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(series, "PAGE_SIZE", 2)
    (context.settings.library / "Owls/Owls 004.cbz").unlink()
    scan(context)

    async def test() -> None:
        tab = a_tab(token_of(context))
        await visit(tab, "/")
        owls, palace = (await tab.get_state(LibraryState)).cards
        assert (owls.title, owls.facts.split(" · ")[0]) == ("Owls", "4\N{NO-BREAK SPACE}comics")
        assert (palace.title, palace.is_series) == ("Palace", False)
        page = await tab.get_state(SeriesState)
        await visit(tab, owls.href, SeriesState)
        assert ([card.title for card in page.cards], page.total) == (["#1", "#2"], 4)
        assert page.series.missing == "Missing #4"
        await page.show_more(2)
        assert ([card.title for card in page.cards], page.cards_from) == (["#3", "#5"], 2)
        await page.download_all()
        picker = await tab.get_state(PickerState)
        assert (picker.comic_count, picker.dialog_open) == (4, True)
        await visit(tab, "/series/unknown", SeriesState)
        assert page.problem == "There is no such series in the library."

    run(test())


def api_token(context: Context) -> str:
    account = sign_in(context, "ann", PASSWORD, "127.0.0.1")[0]
    return create_token(context, account, "test")[1]


def cards_at(context: Context, address: str) -> list[tuple[str, str]]:
    """Return the titles of the cards that an address shows, with their marks."""

    async def test() -> list[tuple[str, str]]:
        tab = a_tab(token_of(context))
        await visit(tab, address)
        page = await tab.get_state(LibraryState)
        return [(card.title, card.mark) for card in page.cards]

    return run(test())


def test_cards_say_what_is_in_preparation_and_what_was_downloaded(context: Context):
    (palace,) = list_comics(context, ComicQuery("palace")).items
    in_work = {"comic_ids": [palace.id], "format": "pdf", "quality": "100x150"}
    with TestClient(create_api(context), base_url="http://localhost") as client:
        client.headers["authorization"] = f"Bearer {api_token(context)}"
        job = client.post("/api/v1/downloads", json=in_work).json()
        assert cards_at(context, "/") == [("Owls", ""), ("Palace", "preparing")]
        client.post(f"/api/v1/downloads/{job['id']}/cancel")
    with context.db.write() as session:
        record_fetched(session, [job["id"]], context.clock())
    assert cards_at(context, "/") == [("Owls", ""), ("Palace", "fetched")]
    assert cards_at(context, "/?fetched=yes") == [("Palace", "fetched")]
    assert cards_at(context, "/?fetched=no") == [("Owls", "")]


def test_suggested_person_leads_to_the_comics_of_that_person(context: Context):
    shelf = context.settings.library
    of_ada = b"<ComicInfo><Writer>Ada Lin</Writer></ComicInfo>"
    of_others = b"<ComicInfo><Writer>Ada Brook</Writer><Penciller>Moss Lin</Penciller></ComicInfo>"
    for name, credits in (("River", of_ada), ("Stone", of_others)):
        pages = {"1.jpg": image(size=(60, 90 + len(name))), "ComicInfo.xml": credits}
        write_zip(shelf / f"{name}.cbz", pages)
    scan(context)

    async def test() -> None:
        tab = a_tab(token_of(context))
        await visit(tab, "/?q=ada+lin&language=")
        page = await tab.get_state(LibraryState)
        assert [card.title for card in page.cards] == ["River", "Stone"]
        await page.search("ada lin")
        (people,) = [group for group in page.suggestions if group.title == "People"]
        (person,) = people.lines
        assert (person.label, person.href) == ("Ada Lin", "/?person=Ada+Lin")
        await visit(tab, person.href)
        assert ([card.title for card in page.cards], page.filter_count) == (["River"], 1)
        (shown,) = [one for one in page.filters if one.name == "person"]
        assert [choice.label for choice in shown.choices] == ["Anybody", "Ada Lin"]

    run(test())


def test_only_the_owner_can_filter_by_damage(context: Context):
    create_user(context, "ben", PASSWORD)

    async def test() -> None:
        for username, is_offered in (("ann", True), ("ben", False)):
            tab = a_tab(sign_in(context, username, PASSWORD, "127.0.0.1")[1])
            await visit(tab, "/?damaged=yes")
            page = await tab.get_state(LibraryState)
            if not page.shows_filters:
                await page.show_filters()
            assert ("damaged" in [one.name for one in page.filters]) == is_offered
            assert (page.total == 0) == is_offered

    run(test())


def test_address_says_what_is_shown_and_nonsense_in_it_is_left_out():
    asked = LibraryAddress("comics", "owls & co", "size", ComicFilters(year=2014, language="en"))
    assert asked.as_text() == "/?view=comics&q=owls+%26+co&sort=size&language=en&year=2014"
    parameters = {"view": "comics", "q": "owls & co", "sort": "size"}
    assert read_address({**parameters, "language": "en", "year": "2014"}) == asked
    nonsense = {"view": "x", "sort": "pages", "year": "²", "direction": "up", "other": "x" * 2000}
    assert read_address(nonsense) == LibraryAddress()
    assert read_address(nonsense).as_text() == "/"

"""The rows above the whole library: what is new, ready for the account, and downloaded lately."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from comic_downloads.db.fetches import record_fetched
from comic_downloads.domain.library import ComicQuery
from comic_downloads.domain.split import EACH, parse_split
from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner
from comic_downloads.usecases.accounts.sign_in import sign_in
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.downloads.groups import submit_group
from comic_downloads.usecases.downloads.submit import DownloadRequest, submit_download
from comic_downloads.usecases.library.browse import list_comics
from comic_downloads.usecases.library.highlights import NEW_AGE, ROW_LENGTH, highlights
from comic_downloads.web.context import provide_context
from comic_downloads.web.states.library_sections import LibrarySectionsState
from comic_downloads.wiring import build_context
from tests.api.library import add_archive, scan
from tests.web.states import a_tab, run, visit

PASSWORD = "a long password"
ONE_SHOTS = 12


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = build_context(
        Settings(
            data_dir=tmp_path,
            library_dir=tmp_path / "shelf",
            min_free_bytes=1,
            originals="layout",
        )
    )
    provide_context(context)
    for number in range(ONE_SHOTS):
        add_archive(context, f"Palace {chr(ord('A') + number)}.cbz", 1)
    scan(context)
    yield context
    context.db.dispose()


@pytest.fixture
def user_id(context: Context) -> str:
    return create_owner(context, "ann", PASSWORD).id


def sections_at(context: Context, address: str) -> tuple[dict[str, list[str]], list[str]]:
    """Return the titles of the rows with those of their cards, and the ready files."""
    token = sign_in(context, "ann", PASSWORD, "127.0.0.1")[1]

    async def test() -> tuple[dict[str, list[str]], list[str]]:
        tab = a_tab(token)
        await visit(tab, address)
        shown = await tab.get_state(LibrarySectionsState)
        rows = {row.title: [card.title for card in row.cards] for row in shown.rows}
        return rows, [file.title for file in shown.ready]

    return run(test())


def comic_named(context: Context, title: str) -> str:
    (found,) = [one for one in list_comics(context, ComicQuery()).items if one.title == title]
    return found.id


def test_new_comics_come_first_once_a_series_and_only_above_a_longer_shelf(
    context: Context, user_id: str
):
    assert sections_at(context, "/") == ({}, [])
    for number in (1, 2):
        add_archive(context, f"Owls/Owls {number:03}.cbz", 1)
    scan(context)
    rows, _ = sections_at(context, "/")
    assert list(rows) == ["New"]
    assert (rows["New"][0], len(rows["New"])) == ("Owls", ROW_LENGTH)
    assert rows["New"].count("Owls") == 1
    for part in ("/?q=owls", "/?view=comics", "/?sort=newest"):
        assert sections_at(context, part) == ({}, [])


def test_comics_are_new_for_a_month(context: Context, user_id: str):
    later = context.clock() + NEW_AGE + timedelta(days=1)
    assert len(highlights(context, user_id).new) == ONE_SHOTS
    assert highlights(replace(context, clock=lambda: later), user_id).new == ()


def test_files_are_ready_for_the_account_until_it_has_fetched_them(context: Context, user_id: str):
    single = DownloadRequest(comic_ids=(comic_named(context, "Palace A"),), quality="untouched")
    submit_download(context, user_id, single)
    two = (comic_named(context, "Palace B"), comic_named(context, "Palace C"))
    both = DownloadRequest(comic_ids=two, format="pdf", grayscale=True)
    submit_group(context, user_id, both, parse_split(EACH) or pytest.fail("no split"))
    assert sections_at(context, "/") == ({}, ["Palace A"])


def test_what_was_downloaded_last_comes_first(context: Context, user_id: str):
    for title, minutes in (("Palace A", 0), ("Palace B", 1)):
        wanted = DownloadRequest(comic_ids=(comic_named(context, title),), quality="untouched")
        job = submit_download(context, user_id, wanted).job
        with context.db.write() as session:
            record_fetched(session, [job.id], context.clock() + timedelta(minutes=minutes))
    assert sections_at(context, "/")[0] == {"Lately downloaded": ["Palace B", "Palace A"]}
    (context.settings.library / "Palace B.cbz").unlink()
    scan(context)
    assert sections_at(context, "/")[0] == {"Lately downloaded": ["Palace A"]}

"""What the pages show when the database is locked or damaged: words, and a way to try again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
import reflex as rx

from comic_downloads.db import session
from comic_downloads.domain.errors import DatabaseBusy
from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner
from comic_downloads.usecases.accounts.sign_in import sign_in
from comic_downloads.usecases.context import Context
from comic_downloads.web.context import provide_context
from comic_downloads.web.session.auth import show_error
from comic_downloads.web.session.load_errors import LoadErrorState
from comic_downloads.web.states.comic import ComicState
from comic_downloads.web.states.downloads import DownloadsState
from comic_downloads.web.states.library import LibraryState
from comic_downloads.web.states.queue import QueueState
from comic_downloads.web.states.shares import SharesState
from comic_downloads.web.states.sign_in import SignInState
from comic_downloads.web.states.tray import TrayState
from comic_downloads.wiring import build_context
from tests.web.states import a_tab, run

PASSWORD = "a long password"
LOADS = {
    TrayState: "enter",
    LibraryState: "load",
    ComicState: "load",
    DownloadsState: "load",
    SharesState: "load",
    QueueState: "load",
}


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(session, "BUSY_TIMEOUT_SECONDS", 0.2)
    context = build_context(
        Settings(data_dir=tmp_path, library_dir=tmp_path / "shelf", min_free_bytes=1)
    )
    create_owner(context, "ann", PASSWORD)
    provide_context(context)
    return context


@pytest.mark.parametrize("page", LOADS, ids=lambda page: page.__name__)
def test_a_page_of_a_damaged_database_says_so_in_place_of_its_placeholders(
    context: Context, page: type[rx.State]
):
    token = sign_in(context, "ann", PASSWORD, "127.0.0.1")[1]
    context.db.dispose()
    context.settings.database_file.write_bytes(b"\xa5" * 100_000)

    async def test() -> str:
        tab = a_tab(token)
        await getattr(await tab.get_state(page), LOADS[page])()
        return (await tab.get_state(LoadErrorState)).message

    assert "The database is damaged" in run(test())


def test_the_sign_in_form_can_be_sent_again_after_a_locked_database(context: Context):
    holder = sqlite3.connect(context.settings.database_file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    async def test() -> tuple[str, bool]:
        form = await a_tab().get_state(SignInState)
        async for _ in form.sign_in({"username": "ann", "password": PASSWORD}):
            pass
        return form.problem, form.busy

    assert run(test()) == (DatabaseBusy.words, False)
    holder.close()


def test_an_action_that_could_not_be_saved_says_why(context: Context):
    assert DatabaseBusy.words in str(show_error(DatabaseBusy("database is locked")))

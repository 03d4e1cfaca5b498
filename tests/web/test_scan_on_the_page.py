"""The library page shows what a running scan finds, as it comes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner
from comic_downloads.usecases.accounts.sign_in import sign_in
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.library import scan
from comic_downloads.usecases.library.scan import request_scan, run_requested_scans
from comic_downloads.web import routes
from comic_downloads.web.context import provide_context
from comic_downloads.web.live.scan_pusher import COVERS_SECONDS, ScanPusher
from comic_downloads.web.live.tab_sessions import TabSessions
from comic_downloads.web.session.open_tabs import Tab, open_tabs
from comic_downloads.web.states.library import LibraryState
from comic_downloads.wiring import build_context
from tests.api.library import add_archive
from tests.web.states import a_tab, run

COMICS = 4


@dataclass
class Browser:
    """One tab on the library page, and the part of the app that pushes to it."""

    session_token: str
    now: float = 100.0
    seen: list[tuple[str, list[str]]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.root = a_tab(self.session_token)
        app: Any = SimpleNamespace(
            modify_state=self._modify_state,
            event_processor=SimpleNamespace(enqueue_many=self._load),
            event_namespace=None,
        )
        self._pusher = ScanPusher(app, TabSessions(app, lambda: self.now), lambda: self.now)

    async def round(self) -> None:
        await self._pusher.show()
        page = await self.root.get_state(LibraryState)
        self.seen.append((page.scan, [card.title for card in page.cards]))

    @asynccontextmanager
    async def _modify_state(self, _token: object) -> AsyncIterator[Any]:
        yield self.root

    async def _load(self, _token: str, *_events: object) -> None:
        await (await self.root.get_state(LibraryState)).load()


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = build_context(
        Settings(data_dir=tmp_path, library_dir=tmp_path / "shelf", min_free_bytes=1)
    )
    provide_context(context)
    for number in range(COMICS):
        add_archive(context, f"Comic {number}/Comic {number}.cbz")
    yield context
    open_tabs.keep(set())


def test_comics_appear_with_their_covers_while_the_scan_runs(
    context: Context, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(scan, "SAVED_TOGETHER", 1)
    owner = create_owner(context, "ann", "a long password")
    _, token = sign_in(context, "ann", "a long password", "127.0.0.1")
    open_tabs.join(Tab("tab", owner.id, token, routes.LIBRARY, 0.0))
    browser = Browser(token)

    def look() -> bool:
        browser.now += COVERS_SECONDS
        run(browser.round())
        return False

    request_scan(context)
    assert run_requested_scans(context, look) == 1
    run(browser.round())
    counts = [len(titles) for scan, titles in browser.seen if scan.startswith("Looking at")]
    assert set(range(COMICS)) <= set(counts)
    assert browser.seen[-1][0] == ""
    assert len(browser.seen[-1][1]) == COMICS


def test_covers_are_read_again_only_now_and_then(context: Context):
    owner = create_owner(context, "ann", "a long password")
    _, token = sign_in(context, "ann", "a long password", "127.0.0.1")
    open_tabs.join(Tab("tab", owner.id, token, routes.LIBRARY, 0.0))
    browser = Browser(token)

    def look() -> bool:
        run(browser.round())
        return False

    request_scan(context)
    run_requested_scans(context, look)
    run(browser.round())
    shown = [titles for _, titles in browser.seen]
    assert {len(titles) for titles in shown} == {0, COMICS}

"""What guests can read in the browser, and when they cannot."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from comic_downloads.db.tables import Share
from comic_downloads.domain.errors import (
    ComicDownloadsError,
    Forbidden,
    LinkExpired,
    LinkInvalid,
    NotFound,
    PasswordRequired,
    ShareUsedUp,
)
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.sharing.access import GuestCredentials
from comic_downloads.usecases.sharing.contents import comic_to_read
from comic_downloads.usecases.sharing.shares import (
    ShareRequest,
    ShareView,
    create_share,
    revoke_share,
)
from comic_downloads.web.states.guest_reader import GuestReaderState
from comic_downloads.web.states.guests import GuestState
from tests.api.library import scan
from tests.web.states import a_tab, run
from tests.web.test_guest_state import PASSWORD, Clock, clock, context, cookie_of, owner_id

__all__ = ["clock", "context", "owner_id"]


@pytest.fixture
def comics(context: Context) -> dict[str, str]:
    return scan(context)


def shared(context: Context, owner_id: str, comic_id: str, **more: Any) -> ShareView:
    wishes: dict[str, Any] = {"reader": True, **more}
    request = ShareRequest(comic_ids=(comic_id,), **wishes)
    return create_share(context, owner_id, request)


def test_guest_turns_the_pages_and_can_save_the_one_that_is_shown(
    context: Context, owner_id: str, comics: dict[str, str]
):
    share = shared(context, owner_id, comics["Attic"])

    async def test() -> None:
        tab = a_tab(cookies=cookie_of(context, share), address=share.path)
        page, reader = await tab.get_state(GuestState), await tab.get_state(GuestReaderState)
        await page.load()
        assert page.can_read
        comic_id = page.comics[0].id
        assert "comic=1&page=1" in str(await reader.read(comic_id))
        assert reader.reading_url.startswith(f"/download/{comic_id}/0?height=")
        assert "comic=1&page=2" in str(reader.turn(1))
        assert reader.original_url == f"/download/{comic_id}/1"
        assert reader.original_name.startswith("Attic - 002.")
        assert share.path.rpartition("/")[2] not in repr(reader.pages)
        reader.close_reader()
        assert reader.reading_url == ""

    run(test())


def test_address_of_a_page_opens_the_reader_and_that_of_the_share_closes_it(
    context: Context, owner_id: str, comics: dict[str, str]
):
    share = shared(context, owner_id, comics["Attic"])
    cookies = cookie_of(context, share)

    async def reading(query: str) -> int:
        tab = a_tab(cookies=cookies, address=share.path + query)
        await (await tab.get_state(GuestState)).load()
        reader = await tab.get_state(GuestReaderState)
        reader.reading = 0
        await reader.load()
        return reader.reading

    async def test() -> None:
        assert await reading("?comic=1&page=2") == 1
        for query in ("", "?page=2", "?comic=2&page=1", "?comic=1&page=x", "?comic=0&page=1"):
            assert await reading(query) == -1

    run(test())


def test_nothing_is_read_unless_the_person_who_shares_allows_it(
    context: Context, owner_id: str, comics: dict[str, str]
):
    share = shared(context, owner_id, comics["Attic"], reader=False)

    async def test() -> None:
        tab = a_tab(cookies=cookie_of(context, share), address=f"{share.path}?comic=1&page=1")
        page, reader = await tab.get_state(GuestState), await tab.get_state(GuestReaderState)
        await page.load()
        await reader.load()
        assert (page.can_read, reader.pages) == (False, [])
        with pytest.raises(Forbidden):
            await reader.read(comics["Attic"])

    run(test())


def test_password_end_and_limit_of_a_share_close_its_reader(
    context: Context, owner_id: str, comics: dict[str, str], clock: Clock
):
    def read(share: ShareView, comic: str, cookies: dict[str, str]) -> str:
        guest = GuestCredentials(share.path.rpartition("/")[2], cookies)
        try:
            return comic_to_read(context, guest, comics[comic]).name
        except ComicDownloadsError as refusal:
            return type(refusal).__name__

    locked = shared(context, owner_id, comics["Attic"], password=PASSWORD)
    assert read(locked, "Attic", {}) == PasswordRequired.__name__
    assert read(locked, "Attic", cookie_of(context, locked, PASSWORD)) == "Attic"

    limited = shared(context, owner_id, comics["Attic"], max_downloads=1)
    cookies = cookie_of(context, limited)
    assert read(limited, "Attic", cookies) == "Attic"
    assert read(limited, "Bridge", cookies) == NotFound.__name__
    with context.db.write() as session:
        session.get_one(Share, limited.id).downloads_done = 1
    assert read(limited, "Attic", cookies) == ShareUsedUp.__name__

    revoked, ended = (
        shared(context, owner_id, comics["Attic"], expires_in_seconds=life) for life in (600, 60)
    )
    revoke_share(context, owner_id, revoked.id)
    assert read(revoked, "Attic", {}) == LinkInvalid.__name__
    clock.now += timedelta(seconds=61)
    assert read(ended, "Attic", {}) == LinkExpired.__name__

"""What a guest's tab shows and does, told by the address and the cookies it has."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.delivery.links import resolve_link
from comic_downloads.usecases.downloads.changes import changed_since
from comic_downloads.usecases.downloads.saved_presets import create_preset
from comic_downloads.usecases.operations.maintenance import purge
from comic_downloads.usecases.sharing.access import MAX_STAY, GuestCredentials, unlock
from comic_downloads.usecases.sharing.shares import (
    ShareRequest,
    ShareView,
    create_share,
    revoke_share,
)
from comic_downloads.web.context import provide_context
from comic_downloads.web.states.guest_choice import GuestChoiceState
from comic_downloads.web.states.guests import GuestState
from comic_downloads.wiring import build_context
from tests.api.library import add_archive, prepare_all, scan
from tests.web.states import a_tab, run

PASSWORD = "speak, friend"


class Clock:
    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def context(tmp_path: Path, clock: Clock) -> Context:
    settings = Settings(
        data_dir=tmp_path,
        library_dir=tmp_path / "shelf",
        min_free_bytes=1,
        artifact_ttl_seconds=3600,
    )
    context = replace(build_context(settings), clock=clock)
    provide_context(context)
    for name in ("Attic", "Bridge"):
        add_archive(context, f"{name}.cbz")
    return context


@pytest.fixture
def owner_id(context: Context) -> str:
    return create_owner(context, "ann", "a long password").id


@pytest.fixture
def share(context: Context, owner_id: str) -> ShareView:
    return create_share(
        context,
        owner_id,
        ShareRequest(comic_ids=tuple(scan(context).values()), formats=("pdf", "cbz")),
    )


def cookie_of(context: Context, share: ShareView, password: str = "") -> dict[str, str]:
    """Return the cookies of a guest who has opened the share."""
    cookie = unlock(
        context, GuestCredentials(share.path.rpartition("/")[2], {}), password, "127.0.0.1"
    ).new_cookie
    assert cookie is not None
    return {cookie.name: cookie.value}


def test_guest_asks_for_some_and_prepares_it_again_when_it_was_cleaned_up(
    context: Context, share: ShareView, clock: Clock
):
    cookies = cookie_of(context, share)

    async def test() -> None:
        tab = a_tab(cookies=cookies, address=share.path)
        page, choice = await tab.get_state(GuestState), await tab.get_state(GuestChoiceState)
        await page.load()
        await choice.begin()
        assert (page.phase, page.title, choice.format) == ("open", "2 comics", "cbz")
        await choice.toggle(page.comics[0].id)
        await finish(choice.prepare())
        assert [(row.status, row.filename) for row in page.rows] == [("queued", "Bridge.cbz")]
        assert page.announcement == "Bridge.cbz is preparing"

        prepare_all(context)
        await page.refresh()
        assert (page.rows[0].status_label, page.announcement) == ("Ready", "Bridge.cbz is ready")
        assert "/d/v1" in str(await page.download(page.rows[0].id))
        assert "/d/" not in repr(page.rows)
        await finish(choice.prepare())
        assert (len(page.rows), page.announcement) == (1, "Bridge.cbz is ready")

        clock.now += timedelta(hours=2)
        purge(context)
        page = await (tab := a_tab(cookies=cookies, address=share.path)).get_state(GuestState)
        await page.load()
        assert page.phase == "open"
        assert (page.rows[0].status_label, page.rows[0].again_label) == ("Expired", "Prepare again")
        await finish((await tab.get_state(GuestChoiceState)).prepare_again(page.rows[0].id))
        assert [row.status for row in page.rows] == ["queued"]

    run(test())


def test_guest_gets_one_file_each_unless_something_else_is_chosen(
    context: Context, share: ShareView, clock: Clock
):
    cookies = cookie_of(context, share)

    async def test() -> None:
        tab = a_tab(cookies=cookies, address=share.path)
        page, choice = await tab.get_state(GuestState), await tab.get_state(GuestChoiceState)
        await page.load()
        await choice.begin()
        choice.quality = "kindle-paperwhite"
        await finish(choice.prepare())
        (group,) = page.groups
        assert (group.status, [row.filename for row in group.members], page.rows) == (
            "queued",
            ["Attic.cbz", "Bridge.cbz"],
            [],
        )
        await page.pause_group(group.id)
        assert page.groups[0].can_resume
        await page.resume_group(group.id)
        prepare_all(context)
        await page.refresh()
        assert (page.groups[0].status_label, page.groups[0].has_files) == ("Ready", True)
        assert page.announcement == f"{group.title}: ready"
        clock.now += timedelta(hours=2)
        purge(context)
        await page.refresh()
        assert page.groups[0].again_label == "Prepare again"
        await finish(choice.prepare_group_again(group.id))
        assert [(row.id, row.status) for row in page.groups] == [(group.id, "queued")]

    run(test())


def test_click_keeps_a_file_whose_time_is_over_and_that_somebody_still_fetches(
    context: Context, share: ShareView, clock: Clock
):
    cookies = cookie_of(context, share)

    async def test() -> None:
        tab = a_tab(cookies=cookies, address=share.path)
        page, choice = await tab.get_state(GuestState), await tab.get_state(GuestChoiceState)
        await page.load()
        await choice.begin()
        choice.split = "none"
        await finish(choice.prepare())
        prepare_all(context)
        clock.now += timedelta(hours=2)
        link = re.search(r"/d/([^/]+)/", str(await page.download(page.rows[0].id)))
        assert link is not None
        purge(context)
        assert resolve_link(context, link[1]).filename == "Attic and 1 more.cbz"

    run(test())


def test_nothing_is_shown_without_the_password(context: Context, owner_id: str):
    ids = tuple(scan(context).values())
    share = create_share(context, owner_id, ShareRequest(comic_ids=ids, password=PASSWORD))
    shown = opened(share, {})
    assert (shown.phase, shown.title, shown.comics, shown.name) == (
        "locked",
        "",
        [],
        "Shared comics",
    )
    assert opened(share, cookie_of(context, share, PASSWORD)).phase == "open"


def test_a_share_that_ended_says_so_and_forgets_what_it_showed(
    context: Context, share: ShareView, owner_id: str, clock: Clock
):
    cookies = cookie_of(context, share)

    async def phases() -> list[str]:
        page = await a_tab(cookies=cookies, address=share.path).get_state(GuestState)
        await page.load()
        seen = [page.phase]
        clock.now += timedelta(days=8)
        await page.refresh()
        seen.append(page.phase)
        assert (page.title, page.comics) == ("", [])
        clock.now -= timedelta(days=8)
        revoke_share(context, owner_id, share.id)
        await page.refresh()
        return [*seen, page.phase]

    assert run(phases()) == ["open", "expired", "gone"]


def test_a_browser_that_keeps_no_cookie_is_told(share: ShareView):
    assert opened(share, {}).phase == "cookieless"


def test_a_page_that_was_left_open_beyond_its_cookie_says_so(
    context: Context, share: ShareView, clock: Clock
):
    cookies = cookie_of(context, share)

    async def test() -> None:
        tab = a_tab(cookies=cookies, address=share.path)
        page, choice = await tab.get_state(GuestState), await tab.get_state(GuestChoiceState)
        await page.load()
        await choice.begin()
        choice.split = "none"
        await finish(choice.prepare())
        clock.now += MAX_STAY + timedelta(minutes=1)
        await finish(choice.prepare())
        assert (page.phase, page.rows, page.title) == ("cookieless", [], "")
        assert len(changed_since(context, 0)) == 1  # none of a guest whom nobody can see
        assert not await page.refresh()
        await finish(choice.prepare_again("any"))
        assert page.phase == "cookieless"

    run(test())


@pytest.mark.parametrize(
    "address", ["/", "/s/v1.nonsense", "/s/v1.\ud800.a.s", "/downloads", "/s/a/b"]
)
def test_a_tab_elsewhere_is_no_guests_whatever_it_calls(
    context: Context, share: ShareView, address: str
):
    cookies = cookie_of(context, share)

    async def test() -> None:
        tab = a_tab(cookies=cookies, address=address)
        page, choice = await tab.get_state(GuestState), await tab.get_state(GuestChoiceState)
        await page.load()
        await finish(choice.prepare())
        assert (page.phase, page.rows, page.title) == ("gone", [], "")

    run(test())


def opened(share: ShareView, cookies: dict[str, str]) -> GuestState:
    """Return the state of the share's page with these cookies."""

    async def load() -> GuestState:
        page = await a_tab(cookies=cookies, address=share.path).get_state(GuestState)
        await page.load()
        return page

    return run(load())


async def finish(handler: AsyncIterator[object]) -> None:
    async for _ in handler:
        pass


def test_guest_starts_with_the_sharers_default_preset(context: Context, owner_id: str):
    ids = list(scan(context).values())
    create_preset(
        context, owner_id, "Mine", {"format": "epub", "quality": "kobo-sage"}, is_default=True
    )

    async def test() -> None:
        for formats, chosen in (
            (("cbz", "epub"), ("epub", "kobo-sage", "Kobo Sage")),
            (("pdf",), ("pdf", "original", "")),
        ):
            share = create_share(
                context, owner_id, ShareRequest(comic_ids=tuple(ids), formats=formats)
            )
            tab = a_tab(cookies=cookie_of(context, share), address=share.path)
            page = await tab.get_state(GuestState)
            await page.load()
            choice = await page.get_state(GuestChoiceState)
            await choice.begin()
            assert (choice.format, choice.quality, choice.device) == chosen

    run(test())

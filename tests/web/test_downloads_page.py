"""The lists of the downloads page: their numbers, searching, selecting, and acting on many."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from comic_downloads.domain.split import EACH, parse_split
from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner, create_user
from comic_downloads.usecases.accounts.sign_in import sign_in
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.delivery.keeping import keep_longer
from comic_downloads.usecases.downloads import control, many
from comic_downloads.usecases.downloads.groups import submit_group
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.snapshots import get_download, list_downloads
from comic_downloads.usecases.downloads.submit import submit_download
from comic_downloads.usecases.library.browse import list_comics
from comic_downloads.usecases.library.scan import request_scan, run_requested_scans
from comic_downloads.web.context import provide_context
from comic_downloads.web.states.downloads import PAGE_SIZE, DownloadsState
from comic_downloads.web.states.groups import GroupsState
from comic_downloads.web.states.tray import TrayState, read_tray
from comic_downloads.wiring import build_context
from tests.library.shelf import image, write_zip
from tests.web.states import a_tab, run

COMICS = 6


@dataclass
class Shop:
    """An installation with an account that has asked for six comics, of which none is at work."""

    context: Context
    user_id: str
    session: str
    job_ids: list[str]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    context = build_context(
        Settings(data_dir=tmp_path, library_dir=tmp_path / "shelf", min_free_bytes=1)
    )
    provide_context(context)
    for number in range(1, COMICS + 1):
        pages = {"1.jpg": image(size=(60, 90 + 2 * number)), "2.jpg": image(size=(61, 90 + number))}
        write_zip(tmp_path / "shelf" / "Owl" / f"Owl {number}.cbz", pages)
    request_scan(context)
    run_requested_scans(context, lambda: False)
    user = create_owner(context, "ann", "a long password")
    _, session = sign_in(context, "ann", "a long password", "127.0.0.1")
    jobs = [
        submit_download(context, user.id, DownloadRequest(comic_ids=(comic.id,), grayscale=True))
        for comic in list_comics(context).items
    ]
    return Shop(context, user.id, session, [one.job.id for one in jobs])


async def page_of(shop: Shop) -> DownloadsState:
    page = await a_tab(shop.session).get_state(DownloadsState)
    await page.load()
    return page


def shown(page: DownloadsState) -> list[str]:
    return [row.id for row in page.rows]


def test_numbers_tell_paused_and_cancelled_downloads_from_those_in_progress(shop: Shop):
    first, second, *_ = shop.job_ids
    control.pause_download(shop.context, shop.user_id, first)
    control.cancel_download(shop.context, shop.user_id, second)

    async def test() -> None:
        page = await page_of(shop)
        counts = page.counts
        assert (counts.progress, counts.paused, counts.history) == (COMICS - 1, 1, 1)
        assert (counts.ready, counts.failed) == (0, 0)
        tray = await page.get_state(TrayState)
        assert (tray.count, tray.paused) == (COMICS - 2, 1)

        await page.choose_section("history")
        assert shown(page) == [second]
        await page.choose_section("nowhere")
        assert page.section == "history"

    run(test())


def test_list_is_searched_and_sorted(shop: Shop):
    async def test() -> None:
        page = await page_of(shop)
        await page.search("owl 003")
        assert shown(page) == [shop.job_ids[2]]
        await page.search("100%")
        assert shown(page) == []
        await page.search("")
        await page.choose_sort("newest")
        assert shown(page) == shop.job_ids[::-1]
        await page.choose_sort("; drop table job")
        assert page.sort == "newest"

    run(test())


def test_range_is_selected_and_acted_on_and_what_leaves_the_list_is_not_selected(shop: Shop):
    async def test() -> None:
        page = await page_of(shop)
        await page.select(shop.job_ids[1], False)
        await page.select(shop.job_ids[3], True)
        await page.select("of nobody", False)
        assert page.selected == shop.job_ids[1:4]
        await page.pause_selected()
        assert (page.counts.paused, page.selected) == (3, [])

        await page.select_all()
        assert len(page.selected) == COMICS
        control.cancel_download(shop.context, shop.user_id, shop.job_ids[0])
        await page.search("owl")
        await page.select_all()
        await page.resume_selected()
        assert (page.counts.paused, page.counts.progress) == (0, COMICS - 1)

        await page.select(shop.job_ids[5], False)
        page.ask_removal_of_selected()
        assert page.removal_asked
        await page.remove_selected()
        assert page.counts.progress == COMICS - 2

    run(test())


def test_what_is_to_be_done_next_is_first_in_the_list(shop: Shop):
    async def test() -> None:
        page = await page_of(shop)
        await page.put_first(shop.job_ids[4])
        assert shown(page)[:2] == [shop.job_ids[4], shop.job_ids[0]]
        await page.select(shop.job_ids[2], False)
        await page.select(shop.job_ids[3], False)
        await page.put_selected_first()
        assert shown(page)[:3] == [shop.job_ids[2], shop.job_ids[3], shop.job_ids[4]]

    run(test())
    assert get_download(shop.context, shop.user_id, shop.job_ids[2]).queue_position == 1


def test_group_is_one_row_and_its_downloads_are_acted_on_with_it(shop: Shop):
    comics = tuple(comic.id for comic in list_comics(shop.context).items[:3])
    request = DownloadRequest(comic_ids=comics, format="pdf", grayscale=True)
    split = parse_split(EACH)
    assert split is not None
    group = submit_group(shop.context, shop.user_id, request, split).found.group

    async def test() -> None:
        page = await page_of(shop)
        assert [row.id for row in (await page.get_state(GroupsState)).rows] == [group.id]
        assert page.counts.progress == COMICS + 1
        await page.select(group.id, False)
        await page.cancel_selected()
        assert (page.counts.progress, page.counts.history) == (COMICS, 1)
        assert (await page.get_state(GroupsState)).rows == []
        cancelled, _ = list_downloads(shop.context, shop.user_id, ["cancelled"])
        assert len(cancelled) == len(comics)

    run(test())


def test_nobody_acts_on_what_others_asked_for(shop: Shop):
    other = create_user(shop.context, "bea", "a long password")
    for verb in (many.pause_many, many.cancel_many, many.retry_many, keep_longer):
        assert verb(shop.context, other.id, shop.job_ids) == 0
    assert many.put_first(shop.context, other.id, shop.job_ids, everybody=False) == 0
    assert many.remove_many(shop.context, other.id, shop.job_ids).deleted == 0
    assert read_tray(shop.context, shop.user_id).count == COMICS


def test_list_grows_no_further_than_there_are_downloads(shop: Shop):
    async def test() -> None:
        page = await page_of(shop)
        await page.show_more()
        assert page.shown_limit == COMICS + 4 * PAGE_SIZE
        assert page.total == COMICS

    run(test())


def test_address_names_the_list_that_is_shown(shop: Shop):
    async def test() -> None:
        tab = a_tab(shop.session, address="/downloads?section=failed")
        page = await tab.get_state(DownloadsState)
        await page.load()
        assert page.section == "failed"
        elsewhere = a_tab(shop.session, address="/downloads?section=nonsense")
        other = await elsewhere.get_state(DownloadsState)
        await other.load()
        assert other.section == "progress"

    run(test())

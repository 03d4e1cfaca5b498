"""The owner's queue page lists everybody's downloads and acts on them; nobody else can."""

from __future__ import annotations

import pytest

from comic_downloads.domain.errors import Forbidden, NotFound
from comic_downloads.usecases.accounts.accounts import create_user
from comic_downloads.usecases.accounts.sign_in import sign_in
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.snapshots import get_download
from comic_downloads.usecases.downloads.submit import submit_download
from comic_downloads.usecases.library.browse import list_comics
from comic_downloads.web.states.queue import QueueState
from tests.web.states import a_tab, run
from tests.web.test_downloads_page import COMICS, Shop, shop

__all__ = ["shop"]


def ask_for_another(shop: Shop, username: str) -> tuple[str, str]:
    """Ask for a comic with a new account; return its session and the download."""
    user = create_user(shop.context, username, "a long password")
    comic = list_comics(shop.context).items[0]
    request = DownloadRequest(comic_ids=(comic.id,), format="pdf", grayscale=True)
    job = submit_download(shop.context, user.id, request).job
    return sign_in(shop.context, username, "a long password", "127.0.0.1")[1], job.id


def test_owner_sees_and_changes_what_others_asked_for(shop: Shop):
    _, job_id = ask_for_another(shop, "bea")

    async def test() -> None:
        page = await a_tab(shop.session).get_state(QueueState)
        await page.load()
        assert page.jobs_total == COMICS + 1
        assert {row.who for row in page.jobs} == {"ann", "bea"}
        await page.search("pdf")
        assert [row.id for row in page.jobs] == [job_id]

        await page.pause(job_id)
        assert [row.status for row in page.jobs] == ["paused"]
        await page.resume(job_id)
        await page.search("")
        await page.put_first(job_id)
        assert page.jobs[0].id == job_id
        await page.cancel(job_id)
        assert page.jobs_total == COMICS

    run(test())


def test_members_see_and_change_nothing_of_others(shop: Shop):
    session, _ = ask_for_another(shop, "bea")

    async def test() -> None:
        page = await a_tab(session).get_state(QueueState)
        for handler in (page.pause, page.resume, page.cancel, page.put_first):
            with pytest.raises(Forbidden):
                await handler(shop.job_ids[0])
        with pytest.raises(Forbidden):
            await page.search("")
        await page.load()
        assert (page.jobs, page.jobs_total) == ([], 0)

        owners = await a_tab(shop.session).get_state(QueueState)
        with pytest.raises(NotFound):
            await owners.pause("of nobody")

    run(test())
    assert get_download(shop.context, shop.user_id, shop.job_ids[0]).status == "queued"

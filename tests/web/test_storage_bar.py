"""The storage on the downloads page: used, of how much, and what is deleted next."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner, create_user
from comic_downloads.usecases.accounts.sign_in import sign_in
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.downloads.storage import StorageReport, storage_report
from comic_downloads.usecases.downloads.submit import DownloadRequest, submit_download
from comic_downloads.usecases.library.browse import list_comics
from comic_downloads.usecases.operations.queue import queue_report
from comic_downloads.web.context import provide_context
from comic_downloads.web.states.downloads import DownloadsState
from comic_downloads.web.views.storage import StorageBar, storage_bar
from comic_downloads.wiring import build_context
from tests.api.library import add_archive, scan
from tests.web.states import a_tab, run
from tests.web.test_wording import plain

PASSWORD = "a long password"


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
    for number in (1, 2):
        add_archive(context, f"Palace {number}.cbz", number)
    scan(context)
    yield context
    context.db.dispose()


def test_bar_is_there_with_a_quota_and_turns_amber_near_its_end():
    bar = storage_bar(StorageReport(950_000, 1_000_000))
    assert (plain(bar.label), bar.percent) == ("950 kB of 1.0 MB used", 95)
    assert bar.is_nearly_full
    without = storage_bar(StorageReport(950_000, 0))
    assert (plain(without.label), without.percent) == ("950 kB used", -1)
    assert storage_bar(StorageReport(0, 1_000_000)) == StorageBar()


def test_file_that_is_deleted_next_is_named_until_it_is_kept_longer(context: Context):
    user = create_owner(context, "ann", PASSWORD)
    first, second = (
        submit_download(context, user.id, DownloadRequest((one.id,), quality="untouched")).job
        for one in list_comics(context).items
    )
    token = sign_in(context, "ann", PASSWORD, "127.0.0.1")[1]

    async def test() -> None:
        page = await a_tab(token).get_state(DownloadsState)
        await page.load()
        assert (page.storage.next_id, page.storage.next_name) == (first.id, first.filename)
        later = context.clock() + timedelta(hours=1)
        provide_context(replace(context, clock=lambda: later))
        await page.keep_longer(first.id)
        assert page.storage.next_id == second.id

    run(test())
    everybodys = queue_report(context)
    assert everybodys.stored_bytes == storage_report(context, user.id).used_bytes > 0
    assert everybodys.free_bytes > 0
    other = create_user(context, "ben", PASSWORD)
    assert storage_report(context, other.id) == StorageReport(0, 0)

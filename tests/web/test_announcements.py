"""What is said aloud of a press that only changes a row."""

from __future__ import annotations

from pathlib import Path

from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner
from comic_downloads.usecases.accounts.sign_in import sign_in
from comic_downloads.usecases.downloads.submit import DownloadRequest, submit_download
from comic_downloads.web.context import provide_context
from comic_downloads.web.states.tray import TrayState
from comic_downloads.wiring import build_context
from tests.api.library import add_archive, scan
from tests.web.states import a_tab, run


def test_pause_resume_and_cancel_are_announced(tmp_path: Path):
    context = build_context(
        Settings(data_dir=tmp_path, library_dir=tmp_path / "shelf", min_free_bytes=1)
    )
    account = create_owner(context, "ann", "a long password")
    provide_context(context)
    add_archive(context, "Attic.cbz")
    request = DownloadRequest(comic_ids=(scan(context)["Attic"],))
    job_id = submit_download(context, account.id, request).job.id
    _, token = sign_in(context, "ann", "a long password", "127.0.0.1")

    async def said() -> list[str]:
        tray = await a_tab(token).get_state(TrayState)
        words = []
        for press in (tray.pause(job_id), tray.resume(job_id), tray.cancel(job_id)):
            await press
            words.append(tray.announcement)
        return words

    assert run(said()) == ["Attic is paused", "Attic is resumed", "Attic is cancelled"]

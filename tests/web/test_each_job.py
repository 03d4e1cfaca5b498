"""One job that cannot be shown hides no other."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

from comic_downloads.usecases.sharing.downloads import GuestDownload
from comic_downloads.web.views.downloads import download_rows
from comic_downloads.web.views.guests import guest_progress
from comic_downloads.web.views.tray import tray_view
from tests.web.jobs import NOW, a_job, a_job_at_work

UNKNOWN = "of a later version"


def test_tray_shows_the_other_jobs() -> None:
    broken, fine = a_job_at_work(id="01A", status=UNKNOWN), a_job_at_work(id="01B")
    tray = tray_view([broken, fine], [replace(broken, id="01C"), a_job(id="01D")], [], (4, 0), NOW)
    assert [row.id for row in tray.working] == ["01B"]
    assert [row.id for row in tray.waiting] == ["01D"]


def test_job_is_logged_once_however_often_it_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        assert download_rows([a_job(id="01E", status=UNKNOWN)], NOW) == []
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert (vars(record)["job"], vars(record)["action"]) == ("01E", "show")
    assert record.exc_info


def test_guest_sees_the_other_downloads() -> None:
    fine = a_guest_download("01F")
    shown = guest_progress([replace(fine, job_id="01G", status=UNKNOWN), fine], None)
    assert [row.id for row in shown.rows] == ["01F"]


def a_guest_download(job_id: str) -> GuestDownload:
    return GuestDownload(
        job_id=job_id,
        status="queued",
        phase="waiting",
        progress=0,
        format="cbz",
        quality="original",
        comic_ids=("01COMIC",),
        filename="Harbour 001.cbz",
        pages_done=0,
        pages_total=60,
        queue_position=1,
        eta_seconds=None,
        file_size_bytes=None,
        download_url=None,
        expires_at=None,
        error=None,
    )

"""Jobs as the queries give them, for tests of what is shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from comic_downloads.usecases.downloads.snapshots import ComicRef, JobErrorSnapshot, JobSnapshot

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

_WAITING = JobSnapshot(
    id="01JOB",
    user_id="01USER",
    revision=1,
    status="queued",
    format="cbz",
    quality="original",
    pages="",
    comics=(ComicRef("01COMIC", "Harbour #1"),),
    filename="Harbour 001.cbz",
    media_type="application/vnd.comicbook+zip",
    phase="waiting",
    progress=0,
    pages_done=0,
    pages_total=60,
    bytes_done=0,
    file_size_bytes=None,
    downloaded_bytes=0,
    transfer="none",
    speed_bytes_per_second=None,
    queue_position=1,
    eta_seconds=None,
    waiting_for="",
    attempt=0,
    max_attempts=3,
    next_attempt_at=None,
    progressed_at=None,
    error=None,
    missing_pages=(),
    on_page_error="fail",
    sha256=None,
    etag="",
    created_at=NOW,
    started_at=None,
    finished_at=None,
    expires_at=None,
    deleted=False,
)

TORN_PAGE = JobErrorSnapshot(
    "page_unreadable", "Page 12 (p12.jpg) is damaged", False, "01COMIC", 11
)
NO_STORAGE = JobErrorSnapshot(
    "storage_unavailable", "The storage does not answer", True, None, None
)


def a_job(**changes: Any) -> JobSnapshot:
    """Return a waiting job of 60 pages with these changes."""
    return replace(_WAITING, **changes)


def a_job_at_work(**changes: Any) -> JobSnapshot:
    at_work = {
        "status": "preparing",
        "phase": "converting",
        "progress": 45,
        "pages_done": 26,
        "queue_position": None,
        "attempt": 1,
    }
    return a_job(**(at_work | changes))

"""A worker reads layouts to their end in its spare time, so that their SHA-256 is known."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from comic_downloads.db.delivery import heartbeat
from comic_downloads.db.tables import Transfer
from comic_downloads.domain.identity import new_id
from comic_downloads.usecases.delivery.layout_digests import LayoutDigests

from .layouts import WRITERS, Draft, pages_of
from .shelf import Shelf


def never() -> bool:
    return False


def after(looks: int) -> Callable[[], bool]:
    """Return what says to stop from the look of this number on."""
    seen = iter(range(looks))
    return lambda: next(seen, None) is None


@pytest.fixture
def draft(shelf: Shelf) -> Draft:
    """Return a layout of pages of each form."""
    library, draft = shelf.context.settings.library, Draft()
    for form in WRITERS:
        pages = pages_of(3, 2000, seed=len(form))
        draft.add_comic(form, WRITERS[form](library / form, pages), pages)
    return draft


def digests(shelf: Shelf) -> LayoutDigests:
    return LayoutDigests(shelf.context, lambda _seconds: None)


def test_the_digest_is_written_to_the_download_and_the_entity_tag_stays(
    shelf: Shelf, draft: Draft
) -> None:
    job = shelf.add_layout(shelf.add_user(), draft.layout)

    digests(shelf).work(never)

    row = shelf.job(job.id)
    assert row.sha256 == hashlib.sha256(draft.data).hexdigest()
    assert (row.etag, row.status) == (job.etag, "ready")
    assert row.revision > job.revision


def test_reading_continues_where_it_was_interrupted(shelf: Shelf, draft: Draft) -> None:
    job = shelf.add_layout(shelf.add_user(), draft.layout)
    reader = digests(shelf)
    rounds = 0
    while not shelf.job(job.id).sha256:
        reader.work(after(3))
        rounds += 1
        assert rounds < 100
    assert shelf.job(job.id).sha256 == hashlib.sha256(draft.data).hexdigest()
    assert rounds > 3


def test_a_layout_that_is_being_fetched_is_left_for_later(shelf: Shelf, draft: Draft) -> None:
    job, now = shelf.add_layout(shelf.add_user(), draft.layout), shelf.clock()
    row = Transfer(id=new_id(now), artifact_id=job.artifact_id or "", job_id=job.id)
    with shelf.context.db.write() as session:
        heartbeat(session, [row], now)

    digests(shelf).work(never)

    assert not shelf.job(job.id).sha256


def test_a_page_that_changed_fails_the_download_before_anybody_fetches_it(
    shelf: Shelf, draft: Draft
) -> None:
    job = shelf.add_layout(shelf.add_user(), draft.layout)
    (shelf.context.settings.library / "folder" / "002.jpg").write_bytes(b"other")

    digests(shelf).work(never)

    row = shelf.job(job.id)
    assert (row.status, row.error_code, row.error_page_index) == ("failed", "comic_changed", 1)


def test_a_library_that_is_away_fails_nothing_and_is_tried_again_later(
    shelf: Shelf, draft: Draft, tmp_path: Path
) -> None:
    job, library = shelf.add_layout(shelf.add_user(), draft.layout), shelf.context.settings.library
    library.rename(tmp_path / "away")
    reader = digests(shelf)

    reader.work(never)
    assert (shelf.job(job.id).status, shelf.job(job.id).sha256) == ("ready", "")
    (tmp_path / "away").rename(library)
    digests(shelf).work(never)
    assert shelf.job(job.id).sha256 == hashlib.sha256(draft.data).hexdigest()

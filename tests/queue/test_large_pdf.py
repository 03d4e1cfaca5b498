"""A PDF that is too large for the format is refused before it is queued, or fails once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlmodel import select

from comic_downloads.db.tables import Page
from comic_downloads.domain.errors import InvalidRequest
from comic_downloads.domain.split import NO_SPLIT, Split
from comic_downloads.packaging.pdf import objects
from comic_downloads.usecases.downloads.groups import submit_group
from comic_downloads.usecases.downloads.request import DownloadRequest
from tests.queue.world import World

GB = 10**9


def add_huge_comic(world: World, size_bytes: int) -> str:
    """Add a comic whose pages have this size according to the library; return its id."""
    comic = world.add_comic("Huge", pages=10)
    with world.context.db.write() as session:
        for page in session.exec(select(Page)):
            page.size_bytes = size_bytes // 10
            session.add(page)
    return comic


def test_a_pdf_that_would_be_too_large_is_refused_with_a_way_out(new_world: Callable[..., World]):
    world = new_world()
    user, comic = world.add_user("ann"), add_huge_comic(world, 10 * GB)

    with pytest.raises(
        InvalidRequest, match=r"more than 10 GB.*Pick fewer pages, a lower quality, or CBZ\."
    ):
        world.submit(user, comic, format="pdf")

    assert world.submit(user, comic, format="pdf", pages="1-9").status == "queued"


def test_a_pdf_that_would_be_too_large_is_possible_in_parts(new_world: Callable[..., World]):
    world = new_world()
    user, comic = world.add_user("ann"), add_huge_comic(world, 40 * GB)
    asked = DownloadRequest(comic_ids=(comic,), format="pdf", max_part_bytes=30 * GB)
    group = submit_group(world.context, user, asked, Split(NO_SPLIT)).found
    assert [job.status for job in group.jobs] == ["queued"] * 5
    assert [job.pages_total for job in group.jobs] == [2] * 5


def test_a_pdf_that_turns_out_too_large_is_built_once(
    new_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
):
    world = new_world()
    job = world.submit(world.add_user("ann"), world.add_comic("Small", 5), format="pdf")
    monkeypatch.setattr(objects, "MAX_PDF_BYTES", 5000)

    assert world.prepare_here()

    row = world.row(job)
    assert (row.status, row.error_code, row.error_retryable, row.attempt) == (
        "failed",
        "file_too_large",
        False,
        1,
    )
    assert "or CBZ" in row.error_message

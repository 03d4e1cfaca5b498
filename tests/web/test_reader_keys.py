"""Which way the arrow keys turn the pages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from comic_downloads.domain.library import ReadingDirection
from comic_downloads.usecases.library.summaries import ComicDetail, PageView
from comic_downloads.web.states.comic import ComicState
from comic_downloads.web.views.library import comic_page, page_thumbs
from tests.web.states import a_tab, run

PAGES = tuple(
    PageView(index, f"{index}.jpg", 900, 1300, 1000, "image/jpeg", "") for index in range(3)
)


def a_comic(direction: ReadingDirection) -> ComicDetail:
    return ComicDetail(
        id="comic",
        title="A Comic",
        name="A Comic",
        series_id=None,
        series="",
        number="",
        volume=None,
        year=None,
        page_count=len(PAGES),
        damaged_pages=0,
        size_bytes=3000,
        cover_url="",
        reading_direction=direction,
        kind="zip",
        error="",
        added_at=datetime(2026, 1, 1, tzinfo=UTC),
        path="a.cbz",
        deleted_pages=0,
        summary="",
        publisher="",
        genre="",
        web="",
        language="",
        age_rating="",
        creators=(),
        pages=PAGES,
    )


@pytest.mark.parametrize(
    ("direction", "key", "steps"),
    [
        (ReadingDirection.LEFT_TO_RIGHT, "ArrowRight", 1),
        (ReadingDirection.LEFT_TO_RIGHT, "ArrowLeft", -1),
        (ReadingDirection.VERTICAL, "ArrowRight", 1),
        (ReadingDirection.RIGHT_TO_LEFT, "ArrowRight", -1),
        (ReadingDirection.RIGHT_TO_LEFT, "ArrowLeft", 1),
        (ReadingDirection.RIGHT_TO_LEFT, "ArrowDown", 1),
    ],
)
def test_arrow_to_the_side_turns_the_page_as_the_comic_reads(
    direction: ReadingDirection, key: str, steps: int
):
    async def test() -> None:
        reader = await a_tab("none").get_state(ComicState)
        comic = a_comic(direction)
        reader.comic, reader.pages = comic_page(comic), page_thumbs(comic)
        pressed = reader.press_key(key, False)
        assert [str(value) for _, value in pressed.args] == [str(steps)]

    run(test())

"""What callers see of comics and series, and how it is built from database rows."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from ...db.library import ComicColumns, ListedComic, ListedSeries, shown_metadata
from ...db.tables import Comic, Page
from ...domain.comic_names import full_name, name_in_series
from ...domain.library import ComicMetadata, CreatorRole, ReadingDirection
from ...domain.manifest import metadata_from_dict

# Of the comics that were listed last, what lists show is kept in memory: a few megabytes.
_REMEMBERED = 1000

# How many comics a web process keeps as lists show them: those that were listed last.
REMEMBERED_COMICS = 1000


@dataclass(frozen=True)
class CreatorView:
    """A person or company that made a comic, with one role."""

    name: str
    role: CreatorRole


@dataclass(frozen=True)
class PageView:
    """A page of a comic. ``index`` counts from 0; a damaged page has an ``error`` and no size."""

    index: int
    name: str
    width: int
    height: int
    size_bytes: int
    media_type: str
    error: str


@dataclass(frozen=True)
class ComicSummary:
    """A comic in a list.

    ``page_count`` includes damaged pages. A comic with an ``error`` cannot be downloaded.
    ``cover_url`` is empty if no page can be read. ``name`` tells the comic from all others: “X-Men
    (2019) #12 – The Deep”.
    """

    id: str
    title: str
    name: str
    series_id: str | None
    series: str
    number: str
    volume: int | float | None
    year: int | None
    page_count: int
    damaged_pages: int
    size_bytes: int
    cover_url: str
    reading_direction: ReadingDirection
    kind: str
    error: str
    added_at: datetime


@dataclass(frozen=True)
class ComicDetail(ComicSummary):
    """Everything known about one comic. ``path`` is relative to the library folder.

    ``deleted_pages`` counts the pages that the comic marks as deleted. ``pages`` and ``page_count``
    leave them out.
    """

    path: str
    deleted_pages: int
    summary: str
    publisher: str
    genre: str
    web: str
    language: str
    age_rating: str
    creators: tuple[CreatorView, ...]
    pages: tuple[PageView, ...]


@dataclass(frozen=True)
class SeriesSummary:
    """A series in a list. Counts and sizes are totals over its comics."""

    id: str
    title: str
    comic_count: int
    page_count: int
    size_bytes: int
    damaged_comics: int
    cover_url: str


@dataclass(frozen=True)
class SeriesDetail(SeriesSummary):
    """A series with its comics in reading order."""

    comics: tuple[ComicSummary, ...]


@dataclass(frozen=True)
class _Description:
    """What a list shows of a comic's metadata."""

    name: str
    name_in_series: str
    volume: int | float | None
    year: int | None
    reading_direction: ReadingDirection


def metadata_of(comic: ComicColumns) -> ComicMetadata:
    """Return what is known about the comic, with the run of its series."""
    return shown_metadata(metadata_from_dict(json.loads(comic.metadata)), comic.run or "")


def name_beside_series(comic: ComicColumns) -> str:
    """Return the name of the comic where that of its series stands beside it."""
    return _described(comic.metadata, comic.run or "").name_in_series


# People look at the same lists again and again, and the same columns always say the same.
@lru_cache(maxsize=_REMEMBERED)
# People look at the same lists again and again, and the same columns always say the same.
@lru_cache(maxsize=REMEMBERED_COMICS)
def comic_summary(comic: ComicColumns) -> ComicSummary:
    """Return the comic as it appears in lists."""
    description = _described(comic.metadata, comic.run or "")
    return _summary(comic, comic.series_title or "", description)


# It takes longer than all the rest of a list.
@lru_cache(maxsize=_REMEMBERED)
def _described(metadata_json: str, run: str) -> _Description:
    return _description(metadata_from_dict(json.loads(metadata_json)), run)


def _description(metadata: ComicMetadata, run: str) -> _Description:
    shown = shown_metadata(metadata, run)
    return _Description(
        name=full_name(shown),
        name_in_series=name_in_series(shown),
        volume=metadata.volume,
        year=metadata.year,
        reading_direction=metadata.reading_direction,
    )


def _summary(
    comic: Comic | ComicColumns, series_title: str, description: _Description
) -> ComicSummary:
    return ComicSummary(
        id=comic.id,
        title=comic.title,
        name=description.name,
        series_id=comic.series_id,
        series=series_title,
        number=comic.number,
        volume=description.volume,
        year=description.year,
        page_count=comic.page_count,
        damaged_pages=comic.damaged_pages,
        size_bytes=comic.size_bytes,
        cover_url=_cover_url(comic.id, comic.cover_version),
        reading_direction=description.reading_direction,
        kind=comic.kind,
        error=comic.error,
        added_at=comic.added_at,
    )


def comic_detail(listed: ListedComic, pages: list[Page]) -> ComicDetail:
    """Return the comic with its metadata and pages."""
    metadata = metadata_from_dict(listed.comic.comic_metadata)
    description = _description(metadata, listed.run)
    return ComicDetail(
        **vars(_summary(listed.comic, listed.series_title, description)),
        path=listed.comic.path,
        deleted_pages=listed.comic.deleted_pages,
        summary=metadata.summary,
        publisher=metadata.publisher,
        genre=metadata.genre,
        web=metadata.web,
        language=metadata.language,
        age_rating=metadata.age_rating,
        creators=tuple(CreatorView(creator.name, creator.role) for creator in metadata.creators),
        pages=tuple(map(_page_view, pages)),
    )


def series_summary(listed: ListedSeries) -> SeriesSummary:
    """Return the series as it appears in lists."""
    return SeriesSummary(
        id=listed.id,
        title=listed.title,
        comic_count=listed.comic_count,
        page_count=listed.page_count,
        size_bytes=listed.size_bytes,
        damaged_comics=listed.damaged_comics,
        cover_url=_cover_url(listed.cover_comic_id, listed.cover_version),
    )


def _page_view(page: Page) -> PageView:
    return PageView(
        page.page_index,
        page.name,
        page.width,
        page.height,
        page.size_bytes,
        page.media_type,
        page.error,
    )


def _cover_url(comic_id: str | None, version: str) -> str:
    """Return the cover's address; its version makes browsers reload a cover that changed."""
    return f"/api/v1/comics/{comic_id}/cover?v={version}" if comic_id and version else ""

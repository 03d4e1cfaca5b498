"""Looking around in the library: comics, series, and how its last scan went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from ...db import library, scans
from ...db.library import ListedComic, ListedSeries
from ...db.tables import Page
from ...domain.errors import InvalidRequest, NotFound
from ...domain.library import ComicMetadata, CreatorRole, ReadingDirection
from ...domain.manifest import metadata_from_dict
from ..context import Context

MAX_LIMIT = 500
MAX_DAMAGED_LISTED = 100


@dataclass(frozen=True)
class CreatorView:
    name: str
    role: CreatorRole


@dataclass(frozen=True)
class PageView:
    """``index`` counts from 0; a damaged page has an ``error`` and no size."""

    index: int
    name: str
    width: int
    height: int
    size_bytes: int
    media_type: str
    error: str


@dataclass(frozen=True)
class ComicSummary:
    """A comic in a list. ``page_count`` counts damaged pages too; with an ``error`` the comic cannot be downloaded.

    ``cover_url`` is empty when no page can be read.
    """

    id: str
    title: str
    series_id: str | None
    series: str
    number: str
    volume: int | None
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
    """A comic with all that is known about it. ``path`` is relative to the library folder."""

    path: str
    summary: str
    publisher: str
    genre: str
    web: str
    language: str
    age_rating: str
    creators: tuple[CreatorView, ...]
    pages: tuple[PageView, ...]


@dataclass(frozen=True)
class ComicList:
    items: tuple[ComicSummary, ...]
    total: int


@dataclass(frozen=True)
class PickedComics:
    """Comics to download together. ``damaged_pages`` counts those of all of them."""

    comic_ids: tuple[str, ...]
    damaged_pages: int


@dataclass(frozen=True)
class SeriesSummary:
    id: str
    title: str
    comic_count: int
    page_count: int
    size_bytes: int
    damaged_comics: int
    cover_url: str


@dataclass(frozen=True)
class SeriesDetail(SeriesSummary):
    """``comics`` are in reading order."""

    comics: tuple[ComicSummary, ...]


@dataclass(frozen=True)
class DamagedComic:
    id: str
    title: str
    path: str
    reason: str


@dataclass(frozen=True)
class LibraryStatus:
    """``comics_done`` of ``comics_total`` belong to the scan under way; ``problems`` are what the last one met."""

    scanning: bool
    waiting: bool
    comics_done: int
    comics_total: int
    comic_count: int
    finished_at: datetime | None
    damaged: tuple[DamagedComic, ...]
    problems: tuple[str, ...]
    library_dir: str


def list_comics(
    context: Context,
    query: str = "",
    series_id: str | None = None,
    sort: str = "title",
    limit: int = 60,
    offset: int = 0,
) -> ComicList:
    """The comics that match the words of the query (any case, with or without accents), page by page.

    Raises InvalidRequest for a sort there is not, or a limit or offset out of range.
    """
    if sort not in library.SORTS:
        raise InvalidRequest(
            f"“{sort}” is not a way to sort. Choose one of: {', '.join(library.SORTS)}."
        )
    if not 1 <= limit <= MAX_LIMIT or offset < 0:
        raise InvalidRequest(f"limit is from 1 to {MAX_LIMIT}, and offset is 0 or more.")
    with context.db.read() as session:
        comics, total = library.list_comics(
            session, query=query, series_id=series_id, sort=sort, limit=limit, offset=offset
        )
    return ComicList(tuple(map(_summary, comics)), total)


def matching_comics(
    context: Context, query: str = "", series_id: str | None = None
) -> Sequence[str]:
    """The ids of all comics that match the words of the query and can be downloaded, by title."""
    with context.db.read() as session:
        return library.readable_comics(session, query=query, series_id=series_id)


def pick_comics(context: Context, comic_ids: Sequence[str], sort: str = "title") -> PickedComics:
    """Those of the comics that can be downloaded now, in the order of the list that is sorted that way."""
    with context.db.read() as session:
        found = library.comics_in_order(session, comic_ids, sort)
    return PickedComics(
        tuple(comic_id for comic_id, _ in found), sum(damaged for _, damaged in found)
    )


def get_comic(context: Context, comic_id: str) -> ComicDetail:
    """The comic with its pages. Raises NotFound."""
    with context.db.read() as session:
        listed = library.get_comic(session, comic_id)
        if listed is None:
            raise NotFound("There is no such comic in the library.")
        pages = library.pages_of(session, comic_id)
    metadata = _metadata(listed)
    return ComicDetail(
        **vars(_summary(listed)),
        path=listed.comic.path,
        summary=metadata.summary,
        publisher=metadata.publisher,
        genre=metadata.genre,
        web=metadata.web,
        language=metadata.language,
        age_rating=metadata.age_rating,
        creators=tuple(CreatorView(creator.name, creator.role) for creator in metadata.creators),
        pages=tuple(map(_page, pages)),
    )


def list_series(context: Context, query: str = "") -> list[SeriesSummary]:
    """Every series that has comics and whose title has the words of the query."""
    with context.db.read() as session:
        return [_series(listed) for listed in library.list_series(session, query=query)]


def get_series(context: Context, series_id: str) -> SeriesDetail:
    """The series with its comics. Raises NotFound."""
    with context.db.read() as session:
        listed = library.get_series(session, series_id)
        if listed is None:
            raise NotFound("There is no such series in the library.")
        comics, _ = library.list_comics(
            session, series_id=series_id, sort="number", limit=listed.comic_count
        )
    return SeriesDetail(**vars(_series(listed)), comics=tuple(map(_summary, comics)))


def library_status(context: Context) -> LibraryStatus:
    """How the library is: the scan under way, the last one's findings, and what is damaged."""
    with context.db.read() as session:
        open_scan, last = scans.latest_scans(session)
        damaged = library.damaged_comics(session, MAX_DAMAGED_LISTED)
        count = library.count_comics(session)
    scanning = open_scan is not None and open_scan.started_at is not None
    return LibraryStatus(
        scanning=scanning,
        waiting=open_scan is not None and not scanning,
        comics_done=open_scan.comics_done if open_scan else 0,
        comics_total=open_scan.comics_total if open_scan else 0,
        comic_count=count,
        finished_at=last.finished_at if last else None,
        damaged=tuple(map(_damaged, damaged)),
        problems=tuple(last.error.splitlines()) if last else (),
        library_dir=str(context.settings.library),
    )


def _metadata(listed: ListedComic) -> ComicMetadata:
    return metadata_from_dict(listed.comic.comic_metadata)


def _summary(listed: ListedComic) -> ComicSummary:
    comic, metadata = listed.comic, _metadata(listed)
    return ComicSummary(
        id=comic.id,
        title=comic.title,
        series_id=comic.series_id,
        series=listed.series_title,
        number=comic.number,
        volume=metadata.volume,
        year=metadata.year,
        page_count=comic.page_count,
        damaged_pages=comic.damaged_pages,
        size_bytes=comic.size_bytes,
        cover_url=_cover_url(comic.id, comic.cover_version),
        reading_direction=metadata.reading_direction,
        kind=comic.kind,
        error=comic.error,
        added_at=comic.added_at,
    )


def _series(listed: ListedSeries) -> SeriesSummary:
    return SeriesSummary(
        id=listed.series.id,
        title=listed.series.title,
        comic_count=listed.comic_count,
        page_count=listed.page_count,
        size_bytes=listed.size_bytes,
        damaged_comics=listed.damaged_comics,
        cover_url=_cover_url(listed.cover_comic_id, listed.cover_version),
    )


def _cover_url(comic_id: str | None, version: str) -> str:
    """The version makes browsers ask again when the cover changes."""
    return f"/api/v1/comics/{comic_id}/cover?v={version}" if comic_id and version else ""


def _page(page: Page) -> PageView:
    return PageView(
        page.page_index,
        page.name,
        page.width,
        page.height,
        page.size_bytes,
        page.media_type,
        page.error,
    )


def _damaged(listed: ListedComic) -> DamagedComic:
    comic = listed.comic
    pages = "1 page" if comic.damaged_pages == 1 else f"{comic.damaged_pages} pages"
    reason = comic.error or f"{pages} of {comic.page_count} cannot be read."
    return DamagedComic(comic.id, comic.title, comic.path, reason)

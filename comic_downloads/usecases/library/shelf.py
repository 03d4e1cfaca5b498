"""The library as it is looked through: series and one-shots, or all comics, and one series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ...db import fetches, library, shelf
from ...db.library import ComicColumns, ListedSeries
from ...db.session import Session
from ...domain.errors import InvalidRequest
from ...domain.library import ComicQuery
from ...domain.series_facts import SeriesFacts, facts_of_series
from ..context import Context
from .browse import MAX_LIMIT, read_series
from .summaries import comic_summary, metadata_of, name_beside_series, series_summary

FilterChoices = shelf.Choices
SHELF_SORTS = tuple(shelf.SORTS)
# A menu of more would take long to open.
MAX_CHOICES = 100


@dataclass(frozen=True)
class Shelved:
    """A series or a comic on the shelf.

    Attributes:
        is_series: Whether it is a series.
        name: The series; of a comic without one, its own name.
        place: What tells a comic from others of its series: “#12 – The Deep”.
        full_name: What tells it from everything else in the library.
        comic_count: How many comics the series has; 1 for a comic.
        years: The first and the last year of publication; 0 if they are unknown.
        damaged: How many comics of the series are damaged, or pages of the comic.
        error: Why the comic cannot be downloaded; empty if it can.
    """

    id: str
    is_series: bool
    name: str
    place: str
    full_name: str
    comic_count: int
    years: tuple[int, int]
    page_count: int
    size_bytes: int
    cover_url: str
    damaged: int
    error: str = ""


class Mark(StrEnum):
    """What a user has done with a comic, or with all comics of a series."""

    NONE = ""
    PREPARING = "preparing"
    FETCHED = "fetched"


@dataclass(frozen=True)
class ShelfPart:
    """Some of what matches a query. ``total`` counts all, and is None if that is not known."""

    items: tuple[Shelved, ...]
    total: int | None


@dataclass(frozen=True)
class SeriesView:
    """A series, what its comics say about it, and the series before and after it by title."""

    id: str
    title: str
    comic_count: int
    page_count: int
    size_bytes: int
    damaged_comics: int
    cover_url: str
    facts: SeriesFacts
    comics: tuple[Shelved, ...]
    before: tuple[str, str] | None
    after: tuple[str, str] | None


def list_shelf(context: Context, query: ComicQuery) -> ShelfPart:
    """Return some series and one-shots that match.

    Raises:
        InvalidRequest: The sort is unknown, or limit or offset is out of range.
    """
    if query.sort not in SHELF_SORTS or not 1 <= query.limit <= MAX_LIMIT or query.offset < 0:
        raise InvalidRequest("The library cannot be listed like that.")
    with context.db.read() as session:
        places, total = shelf.list_shelf(session, query)
        series = shelved_series(session, [place.id for place in places if place.is_series])
        comics = shelved_comics(session, [place.id for place in places if not place.is_series])
    shown = {one.id: one for one in (*series, *comics)}
    return ShelfPart(tuple(shown[place.id] for place in places if place.id in shown), total)


def shelved_series(session: Session, series_ids: Sequence[str]) -> list[Shelved]:
    """Return these series as a shelf shows them, sorted by title."""
    years = shelf.years_of(session, series_ids)
    return [
        _shelved_series(one, years.get(one.id, shelf.UNKNOWN))
        for one in library.listed_series(session, series_ids)
    ]


def shelved_comics(session: Session, comic_ids: Sequence[str]) -> list[Shelved]:
    """Return these comics as a shelf shows them, in the given order."""
    return list(map(_shelved_comic, library.listed_comics(session, comic_ids)))


def list_all_comics(context: Context, query: ComicQuery) -> ShelfPart:
    """Return some comics that match. The sort, limit and offset are known to be right."""
    with context.db.read() as session:
        comics, total = library.list_comics(session, query)
    return ShelfPart(tuple(map(_shelved_comic, comics)), total)


def marks_of(context: Context, user_id: str, items: Sequence[Shelved]) -> dict[str, Mark]:
    """Return the marks of these series and comics, by their ids, without those that have none."""
    comics = [one.id for one in items if not one.is_series]
    series = {one.id: one.comic_count for one in items if one.is_series}
    with context.db.read() as session:
        fetched = fetches.fetched_among(session, user_id, comics)
        of_series = fetches.fetched_of_series(session, user_id, list(series))
        in_work = fetches.comics_in_work(session, user_id)
    whole = {key for key, count in series.items() if of_series.get(key, 0) >= count}
    return {
        **dict.fromkeys(fetched | whole, Mark.FETCHED),
        **dict.fromkeys(in_work & {one.id for one in items}, Mark.PREPARING),
    }


def filter_choices(context: Context) -> FilterChoices:
    """Return what the library can be filtered by."""
    with context.db.read() as session:
        return shelf.filter_choices(session, MAX_CHOICES)


def view_series(context: Context, series_id: str) -> SeriesView:
    """Return the series with its comics in reading order.

    Raises:
        NotFound: The library has no such series.
    """
    with context.db.read() as session:
        listed, comics = read_series(session, series_id)
        before, after = shelf.neighbours(session, series_id)
        titles = {
            one.id: one.title
            for one in library.listed_series(session, [key for key in (before, after) if key])
        }
    return SeriesView(
        **vars(series_summary(listed)),
        facts=facts_of_series(list(map(metadata_of, comics))),
        comics=tuple(map(_shelved_comic, comics)),
        before=(before, titles[before]) if before in titles else None,
        after=(after, titles[after]) if after in titles else None,
    )


def _shelved_series(listed: ListedSeries, years: shelf.Years) -> Shelved:
    return Shelved(
        id=listed.id,
        is_series=True,
        name=listed.title,
        place="",
        full_name=listed.title,
        comic_count=listed.comic_count,
        years=(years.first, years.last),
        page_count=listed.page_count,
        size_bytes=listed.size_bytes,
        cover_url=series_summary(listed).cover_url,
        damaged=listed.damaged_comics,
    )


def _shelved_comic(comic: ComicColumns) -> Shelved:
    summary = comic_summary(comic)
    return Shelved(
        id=summary.id,
        is_series=False,
        name=summary.series or summary.name,
        place=name_beside_series(comic) if summary.series else "",
        full_name=summary.name,
        comic_count=1,
        years=(summary.year or 0, summary.year or 0),
        page_count=summary.page_count,
        size_bytes=summary.size_bytes,
        cover_url=summary.cover_url,
        damaged=summary.damaged_pages,
        error=summary.error,
    )

"""Searching and listing the comics and series of the library."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ...db import library
from ...db.reading import unread_among
from ...db.session import Session
from ...domain.errors import InvalidRequest, NotFound
from ...domain.library import ComicQuery
from ..context import Context
from .reading import read_while_waiting
from .summaries import (
    ComicDetail,
    ComicSummary,
    SeriesDetail,
    SeriesSummary,
    comic_detail,
    comic_summary,
    series_summary,
)

MAX_LIMIT = 500
SORTS = library.SORTS


@dataclass(frozen=True)
class ComicList:
    """One page of the matching comics. ``total`` counts all pages."""

    items: tuple[ComicSummary, ...]
    total: int


@dataclass(frozen=True)
class PickedComics:
    """Comics to download together. ``damaged_pages`` is the total over all of them.

    Unless ``are_read``, some of their pages were not read yet, and more may turn out to be damaged.
    """

    comic_ids: tuple[str, ...]
    damaged_pages: int
    are_read: bool


def list_comics(context: Context, query: ComicQuery | None = None) -> ComicList:
    """Return one page of the comics that match the query; without a query, the first page of all.

    Raises:
        InvalidRequest: The sort is unknown, or limit or offset is out of range.
    """
    wanted = query or ComicQuery()
    if wanted.sort not in SORTS:
        raise InvalidRequest(
            f"“{wanted.sort}” is not a sort order. Choose one of: {', '.join(SORTS)}."
        )
    if not 1 <= wanted.limit <= MAX_LIMIT or wanted.offset < 0:
        raise InvalidRequest(f"limit must be from 1 to {MAX_LIMIT}, and offset 0 or more.")
    with context.db.read() as session:
        comics, total = library.list_comics(session, wanted)
    return ComicList(tuple(map(comic_summary, comics)), total)


def matching_comics(context: Context, query: ComicQuery) -> Sequence[str]:
    """Return the ids of all matching comics that can be downloaded, sorted by title."""
    with context.db.read() as session:
        return library.readable_comic_ids(session, query)


def pick_comics(context: Context, comic_ids: Sequence[str], sort: str = "title") -> PickedComics:
    """Return those of the comics that can be downloaded now, in the given sort order."""
    with context.db.read() as session:
        found = library.comics_in_order(session, comic_ids, sort)
    return PickedComics(
        tuple(comic_id for comic_id, _, _ in found),
        damaged_pages=sum(damaged for _, damaged, _ in found),
        are_read=not any(unread for _, _, unread in found),
    )


def get_comic(context: Context, comic_id: str) -> ComicDetail:
    """Return the comic with its pages, which are read first if they are only listed.

    That may take a few seconds. Of pages that are not read by then, width and height are 0.

    Raises:
        NotFound: The library has no such comic.
    """
    with context.db.read() as session:
        unread = unread_among(session, [comic_id])
    read_while_waiting(context, unread)
    with context.db.read() as session:
        listed = library.get_comic(session, comic_id)
        if listed is None:
            raise NotFound("There is no such comic in the library.")
        return comic_detail(listed, list(library.pages_of(session, comic_id)))


def list_series(context: Context, query: str = "", limit: int | None = None) -> list[SeriesSummary]:
    """Return the series that have comics and whose titles contain the words of the query.

    They are sorted by title. With a limit, only the first ones are returned.
    """
    with context.db.read() as session:
        return [
            series_summary(listed)
            for listed in library.list_series(session, query=query, limit=limit)
        ]


def read_series(
    session: Session, series_id: str
) -> tuple[library.ListedSeries, list[library.ComicColumns]]:
    """Return the series and its comics in reading order. Raises NotFound."""
    listed = library.get_series(session, series_id)
    if listed is None:
        raise NotFound("There is no such series in the library.")
    in_order = ComicQuery(series_id=series_id, sort="number", limit=listed.comic_count)
    comics, _ = library.list_comics(session, in_order)
    return listed, comics


def get_series(context: Context, series_id: str) -> SeriesDetail:
    """Return the series with its comics in reading order.

    Raises:
        NotFound: The library has no such series.
    """
    with context.db.read() as session:
        listed, comics = read_series(session, series_id)
    return SeriesDetail(**vars(series_summary(listed)), comics=tuple(map(comic_summary, comics)))

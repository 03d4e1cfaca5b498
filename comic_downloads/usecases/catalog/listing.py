"""What a catalogue lists: comics with all that their entries say, series, and ready files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ...db import catalog, library
from ...db.library import ComicColumns, ListedSeries
from ...db.session import Session
from ...domain.errors import NotFound
from ...domain.job import JobStatus
from ...domain.library import ComicMetadata, ComicQuery
from ...domain.library_filters import filters_of
from ..context import Context
from ..downloads import snapshots
from ..downloads.snapshots import JobSnapshot
from ..library.reading_lists import ListView, get_list, list_lists
from ..library.summaries import (
    ComicSummary,
    SeriesSummary,
    comic_summary,
    metadata_of,
    series_summary,
)


@dataclass(frozen=True)
class CatalogComic:
    """A comic with what its entry says. ``path`` is relative to the library folder."""

    summary: ComicSummary
    metadata: ComicMetadata
    path: str
    updated_at: datetime


@dataclass(frozen=True)
class CatalogSeries:
    """A series, and when one of its comics last changed.

    ``cover`` is the comic whose cover it has, and the version of that; None without a cover.
    """

    summary: SeriesSummary
    updated_at: datetime
    cover: tuple[str, str] | None


@dataclass(frozen=True)
class ReadyFile:
    """A finished file of the user, with its comic if it is one that the library still has."""

    job: JobSnapshot
    comic: CatalogComic | None


def comics_page(context: Context, query: ComicQuery) -> tuple[list[CatalogComic], int]:
    """Return one page of the matching comics that can be downloaded, and how many match in all."""
    with context.db.read() as session:
        comics, total = library.list_comics(session, query)
        return _with_files(session, comics), total


def comics_of_series(
    context: Context, series_id: str, limit: int, offset: int
) -> tuple[SeriesSummary, list[CatalogComic]]:
    """Return the series, and one page of its comics in reading order. Raises NotFound."""
    query = ComicQuery(series_id=series_id, sort="number", limit=limit, offset=offset)
    with context.db.read() as session:
        listed = library.get_series(session, series_id)
        if listed is None:
            raise NotFound("There is no such series in the library.")
        comics, _ = library.list_comics(session, query)
        return series_summary(listed), _with_files(session, comics)


def series_page(context: Context, limit: int, offset: int) -> tuple[list[CatalogSeries], int]:
    """Return one page of the series that have comics, by title, and how many there are in all."""
    with context.db.read() as session:
        listed = library.list_series(session, limit=offset + limit)[offset:]
        changes = catalog.changes_of_series(session, [one.id for one in listed])
        total = catalog.count_series(session)
    now = context.clock()
    return [_series(one, changes.get(one.id, now)) for one in listed], total


def find_comic(context: Context, comic_id: str) -> CatalogComic:
    """Return one comic. Raises NotFound."""
    with context.db.read() as session:
        found = _with_files(session, library.listed_comics(session, [comic_id]))
    if not found:
        raise NotFound("There is no such comic in the library.")
    return found[0]


def ready_page(
    context: Context, user_id: str, limit: int, offset: int
) -> tuple[list[ReadyFile], int]:
    """Return one page of the user's finished files, newest first, and how many there are."""
    jobs, total = snapshots.list_downloads(context, user_id, [JobStatus.READY], limit, offset)
    ids = list({job.comics[0].id for job in jobs if len(job.comics) == 1})
    with context.db.read() as session:
        comics = _with_files(session, library.listed_comics(session, ids))
    by_id = {one.summary.id: one for one in comics}
    return [
        ReadyFile(job, by_id.get(job.comics[0].id) if len(job.comics) == 1 else None)
        for job in jobs
    ], total


def lists_of(context: Context, user_id: str) -> list[ListView]:
    """Return the user's lists, in the order of their names."""
    return list_lists(context, user_id)


def list_page(
    context: Context, user_id: str, list_id: str, limit: int, offset: int
) -> tuple[ListView, list[CatalogComic], int]:
    """Return the user's list, one page of its comics in order, and how many there are to fetch.

    A filter finds its comics anew. Raises NotFound.
    """
    view, books = get_list(context, user_id, list_id)
    if view.parameters is not None:
        found, total = comics_page(context, _query_of(view.parameters, user_id, limit, offset))
        return view, found, total
    ids = [one.comic.id for one in books if one.comic and not one.comic.error]
    with context.db.read() as session:
        listed = library.listed_comics(session, ids[offset : offset + limit])
        return view, _with_files(session, listed), len(ids)


def _query_of(parameters: Mapping[str, str], user_id: str, limit: int, offset: int) -> ComicQuery:
    filters = filters_of(parameters)
    of_user = replace(filters, user_id=user_id) if filters.fetched is not None else filters
    return ComicQuery(
        parameters.get("q", ""),
        sort=parameters.get("sort", "title"),
        limit=limit,
        offset=offset,
        filters=of_user,
    )


def ready_count(context: Context, user_id: str) -> int:
    """Return how many finished files the user has."""
    return snapshots.ready_count(context, user_id)


def latest_addition(context: Context) -> datetime:
    """Return when the newest comic was added; now if there are no comics."""
    with context.db.read() as session:
        return catalog.latest_addition(session) or context.clock()


def _series(listed: ListedSeries, updated_at: datetime) -> CatalogSeries:
    has_cover = listed.cover_comic_id and listed.cover_version
    cover = (listed.cover_comic_id or "", listed.cover_version) if has_cover else None
    return CatalogSeries(series_summary(listed), updated_at, cover)


def _with_files(session: Session, comics: Sequence[ComicColumns]) -> list[CatalogComic]:
    files = catalog.files_of(session, [one.id for one in comics])
    return [
        CatalogComic(comic_summary(one), metadata_of(one), *files[one.id])
        for one in comics
        if not one.error and one.id in files
    ]

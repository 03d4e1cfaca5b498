"""Queries on the shelf: the list of series, with the comics that have no series among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, exists, func, literal, select
from sqlmodel import Session, col

from ..domain.library import ComicQuery
from .library import matches, parts_of, text_order
from .tables import ComicListing, Series

# The columns that series and one-shots are sorted by, and whether the larger values come first.
SORTS = {"title": False, "newest": True, "size": True}
# So many matching comics are sorted by themselves. Of more, series are found by walking through
# the whole order, which ends early.
_FEW = 5000


class Place(NamedTuple):
    """A series or a one-shot, with the key that the shelf is sorted by."""

    id: str
    is_series: bool
    key: Any


class Years(NamedTuple):
    """The years in which the first and the last comic of a series were published."""

    first: int
    last: int


UNKNOWN = Years(0, 0)


def list_shelf(session: Session, query: ComicQuery) -> tuple[list[Place], int | None]:
    """Return one part of the shelf, and the number of all that match.

    A series matches if one of its comics does. The number is None if there are thousands of
    matching comics. It takes a few statements, however large the library is.
    """
    if not query.is_narrowed:
        return _walk(session, query, []), _count_all(session)
    conditions = matches(session, query.words, query.filters)
    found = _few_matches(session, conditions)
    if found is None:
        return _walk(session, query, conditions), None
    series_ids = {series_id for _, series_id in found if series_id is not None}
    alone = [comic_id for comic_id, series_id in found if series_id is None]
    places = [
        *_places_of_series(session, query.sort, sorted(series_ids)),
        *_places_of_one_shots(session, query.sort, alone),
    ]
    return _part(places, query), len(places)


def years_of(session: Session, series_ids: Sequence[str]) -> dict[str, Years]:
    """Return the years of these series, without series of unknown years."""
    year = col(ComicListing.year)
    dated = (
        select(year)
        .where(col(ComicListing.series_id) == col(Series.id), year.is_not(None))
        .limit(1)
        .correlate(Series)
    )
    first, last = dated.order_by(year), dated.order_by(year.desc())
    columns = (col(Series.id), first.scalar_subquery(), last.scalar_subquery())
    return {
        series_id: Years(earliest, latest)
        for part in parts_of(series_ids)
        for series_id, earliest, latest in session.connection().execute(
            select(*columns).where(col(Series.id).in_(part))
        )
        if earliest is not None
    }


def added_since(session: Session, since: datetime, limit: int) -> list[tuple[str, bool]]:
    """Return the series of comics that were added since then, or the comics that have none.

    They are ids, each with whether it is one of a series, once for every comic: the comics that
    were added last come first, at most ``limit``.
    """
    added = col(ComicListing.added_at)
    newest = (
        select(col(ComicListing.comic_id), col(ComicListing.series_id), col(ComicListing.is_alone))
        .where(added >= since)
        .order_by(added.desc())
        .limit(limit)
    )
    return [
        (comic_id, False) if is_alone or series_id is None else (series_id, True)
        for comic_id, series_id, is_alone in session.connection().execute(newest)
    ]


def neighbours(session: Session, series_id: str) -> tuple[str | None, str | None]:
    """Return the ids of the series before and after this one by title; None at the ends."""
    own = session.connection().execute(
        select(col(Series.sort_key)).where(col(Series.id) == series_id)
    )
    key = own.scalar_one_or_none()
    if key is None:
        return None, None
    by_title = text_order(session, Series.sort_key)
    there = col(Series.comic_count) > 0
    same = by_title == key
    before = select(col(Series.id)).where(
        there, (by_title < key) | (same & (col(Series.id) < series_id))
    )
    after = select(col(Series.id)).where(
        there, (by_title > key) | (same & (col(Series.id) > series_id))
    )
    backwards = before.order_by(by_title.desc(), col(Series.id).desc()).limit(1)
    forwards = after.order_by(by_title, col(Series.id)).limit(1)
    run = session.connection()
    return run.execute(backwards).scalar_one_or_none(), run.execute(forwards).scalar_one_or_none()


def _count_all(session: Session) -> int:
    series = select(func.count()).select_from(Series).where(col(Series.comic_count) > 0)
    alone = select(func.count()).select_from(ComicListing).where(col(ComicListing.is_alone))
    run = session.connection()
    return run.execute(series).scalar_one() + run.execute(alone).scalar_one()


def _few_matches(
    session: Session, conditions: Sequence[ColumnElement[bool]]
) -> list[tuple[str, str | None]] | None:
    """Return the ids of all matching comics and of their series; None if they are not few."""
    columns = (col(ComicListing.comic_id), col(ComicListing.series_id))
    some = select(*columns).where(*conditions).limit(_FEW + 1)
    found = [(comic_id, series_id) for comic_id, series_id in session.connection().execute(some)]
    return found if len(found) <= _FEW else None


def _walk(
    session: Session, query: ComicQuery, conditions: Sequence[ColumnElement[bool]]
) -> list[Place]:
    """Return one part of the shelf, from the start of the order of series and of one-shots."""
    end = query.offset + query.limit
    series = _series(session, query.sort)
    if conditions:
        own = col(ComicListing.series_id) == col(Series.id)
        series = series.where(exists(select(1).where(own, *conditions).correlate(Series)))
    alone = _one_shots(query.sort).where(*conditions)
    return _part([*_read(session, series, end), *_read(session, alone, end)], query)


def _read(session: Session, statement: Any, limit: int) -> Iterable[Place]:
    return map(Place._make, session.connection().execute(statement.limit(limit)))


def _part(places: list[Place], query: ComicQuery) -> list[Place]:
    """Return the part that the query asks for of series and one-shots."""
    places.sort(key=attrgetter("id"))
    places.sort(key=attrgetter("key"), reverse=SORTS[query.sort])
    return places[query.offset : query.offset + query.limit]


def _places_of_series(session: Session, sort: str, ids: Sequence[str]) -> Iterable[Place]:
    for part in parts_of(ids):
        wanted = _series(session, sort).where(col(Series.id).in_(part))
        yield from map(Place._make, session.connection().execute(wanted))


def _places_of_one_shots(session: Session, sort: str, ids: Sequence[str]) -> Iterable[Place]:
    for part in parts_of(ids):
        wanted = _one_shots(sort).where(col(ComicListing.comic_id).in_(part))
        yield from map(Place._make, session.connection().execute(wanted))


def _series(session: Session, sort: str) -> Any:
    """Return a statement that reads the places of series, in order."""
    added = (
        select(func.max(col(ComicListing.added_at)))
        .where(col(ComicListing.series_id) == col(Series.id))
        .correlate(Series)
    )
    keys: dict[str, Any] = {
        "title": text_order(session, Series.sort_key),
        "newest": added.scalar_subquery(),
        "size": col(Series.size_bytes),
    }
    key = keys[sort].label("key")
    listed = select(col(Series.id), literal(True), key).where(col(Series.comic_count) > 0)
    return listed.order_by(key.desc() if SORTS[sort] else key, col(Series.id))


def _one_shots(sort: str) -> Any:
    """Return a statement that reads the places of comics without a series, in order."""
    keys = {
        "title": col(ComicListing.title_key),
        "newest": col(ComicListing.added_at),
        "size": col(ComicListing.size_bytes),
    }
    key = keys[sort]
    listed = select(col(ComicListing.comic_id), literal(False), key).where(
        col(ComicListing.is_alone)
    )
    return listed.order_by(key.desc() if SORTS[sort] else key, col(ComicListing.comic_id))


class Choices(NamedTuple):
    """What listed comics can be filtered by: languages and publishers of most comics, and years."""

    languages: list[str]
    publishers: list[str]
    years: list[int]


def filter_choices(session: Session, limit: int) -> Choices:
    """Return at most ``limit`` of each, the languages and publishers of most comics first."""
    return Choices(
        languages=_most_common(session, ComicListing.language, limit),
        publishers=_most_common(session, ComicListing.publisher, limit),
        years=_years(session, limit),
    )


def _most_common(session: Session, column: str, limit: int) -> list[str]:
    count = func.count()
    counted = select(col(column)).group_by(col(column)).order_by(count.desc(), col(column))
    known = counted.where(col(column) != "").limit(limit)
    return list(session.scalars(known))


def _years(session: Session, limit: int) -> list[int]:
    """Return the years of the listed comics, the latest first."""
    years: list[int] = []
    latest = select(func.max(col(ComicListing.year)))
    while len(years) < limit:
        before = latest.where(col(ComicListing.year) < years[-1]) if years else latest
        year = session.connection().execute(before).scalar_one_or_none()
        if year is None:
            break
        years.append(year)
    return years


def some_comics(session: Session, words: str, limit: int) -> list[str]:
    """Return the ids of some comics that match the words, in no order."""
    some = select(col(ComicListing.comic_id)).where(*matches(session, words)).limit(limit)
    return list(session.scalars(some))

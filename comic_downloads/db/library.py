"""Queries on the library: lists, a comic and its pages, series, and the input of a download."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from ..domain.comic_names import full_name
from ..domain.errors import ComicUnreadable, NotFound
from ..domain.library import (
    NO_MARKS,
    ComicMetadata,
    ComicQuery,
    ImageFacts,
    ImageTrait,
    PageMarks,
    PageType,
    Placement,
)
from ..domain.manifest import ManifestComic, ManifestPage, metadata_from_dict
from ..domain.page_marks import marks_of_kept
from ..domain.text_keys import search_key
from .tables import Comic, Page, Series

SORTS = ("title", "-title", "series", "number", "newest", "size", "pages")
# Pages are read as plain values, in this order, because a request may have many thousands of them.
_PAGE_COLUMNS: tuple[Any, ...] = (
    *(Page.comic_id, Page.page_index, Page.name, Page.error, Page.traits),
    *(Page.media_type, Page.width, Page.height, Page.size_bytes, Page.crc32, Page.sha256),
    *(Page.type, Page.bookmark, Page.double_page, Page.key),
)
_NO_MARKS = ["", "", None, ""]
# SQLite takes 32,766 values in one statement, and older builds take 999.
_IDS_PER_STATEMENT = 500


@dataclass(frozen=True)
class ListedComic:
    """A comic, the title of its series, and what is in that besides the declared one.

    These are empty if it has no series.
    """

    comic: Comic
    series_title: str
    run: str = ""

    @property
    def name(self) -> str:
        """The comic's name outside of its series: “X-Men (2019) #12 – The Deep”."""
        return full_name(_shown_metadata(self.comic, self.run))


@dataclass(frozen=True)
class ListedSeries:
    """A series, with the totals of its comics.

    ``cover_comic_id`` is the first readable comic in reading order.
    """

    series: Series
    comic_count: int
    page_count: int
    size_bytes: int
    damaged_comics: int
    cover_comic_id: str | None = None
    cover_version: str = ""


def list_comics(session: Session, query: ComicQuery) -> tuple[list[ListedComic], int]:
    """Return one page of the comics that match the query, and how many match in all.

    Comics whose files are missing are left out. It takes two statements, however large the library
    is.
    """
    conditions = [col(Comic.missing_at).is_(None), *_matches(query.words)]
    if query.series_id is not None:
        conditions.append(col(Comic.series_id) == query.series_id)
    total = session.exec(select(func.count()).select_from(Comic).where(*conditions)).one()
    statement = (
        _with_series()
        .where(*conditions)
        .order_by(*_order(session, query.sort))
        .limit(query.limit)
        .offset(query.offset)
    )
    return [_listed(*row) for row in session.exec(statement)], total


def readable_comic_ids(
    session: Session, *, query: str = "", series_id: str | None = None
) -> Sequence[str]:
    """Return the ids of all matching comics that can be downloaded, sorted by title."""
    conditions = [col(Comic.missing_at).is_(None), col(Comic.error) == "", *_matches(query)]
    if series_id is not None:
        conditions.append(col(Comic.series_id) == series_id)
    return session.exec(
        select(Comic.id).where(*conditions).order_by(*_order(session, "title"))
    ).all()


def comics_in_order(session: Session, comic_ids: Sequence[str], sort: str) -> list[tuple[str, int]]:
    """Return id and number of damaged pages of the given comics, sorted.

    Comics that are missing or unreadable are left out.
    """
    wanted = set(comic_ids)
    there = [col(Comic.missing_at).is_(None), col(Comic.error) == ""]
    statement = select(Comic.id, Comic.damaged_pages).where(*there).order_by(*_order(session, sort))
    return [
        (comic_id, damaged) for comic_id, damaged in session.exec(statement) if comic_id in wanted
    ]


def get_comic(session: Session, comic_id: str) -> ListedComic | None:
    """Return the comic, or None if it is unknown or its files are missing."""
    row = session.exec(
        _with_series().where(col(Comic.id) == comic_id, col(Comic.missing_at).is_(None))
    ).one_or_none()
    return _listed(*row) if row is not None else None


def pages_of(session: Session, comic_id: str) -> Sequence[Page]:
    """Return all pages of the comic in reading order, including damaged ones."""
    return session.exec(
        select(Page).where(Page.comic_id == comic_id).order_by(col(Page.page_index))
    ).all()


def get_page(session: Session, comic_id: str, index: int) -> Page | None:
    """Return the page at this index, from 0, or None."""
    return session.get(Page, (comic_id, index))


def cover_page(session: Session, comic_id: str) -> Page | None:
    """Return the front cover, or else the first page, that was read and is not damaged, or None."""
    is_inside = ~col(Page.type).contains(PageType.FRONT_COVER)
    statement = (
        select(Page)
        .where(Page.comic_id == comic_id, Page.error == "", Page.sha256 != "")
        .order_by(is_inside, col(Page.page_index))
        .limit(1)
    )
    return session.exec(statement).one_or_none()


def list_series(session: Session, *, query: str = "") -> list[ListedSeries]:
    """Return the series whose titles match, sorted by title.

    Series whose comics are all missing are left out. It takes two statements.
    """
    words = [_contains(Series.search_text, word) for word in search_key(query).split()]
    return _series_where(session, words)


def get_series(session: Session, series_id: str) -> ListedSeries | None:
    """Return the series, or None if it is unknown or all its comics are missing."""
    return next(iter(_series_where(session, [col(Series.id) == series_id])), None)


def comic_ids_of_series(session: Session, series_id: str) -> list[str]:
    """Return the ids of the series' comics in reading order; none for an unknown series."""
    statement = select(Comic.id).where(
        Comic.series_id == series_id, col(Comic.missing_at).is_(None)
    )
    return list(session.exec(statement.order_by(*_order(session, "number"))).all())


def damaged_comics(session: Session, limit: int) -> list[ListedComic]:
    """Return comics that cannot be read at all, or that have damaged pages, sorted by title."""
    statement = (
        _with_series()
        .where(col(Comic.missing_at).is_(None), _is_damaged())
        .order_by(*_order(session, "title"))
        .limit(limit)
    )
    return [_listed(*row) for row in session.exec(statement)]


def metadata_errors(session: Session, limit: int) -> list[tuple[str, str]]:
    """Return the paths of comics whose own metadata cannot all be read, sorted, and why."""
    statement = (
        select(Comic.path, Comic.metadata_error)
        .where(col(Comic.missing_at).is_(None), col(Comic.metadata_error) != "")
        .order_by(_text(session, Comic.path))
        .limit(limit)
    )
    return [(path, error) for path, error in session.exec(statement)]


def count_comics(session: Session) -> int:
    """Return how many comics the library has, not counting missing ones."""
    return session.exec(
        select(func.count()).select_from(Comic).where(col(Comic.missing_at).is_(None))
    ).one()


class _StoredPage(NamedTuple):
    page_index: int
    name: str
    error: str
    facts: ImageFacts
    marks: PageMarks


def _stored_page(row: Sequence[Any]) -> _StoredPage:
    """Return the page from the values of ``_PAGE_COLUMNS``."""
    _, page_index, name, error, traits, media_type, width, height, size_bytes, crc32, *rest = row
    sha256, *marks = rest
    known = tuple(map(ImageTrait, traits.split())) if traits else ()
    facts = ImageFacts(media_type, width, height, size_bytes, crc32, sha256, known)
    return _StoredPage(
        page_index, name, error, facts, NO_MARKS if marks == _NO_MARKS else PageMarks(*marks)
    )


def manifest_comics(session: Session, comic_ids: Sequence[str]) -> list[ManifestComic]:
    """Return the comics as the input of a download, in the given order.

    Each has its readable pages and the indexes of its damaged ones. Of a comic that is not read
    yet, pages may be damaged without being known as such, and their facts are incomplete.

    Raises:
        NotFound: A comic is unknown, or its files are missing.
        ComicUnreadable: A comic is damaged as a whole.
    """
    comics = comics_to_read(session, comic_ids)
    pages: dict[str, list[_StoredPage]] = {comic_id: [] for comic_id in comic_ids}
    for part in _parts(comic_ids):
        wanted = select(*_PAGE_COLUMNS).where(col(Page.comic_id).in_(part))
        in_order = wanted.order_by(col(Page.comic_id), col(Page.page_index))
        for row in session.connection().execute(in_order).all():
            pages[row[0]].append(_stored_page(row))
    runs = _runs(session, {comic.series_id for comic in comics if comic.series_id})
    return [
        _manifest_comic(comic, pages[comic.id], runs.get(comic.series_id or "", ""))
        for comic in comics
    ]


def metadata_of_comics(session: Session, comic_ids: Sequence[str]) -> list[ComicMetadata]:
    """Return what is known about the comics, in the given order. Raises as ``manifest_comics``."""
    comics = comics_to_read(session, comic_ids)
    runs = _runs(session, {comic.series_id for comic in comics if comic.series_id})
    return [_shown_metadata(comic, runs.get(comic.series_id or "", "")) for comic in comics]


def _runs(session: Session, series_ids: Collection[str]) -> dict[str, str]:
    """Return what tells these series from others of their title, by their ids."""
    return {
        series_id: run
        for part in _parts(sorted(series_ids))
        for series_id, run in session.exec(
            select(Series.id, Series.run).where(col(Series.id).in_(part), col(Series.run) != "")
        )
    }


def comics_to_read(session: Session, comic_ids: Sequence[str]) -> list[Comic]:
    """Return the comics, in the given order.

    Raises:
        NotFound: A comic is unknown, or its files are missing.
        ComicUnreadable: A comic is damaged as a whole.
    """
    comics = comics_by_id(session, comic_ids)
    for comic_id in comic_ids:
        comic = comics.get(comic_id)
        if comic is None or comic.missing_at is not None:
            name = (
                f"“{comic.title}” is no longer in the library"
                if comic
                else "There is no such comic"
            )
            raise NotFound(f"{name}. Scan the library again, or pick another comic.")
        if comic.error:
            raise ComicUnreadable(f"“{comic.title}” cannot be read. {comic.error}")
    return [comics[comic_id] for comic_id in comic_ids]


def comics_by_id(session: Session, comic_ids: Sequence[str]) -> dict[str, Comic]:
    """Return the known comics by their ids, including those whose files are missing."""
    return {
        comic.id: comic
        for part in _parts(comic_ids)
        for comic in session.exec(select(Comic).where(col(Comic.id).in_(part)))
    }


def names_of(session: Session, comics: Collection[Comic]) -> dict[str, str]:
    """Return the names of the comics outside of their series, by their ids."""
    runs = _runs(session, {comic.series_id for comic in comics if comic.series_id})
    return {
        comic.id: ListedComic(comic, "", runs.get(comic.series_id or "", "")).name
        for comic in comics
    }


def _shown_metadata(comic: Comic, run: str) -> ComicMetadata:
    """Return the comic's metadata with the run of its series.

    The rest of the placement arranges the library; it must not make equal files differ.
    """
    metadata = metadata_from_dict(comic.comic_metadata)
    return replace(metadata, placement=Placement(branch=metadata.placement.branch, run=run))


def _manifest_comic(comic: Comic, pages: Sequence[_StoredPage], run: str) -> ManifestComic:
    readable = [page for page in pages if not page.error]
    marks = marks_of_kept((page.marks, not page.error) for page in pages)
    return ManifestComic(
        comic_id=comic.id,
        path=comic.path,
        metadata=_shown_metadata(comic, run),
        pages=tuple(
            ManifestPage(page.page_index, page.name, page.facts, own)
            for page, own in zip(readable, marks, strict=True)
        ),
        missing=tuple(page.page_index for page in pages if page.error),
        is_read=comic.unread_pages == 0,
    )


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (
        ids[start : start + _IDS_PER_STATEMENT] for start in range(0, len(ids), _IDS_PER_STATEMENT)
    )


def _listed(comic: Comic, series_title: str | None, run: str | None) -> ListedComic:
    return ListedComic(comic, series_title or "", run or "")


def _with_series() -> Select[Comic, str, str]:
    return select(Comic, Series.title, Series.run).join(
        Series, col(Series.id) == col(Comic.series_id), isouter=True
    )


def _matches(query: str) -> list[ColumnElement[bool]]:
    """Require every word to occur, in any order, and ignore case and accents."""
    return [_contains(Comic.search_text, word) for word in search_key(query).split()]


def _is_damaged() -> ColumnElement[bool]:
    return (col(Comic.error) != "") | (col(Comic.damaged_pages) > 0)


def _contains(column: str, word: str) -> ColumnElement[bool]:
    return col(column).contains(word, autoescape=True)


def _order(session: Session, sort: str) -> list[Any]:
    """Return the columns to sort by. The id is last, so that no comic appears on two pages."""
    title, number = _text(session, Comic.title_key), _text(session, Comic.number_key)
    series = _text(session, Series.sort_key) if sort == "series" else None
    orders: dict[str, list[Any]] = {
        "title": [title, number],
        "-title": [title.desc(), number.desc()],
        "number": [number, title],
        "newest": [col(Comic.added_at).desc(), title],
        "size": [col(Comic.size_bytes).desc(), title],
        "pages": [col(Comic.page_count).desc(), title],
    }
    if series is not None:
        orders["series"] = [col(Comic.series_id).is_(None), series, number, title]
    return [*orders.get(sort, orders["title"]), col(Comic.id)]


def _text(session: Session, column: str) -> Any:
    """Return a key that sorts by its characters.

    The usual collations of PostgreSQL would skip blanks and punctuation.
    """
    return col(column) if session.get_bind().dialect.name == "sqlite" else col(column).collate("C")


def _series_where(
    session: Session, conditions: Sequence[ColumnElement[bool]]
) -> list[ListedSeries]:
    there = col(Comic.missing_at).is_(None)
    sums = (
        select(
            Series, func.count(), func.sum(col(Comic.page_count)), func.sum(col(Comic.size_bytes))
        )
        .add_columns(func.count().filter(_is_damaged()))
        .join(Comic, col(Comic.series_id) == col(Series.id))
        .where(there, *conditions)
        .group_by(col(Series.id))
        .order_by(_text(session, Series.sort_key), col(Series.id))
    )
    # Five columns are one too many for the overloads of ``exec``.
    rows = session.exec(sums).all()  # pyright: ignore[reportCallIssue, reportArgumentType]
    covers = _covers(session, conditions) if rows else {}
    return [
        ListedSeries(
            series, count, int(pages), int(size), damaged, *covers.get(series.id, (None, ""))
        )
        for series, count, pages, size, damaged in rows
    ]


def _covers(
    session: Session, conditions: Sequence[ColumnElement[bool]]
) -> dict[str, tuple[str, str]]:
    """Return id and cover version of the first readable comic, by series."""
    place = func.row_number().over(
        partition_by=col(Comic.series_id), order_by=_order(session, "number")
    )
    ranked = (
        select(Comic.series_id, Comic.id, Comic.cover_version, place.label("place"))
        .join(Series, col(Series.id) == col(Comic.series_id))
        .where(col(Comic.missing_at).is_(None), col(Comic.cover_version) != "", *conditions)
        .subquery()
    )
    rows = session.exec(
        select(ranked.c.series_id, ranked.c.id, ranked.c.cover_version).where(ranked.c.place == 1)
    )
    return {series_id: (comic_id, version) for series_id, comic_id, version in rows}


def known_digests(session: Session, digests: Collection[str]) -> set[str]:
    """Return the digests that belong to pages of the library.

    Pass at most some 10,000 digests at a time, because databases limit the values of a statement.
    """
    return set(session.scalars(select(Page.sha256).where(col(Page.sha256).in_(digests)).distinct()))

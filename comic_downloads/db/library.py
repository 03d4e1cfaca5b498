"""Queries on the library: lists, a comic and its pages, series, and the input of a download."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Executable,
    Text,
    bindparam,
    cast,
    func,
    join,
    literal_column,
    true,
)
from sqlalchemy import Select as CoreSelect
from sqlalchemy import select as core_select
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from ..domain.comic_names import full_name
from ..domain.errors import ComicUnreadable, NotFound
from ..domain.library import (
    NO_FILTERS,
    NO_MARKS,
    ComicFilters,
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
from .tables import Comic, ComicFetch, ComicListing, Page, Series

_SERIES_COLUMNS: tuple[Any, ...] = (
    *(Series.id, Series.title, Series.comic_count, Series.page_count, Series.size_bytes),
    *(Series.damaged_comics, Series.cover_comic_id, Series.cover_version),
)
_IS_LISTED = col(ComicListing.comic_id) == col(Comic.id)
# Columns to sort by, and whether the larger values come first.
_Order = Sequence[tuple[Any, bool]]
_TITLE = (col(ComicListing.title_key), False)
_NUMBER = (col(ComicListing.number_key), False)
# The id is last, so that no comic appears on two pages. The keys of titles begin with the series.
_ID = (col(ComicListing.comic_id), False)
_ORDERS: dict[str, _Order] = {
    "title": (_TITLE, _NUMBER, _ID),
    "-title": [(column, True) for column, _ in (_TITLE, _NUMBER, _ID)],
    "series": ((col(ComicListing.is_alone), False), _TITLE, _NUMBER, _ID),
    "number": (_NUMBER, _TITLE, _ID),
    "newest": ((col(ComicListing.added_at), True), _TITLE, _ID),
    "size": ((col(ComicListing.size_bytes), True), _TITLE, _ID),
    "pages": ((col(ComicListing.page_count), True), _TITLE, _ID),
}
SORTS = tuple(_ORDERS)
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


class ListedSeries(NamedTuple):
    """A series, with the totals of its comics.

    ``cover_comic_id`` is the first readable comic in reading order.
    """

    id: str
    title: str
    comic_count: int
    page_count: int
    size_bytes: int
    damaged_comics: int
    cover_comic_id: str | None
    cover_version: str


class ComicColumns(NamedTuple):
    """What lists show of a comic. ``metadata`` is the JSON of it, and ``run`` as in ListedComic."""

    id: str
    title: str
    series_id: str | None
    series_title: str | None
    run: str | None
    number: str
    metadata: str
    page_count: int
    damaged_pages: int
    size_bytes: int
    cover_version: str
    kind: str
    error: str
    added_at: datetime


def list_comics(session: Session, query: ComicQuery) -> tuple[list[ComicColumns], int]:
    """Return one page of the comics that match the query, and how many match in all.

    Comics whose files are missing are left out. It takes four statements at most, however large the
    library is, and only the comics of the page are read.
    """
    if not query.is_narrowed:
        return _page_of_all(session, query)
    ids, total = _ids_found(session, query)
    return listed_comics(session, ids), total


def listed_comics(session: Session, ids: Sequence[str]) -> list[ComicColumns]:
    """Return these comics as lists show them, in the given order, without unknown ones."""
    connection = session.connection()
    listed = {
        row[0]: ComicColumns._make(row)
        for part in parts_of(ids)
        for row in connection.execute(_columns_by_id(), {"ids": list(part)}).all()
    }
    return [listed[comic_id] for comic_id in ids if comic_id in listed]


def _page_of_all(session: Session, query: ComicQuery) -> tuple[list[ComicColumns], int]:
    """Return one page of the comics of the whole library, and the number of all."""
    connection = session.connection()
    total = connection.execute(_COUNT_ALL).scalar_one()
    start, limit, from_end = _nearer_end(query, total)
    if not limit:
        return [], total
    page = _columns_of_page(query.sort, from_end=from_end)
    rows = connection.execute(page, {"limit": limit, "offset": start}).all()
    return list(map(ComicColumns._make, reversed(rows) if from_end else rows)), total


_COUNT_ALL = core_select(func.count()).select_from(ComicListing)


@cache
def _columns_of_page(sort: str, *, from_end: bool) -> Executable:
    """Return the statement of ``_page_of_all``; it takes longer to build than to run.

    Only the comics of the page are read, after the page was found in an index.
    """
    order = _ORDERS.get(sort, _ORDERS["title"])
    columns = dict.fromkeys([col(ComicListing.comic_id), *(column for column, _ in order)])
    found = core_select(*columns).order_by(*_ordered(order, backwards=from_end))
    page = found.limit(bindparam("limit")).offset(bindparam("offset")).subquery()
    in_order = [(page.c[column.key], larger_first) for column, larger_first in order]
    # In this order, the page decides which comics are read.
    comics = join(page, Comic, page.c.comic_id == col(Comic.id))
    listed = _listed_columns(comics)
    return listed.order_by(*_ordered(in_order, backwards=from_end))


def _ids_found(session: Session, query: ComicQuery) -> tuple[Sequence[str], int]:
    """Return the ids of the comics on one page of those that match, and the number of these."""
    conditions = matches(session, query.words, query.filters)
    is_search = bool(conditions)
    if query.series_id is not None:
        conditions.append(col(ComicListing.series_id) == query.series_id)
    few = _few_ids(session, conditions) if is_search else None
    if few is not None:
        conditions = [col(ComicListing.comic_id).in_(few)]
    counted = select(func.count()).select_from(ComicListing).where(*conditions)
    total = len(few) if few is not None else session.exec(counted).one()
    return _ids_of_page(session, query, conditions, total), total


@cache
def _columns_by_id() -> Executable:
    """Return a statement that reads ``ComicColumns``; it takes longer to build than to run."""
    return _listed_columns(Comic).where(col(Comic.id).in_(bindparam("ids", expanding=True)))


def _listed_columns(comics: Any) -> CoreSelect[*tuple[Any, ...]]:
    columns: dict[str, Any] = {name: getattr(Comic, name, None) for name in ComicColumns._fields}
    columns |= {
        "series_title": Series.title,
        "run": Series.run,
        "metadata": cast(Comic.comic_metadata, Text),
    }
    listed = core_select(*columns.values()).select_from(comics)
    return listed.outerjoin(Series, col(Series.id) == col(Comic.series_id))


def _few_ids(session: Session, conditions: Sequence[ColumnElement[bool]]) -> Sequence[str] | None:
    """Return the ids of all comics under these conditions, or None if they are not few.

    Few comics are then sorted by themselves. Many are found by walking through the whole order,
    which ends early.
    """
    some = select(ComicListing.comic_id).where(*conditions).limit(_IDS_PER_STATEMENT + 1)
    found = session.exec(some).all()
    return found if len(found) <= _IDS_PER_STATEMENT else None


def _nearer_end(query: ComicQuery, total: int) -> tuple[int, int, bool]:
    """Return where the page starts and its length, and whether that counts from the end."""
    limit = max(0, min(query.limit, total - query.offset))
    from_end = query.offset > total // 2
    return (total - query.offset - limit if from_end else query.offset), limit, from_end


def _ids_of_page(
    session: Session, query: ComicQuery, conditions: Sequence[ColumnElement[bool]], total: int
) -> list[str]:
    """Return the ids of the comics on the page, from the nearer end of the order."""
    order = _ORDERS.get(query.sort, _ORDERS["title"])
    start, limit, from_end = _nearer_end(query, total)
    if not limit:
        return []
    statement = (
        select(ComicListing.comic_id)
        .where(*conditions)
        .order_by(*_ordered(order, backwards=from_end))
        .limit(limit)
        .offset(start)
    )
    ids = session.exec(statement).all()
    return list(reversed(ids) if from_end else ids)


def readable_comic_ids(session: Session, query: ComicQuery) -> Sequence[str]:
    """Return the ids of all matching comics that can be downloaded, sorted by title."""
    conditions = [col(Comic.error) == "", *matches(session, query.words, query.filters)]
    if query.series_id is not None:
        conditions.append(col(ComicListing.series_id) == query.series_id)
    readable = select(Comic.id).join(ComicListing, _IS_LISTED).where(*conditions)
    return session.exec(readable.order_by(*_ordered(_ORDERS["title"]))).all()


def comics_in_order(
    session: Session, comic_ids: Sequence[str], sort: str
) -> list[tuple[str, int, int]]:
    """Return id, number of damaged pages and number of unread pages of the given comics, sorted.

    Comics that are missing or unreadable are left out.
    """
    wanted = set(comic_ids)
    statement = (
        select(Comic.id, Comic.damaged_pages, Comic.unread_pages)
        .join(ComicListing, _IS_LISTED)
        .where(col(Comic.error) == "")
        .order_by(*_ordered(_ORDERS.get(sort, _ORDERS["title"])))
    )
    if len(wanted) <= _IDS_PER_STATEMENT:
        statement = statement.where(col(Comic.id).in_(wanted))
    return [
        (comic_id, damaged, unread)
        for comic_id, damaged, unread in session.exec(statement)
        if comic_id in wanted
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


def list_series(
    session: Session, *, query: str = "", limit: int | None = None
) -> list[ListedSeries]:
    """Return the series whose titles match, sorted by title.

    Series whose comics are all missing are left out. It takes one statement.
    """
    words = [_contains(session, Series.search_text, word) for word in search_key(query).split()]
    return _series_where(session, words, limit)


def get_series(session: Session, series_id: str) -> ListedSeries | None:
    """Return the series, or None if it is unknown or all its comics are missing."""
    return next(iter(_series_where(session, [col(Series.id) == series_id])), None)


def comic_ids_of_series(session: Session, series_id: str) -> list[str]:
    """Return the ids of the series' comics in reading order; none for an unknown series."""
    of_series = select(ComicListing.comic_id).where(ComicListing.series_id == series_id)
    return list(session.exec(of_series.order_by(*_ordered(_ORDERS["number"]))).all())


def damaged_comics(session: Session, limit: int) -> list[ListedComic]:
    """Return comics that cannot be read at all, or that have damaged pages, sorted by title."""
    statement = (
        _with_series()
        .join(ComicListing, _IS_LISTED)
        .where(col(ComicListing.is_damaged))
        .order_by(*_ordered(_ORDERS["title"]))
        .limit(limit)
    )
    return [_listed(*row) for row in session.exec(statement)]


def metadata_errors(session: Session, limit: int) -> list[tuple[str, str]]:
    """Return the paths of comics whose own metadata cannot all be read, sorted, and why."""
    statement = (
        select(Comic.path, Comic.metadata_error)
        # The literal lets both databases use the index of such comics.
        .where(col(Comic.missing_at).is_(None), col(Comic.metadata_error) != literal_column("''"))
        .order_by(text_order(session, Comic.path))
        .limit(limit)
    )
    return [(path, error) for path, error in session.exec(statement)]


def count_comics(session: Session) -> int:
    """Return how many comics the library has, not counting missing ones."""
    return session.exec(select(func.count()).select_from(ComicListing)).one()


def has_comics(session: Session) -> bool:
    """Return True if the library has a comic that is not missing."""
    return session.exec(select(ComicListing.comic_id).limit(1)).first() is not None


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
    for part in parts_of(comic_ids):
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
        for part in parts_of(sorted(series_ids))
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


class ScannedFiles(NamedTuple):
    """Where the files of a comic are, and what they were like at the last scan."""

    path: str
    kind: str
    fingerprint: str


def scanned_files(session: Session, comic_ids: Sequence[str]) -> dict[str, ScannedFiles]:
    """Return the files of the known comics by their ids."""
    return {
        comic_id: ScannedFiles(*files)
        for part in parts_of(comic_ids)
        for comic_id, *files in session.connection().execute(_files_by_id(), {"ids": list(part)})
    }


@cache
def _files_by_id() -> Executable:
    """Return the statement of ``scanned_files``; it takes longer to build than to run."""
    columns: tuple[Any, ...] = (Comic.id, Comic.path, Comic.kind, Comic.fingerprint)
    return core_select(*columns).where(col(Comic.id).in_(bindparam("ids", expanding=True)))


def comics_by_id(session: Session, comic_ids: Sequence[str]) -> dict[str, Comic]:
    """Return the known comics by their ids, including those whose files are missing."""
    return {
        comic.id: comic
        for part in parts_of(comic_ids)
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
    return shown_metadata(metadata_from_dict(comic.comic_metadata), run)


def shown_metadata(metadata: ComicMetadata, run: str) -> ComicMetadata:
    """Return a comic's metadata with the run of its series.

    The rest of the placement arranges the library; it must not make equal files differ.
    """
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


def parts_of(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    """Return the ids in parts that one statement can take."""
    return (
        ids[start : start + _IDS_PER_STATEMENT] for start in range(0, len(ids), _IDS_PER_STATEMENT)
    )


def _listed(comic: Comic, series_title: str | None, run: str | None) -> ListedComic:
    return ListedComic(comic, series_title or "", run or "")


def _with_series() -> Select[Comic, str, str]:
    return select(Comic, Series.title, Series.run).join(
        Series, col(Series.id) == col(Comic.series_id), isouter=True
    )


def matches(
    session: Session, words: str, filters: ComicFilters = NO_FILTERS
) -> list[ColumnElement[bool]]:
    """Return what the rows of ComicListing fulfil that match the words and the filters.

    Every word occurs, in any order; case and accents do not count.
    """
    found = [_contains(session, ComicListing.search_text, w) for w in search_key(words).split()]
    exact = ("kind", "language", "direction", "publisher", "year")
    wanted = {name: value for name in exact if (value := getattr(filters, name))}
    found += [getattr(ComicListing, name) == value for name, value in wanted.items()]
    if person := search_key(filters.person):
        # The names of the credits stand in the text as they are, one behind the other.
        found.append(_contains(session, ComicListing.search_text, person))
    if filters.damaged:
        found.append(col(ComicListing.is_damaged) == true())
    if filters.fetched is not None:
        found.append(_is_fetched(filters.user_id, filters.fetched))
    return found


def _is_fetched(user_id: str, wanted: bool) -> ColumnElement[bool]:
    own = core_select(col(ComicFetch.comic_id)).where(col(ComicFetch.user_id) == user_id)
    listed = col(ComicListing.comic_id)
    return listed.in_(own) if wanted else listed.not_in(own)


def _contains(session: Session, column: str, word: str) -> ColumnElement[bool]:
    # Of the ways to look for a text, this is the fastest one of each database.
    if session.get_bind().dialect.name == "sqlite":
        return col(column).contains(word, autoescape=True)
    return func.strpos(column, word) > 0


def _ordered(order: _Order, *, backwards: bool = False) -> list[Any]:
    return [
        column.desc() if is_descending != backwards else column for column, is_descending in order
    ]


def text_order(session: Session, column: str) -> Any:
    """Return a key that sorts by its characters.

    The usual collations of PostgreSQL would skip blanks and punctuation.
    """
    return col(column) if session.get_bind().dialect.name == "sqlite" else col(column).collate("C")


def listed_series(session: Session, ids: Sequence[str]) -> list[ListedSeries]:
    """Return these series that have comics, sorted by title."""
    return [
        series
        for part in parts_of(ids)
        for series in _series_where(session, [col(Series.id).in_(part)])
    ]


def _series_where(
    session: Session, conditions: Sequence[ColumnElement[bool]], limit: int | None = None
) -> list[ListedSeries]:
    listed = (
        select(*_SERIES_COLUMNS)
        .where(col(Series.comic_count) > 0, *conditions)
        .order_by(text_order(session, Series.sort_key), col(Series.id))
        .limit(limit)
    )
    return [ListedSeries(*row) for row in session.connection().execute(listed)]


def known_digests(session: Session, digests: Collection[str]) -> set[str]:
    """Return the digests that belong to pages of the library.

    Pass at most some 10,000 digests at a time, because databases limit the values of a statement.
    """
    return set(session.scalars(select(Page.sha256).where(col(Page.sha256).in_(digests)).distinct()))

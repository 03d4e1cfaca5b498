"""Questions to the library: lists, one comic with its pages, series, and the frozen input of a download."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import Select

from ..domain.errors import ComicUnreadable, NotFound
from ..domain.library import ImageFacts
from ..domain.manifest import ManifestComic, ManifestPage, metadata_from_dict
from ..domain.text_keys import search_key
from .tables import Comic, Page, Series

SORTS = ("title", "-title", "series", "number", "newest", "size", "pages")
_IDS_PER_STATEMENT = 500  # SQLite takes 32,766 values, older builds 999


@dataclass(frozen=True)
class ListedComic:
    comic: Comic
    series_title: str


@dataclass(frozen=True)
class ListedSeries:
    """A series with what its comics add up to; ``cover_comic_id`` is the first readable comic in reading order."""

    series: Series
    comic_count: int
    page_count: int
    size_bytes: int
    damaged_comics: int
    cover_comic_id: str | None = None
    cover_version: str = ""


def list_comics(
    session: Session,
    *,
    query: str = "",
    series_id: str | None = None,
    sort: str = "title",
    limit: int = 60,
    offset: int = 0,
) -> tuple[list[ListedComic], int]:
    """The comics that are there and match, and how many there are in all. Two statements, whatever the library's size."""
    conditions = [col(Comic.missing_at).is_(None), *_matches(query)]
    if series_id is not None:
        conditions.append(col(Comic.series_id) == series_id)
    total = session.exec(select(func.count()).select_from(Comic).where(*conditions)).one()
    statement = (
        _with_series()
        .where(*conditions)
        .order_by(*_order(session, sort))
        .limit(limit)
        .offset(offset)
    )
    return [ListedComic(comic, title or "") for comic, title in session.exec(statement)], total


def readable_comics(
    session: Session, *, query: str = "", series_id: str | None = None
) -> Sequence[str]:
    """The ids of all comics that match and can be downloaded."""
    conditions = [col(Comic.missing_at).is_(None), col(Comic.error) == "", *_matches(query)]
    if series_id is not None:
        conditions.append(col(Comic.series_id) == series_id)
    return session.exec(
        select(Comic.id).where(*conditions).order_by(*_order(session, "title"))
    ).all()


def comics_in_order(session: Session, comic_ids: Sequence[str], sort: str) -> list[tuple[str, int]]:
    """Id and number of damaged pages of those of the comics that are there and can be read, sorted."""
    wanted = set(comic_ids)
    there = [col(Comic.missing_at).is_(None), col(Comic.error) == ""]
    statement = select(Comic.id, Comic.damaged_pages).where(*there).order_by(*_order(session, sort))
    return [
        (comic_id, damaged) for comic_id, damaged in session.exec(statement) if comic_id in wanted
    ]


def get_comic(session: Session, comic_id: str) -> ListedComic | None:
    """The comic, unless its files are not there."""
    row = session.exec(
        _with_series().where(col(Comic.id) == comic_id, col(Comic.missing_at).is_(None))
    ).one_or_none()
    return ListedComic(row[0], row[1] or "") if row is not None else None


def pages_of(session: Session, comic_id: str) -> Sequence[Page]:
    """All its pages in reading order, damaged ones too."""
    return session.exec(
        select(Page).where(Page.comic_id == comic_id).order_by(col(Page.page_index))
    ).all()


def get_page(session: Session, comic_id: str, index: int) -> Page | None:
    return session.get(Page, (comic_id, index))


def first_readable_page(session: Session, comic_id: str) -> Page | None:
    statement = (
        select(Page)
        .where(Page.comic_id == comic_id, Page.error == "")
        .order_by(col(Page.page_index))
        .limit(1)
    )
    return session.exec(statement).one_or_none()


def list_series(session: Session, *, query: str = "") -> list[ListedSeries]:
    """Every series that has comics, in the order of their titles. Two statements."""
    words = [_contains(Series.title_key, word) for word in search_key(query).split()]
    return _series_where(session, words)


def get_series(session: Session, series_id: str) -> ListedSeries | None:
    return next(iter(_series_where(session, [col(Series.id) == series_id])), None)


def comics_of_series(session: Session, series_id: str) -> list[str]:
    """The ids of its comics in reading order; none for a series that does not exist."""
    statement = select(Comic.id).where(
        Comic.series_id == series_id, col(Comic.missing_at).is_(None)
    )
    return list(session.exec(statement.order_by(*_order(session, "number"))).all())


def damaged_comics(session: Session, limit: int) -> list[ListedComic]:
    """Comics that cannot be read, or not all pages of which can."""
    statement = (
        _with_series()
        .where(col(Comic.missing_at).is_(None), _is_damaged())
        .order_by(*_order(session, "title"))
        .limit(limit)
    )
    return [ListedComic(comic, title or "") for comic, title in session.exec(statement)]


def count_comics(session: Session) -> int:
    return session.exec(
        select(func.count()).select_from(Comic).where(col(Comic.missing_at).is_(None))
    ).one()


def manifest_comics(session: Session, comic_ids: Sequence[str]) -> list[ManifestComic]:
    """The comics as input of a download, in the given order: readable pages, and the indexes of damaged ones.

    Raises what ``comics_to_read`` does.
    """
    comics = comics_to_read(session, comic_ids)
    pages: dict[str, list[Page]] = {comic_id: [] for comic_id in comic_ids}
    for part in _parts(comic_ids):
        for page in session.exec(
            select(Page).where(col(Page.comic_id).in_(part)).order_by(col(Page.page_index))
        ):
            pages[page.comic_id].append(page)
    return [_manifest_comic(comic, pages[comic.id]) for comic in comics]


def comics_to_read(session: Session, comic_ids: Sequence[str]) -> list[Comic]:
    """The comics, in the given order.

    Raises NotFound for a comic that is unknown or whose files are gone, ComicUnreadable for a damaged one.
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
    """Those of the comics that are known, also when their files are gone."""
    return {
        comic.id: comic
        for part in _parts(comic_ids)
        for comic in session.exec(select(Comic).where(col(Comic.id).in_(part)))
    }


def _manifest_comic(comic: Comic, pages: Sequence[Page]) -> ManifestComic:
    return ManifestComic(
        comic_id=comic.id,
        path=comic.path,
        metadata=metadata_from_dict(comic.comic_metadata),
        pages=tuple(
            ManifestPage(page.page_index, page.name, facts_of(page))
            for page in pages
            if not page.error
        ),
        missing=tuple(page.page_index for page in pages if page.error),
    )


def facts_of(page: Page) -> ImageFacts:
    return ImageFacts(
        page.media_type, page.width, page.height, page.size_bytes, page.crc32, page.sha256
    )


def _parts(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (
        ids[start : start + _IDS_PER_STATEMENT] for start in range(0, len(ids), _IDS_PER_STATEMENT)
    )


def _with_series() -> Select[Comic, str]:
    return select(Comic, Series.title).join(
        Series, col(Series.id) == col(Comic.series_id), isouter=True
    )


def _matches(query: str) -> list[ColumnElement[bool]]:
    """Every word has to occur, in any order, whatever its case and accents."""
    return [_contains(Comic.search_text, word) for word in search_key(query).split()]


def _is_damaged() -> ColumnElement[bool]:
    return (col(Comic.error) != "") | (col(Comic.damaged_pages) > 0)


def _contains(column: str, word: str) -> ColumnElement[bool]:
    return col(column).contains(word, autoescape=True)


def _order(session: Session, sort: str) -> list[Any]:
    """The columns to sort by; the id last, so that paging never shows a comic twice."""
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
    """A key to sort by its characters: PostgreSQL's usual collation would skip blanks and signs."""
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
    rows = session.exec(sums).all()  # pyright: ignore[reportCallIssue, reportArgumentType]  # five columns: one too many for its overloads
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
    """The first readable comic of each series."""
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
    """Which of these are digests of pages there are; no more than some 10,000 can be asked for at once."""
    return set(session.scalars(select(Page.sha256).where(col(Page.sha256).in_(digests)).distinct()))

"""The statements on reading lists and on the books in them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from sqlalchemy import delete, func, insert, select, update
from sqlmodel import Session, col

from .library import parts_of
from .session import insert_if_absent
from .tables import Comic, ComicListing, ListedBook, ReadingList, Series


class BookCount(NamedTuple):
    """How many books a list has, and how many of them are in the library."""

    total: int
    present: int


class TitledComic(NamedTuple):
    """A comic of a title. ``details`` is its metadata, and ``run`` what its series has besides."""

    id: str
    series_key: str
    number: str
    year: int | None
    details: dict[str, Any]
    run: str


def lists_of(session: Session, user_id: str) -> list[ReadingList]:
    """Return the user's lists, in the order of their names."""
    own = select(ReadingList).where(col(ReadingList.user_id) == user_id)
    return list(session.scalars(own.order_by(col(ReadingList.name_key))))


def count_lists(session: Session, user_id: str) -> int:
    """Return how many lists the user has."""
    own = select(func.count()).where(col(ReadingList.user_id) == user_id)
    return session.connection().execute(own).scalar_one()


def list_of(session: Session, user_id: str, list_id: str) -> ReadingList | None:
    """Return the user's list with this id; None if it is unknown or somebody else's."""
    own = select(ReadingList).where(
        col(ReadingList.user_id) == user_id, col(ReadingList.id) == list_id
    )
    return session.scalars(own).first()


def list_named(session: Session, user_id: str, name_key: str) -> ReadingList | None:
    """Return the user's list whose name has this key, or None."""
    named = select(ReadingList).where(
        col(ReadingList.user_id) == user_id, col(ReadingList.name_key) == name_key
    )
    return session.scalars(named).first()


def add_list(session: Session, one: ReadingList) -> bool:
    """Insert the list. Return False if its name is taken."""
    return insert_if_absent(session, one)


def change_list(session: Session, one: ReadingList, **columns: Any) -> None:
    """Write these columns of the list."""
    changed = update(ReadingList).where(col(ReadingList.id) == one.id)
    session.connection().execute(changed.values(**columns))


def delete_list(session: Session, user_id: str, list_id: str) -> bool:
    """Delete the list. Return False if the user has no such list."""
    own = delete(ReadingList).where(
        col(ReadingList.user_id) == user_id, col(ReadingList.id) == list_id
    )
    return session.connection().execute(own).rowcount == 1


def books_of(session: Session, list_id: str) -> list[ListedBook]:
    """Return the books of the list in their order."""
    own = select(ListedBook).where(col(ListedBook.list_id) == list_id)
    return list(session.scalars(own.order_by(col(ListedBook.position))))


def replace_books(session: Session, list_id: str, books: Sequence[ListedBook]) -> None:
    """Let the list have these books in this order, instead of those it had."""
    values = [
        {**book.model_dump(), "list_id": list_id, "position": position}
        for position, book in enumerate(books)
    ]
    session.expunge_all()
    run = session.connection()
    run.execute(delete(ListedBook).where(col(ListedBook.list_id) == list_id))
    if values:
        run.execute(insert(ListedBook), values)


def count_books(session: Session, user_id: str) -> dict[str, BookCount]:
    """Return how many books each of the user's lists has, without empty lists."""
    list_id = col(ListedBook.list_id)
    counted = (
        select(list_id, func.count(), func.count(col(ComicListing.comic_id)))
        .select_from(ListedBook)
        .join(ReadingList, col(ReadingList.id) == list_id)
        .outerjoin(ComicListing, col(ComicListing.comic_id) == col(ListedBook.comic_id))
        .where(col(ReadingList.user_id) == user_id)
        .group_by(list_id)
    )
    return {
        one: BookCount(total, present)
        for one, total, present in session.connection().execute(counted)
    }


def present_among(session: Session, comic_ids: Sequence[str]) -> set[str]:
    """Return those of the comics that are in the library and not missing."""
    return {
        comic_id
        for part in parts_of(comic_ids)
        for comic_id in session.scalars(
            select(col(ComicListing.comic_id)).where(col(ComicListing.comic_id).in_(part))
        )
    }


def comics_of_titles(session: Session, series_keys: Sequence[str]) -> Iterator[TitledComic]:
    """Yield the comics in the library whose series have one of these titles, by their keys."""
    columns = (
        *(col(Comic.id), col(Comic.series_key), col(Comic.number), col(ComicListing.year)),
        *(col(Comic.comic_metadata), func.coalesce(col(Series.run), "")),
    )
    comics = (
        select(*columns)
        .join(ComicListing, col(ComicListing.comic_id) == col(Comic.id))
        .outerjoin(Series, col(Series.id) == col(Comic.series_id))
    )
    for part in parts_of(series_keys):
        of_titles = comics.where(col(Comic.series_key).in_(part)).order_by(col(Comic.id))
        yield from map(TitledComic._make, session.connection().execute(of_titles))

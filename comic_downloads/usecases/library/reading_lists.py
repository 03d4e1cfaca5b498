"""Keep comics in an order, or a filter of the library, under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ...db import jobs, library, reading_lists
from ...db.reading_lists import BookCount
from ...db.session import Session
from ...db.tables import ListedBook, ReadingList
from ...domain.errors import Conflict, InvalidRequest, ListNameTaken, NotFound
from ...domain.identity import new_id
from ...domain.reading_list import MAX_BOOKS, MAX_LISTS, Book, checked_list_name
from ...domain.text_keys import name_key
from ..context import Context
from .summaries import ComicSummary, comic_summary

_NO_BOOKS = BookCount(0, 0)


@dataclass(frozen=True)
class ListView:
    """A list. ``parameters`` are those of the library's address if it is a filter, else None."""

    id: str
    name: str
    parameters: Mapping[str, str] | None
    book_count: int
    missing_count: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class BookView:
    """A book of a list. ``comic`` is None while the library does not have it.

    ``id`` is the one that it has in the list: that of its comic, or else one of its own.
    """

    id: str
    book: Book
    comic: ComicSummary | None

    @property
    def name(self) -> str:
        """The name of the comic, also if it is missing."""
        return self.comic.name if self.comic else self.book.name


def list_lists(context: Context, user_id: str) -> list[ListView]:
    """Return the user's lists, in the order of their names."""
    with context.db.read() as session:
        counts = reading_lists.count_books(session, user_id)
        rows = reading_lists.lists_of(session, user_id)
    return [_view(row, counts.get(row.id, _NO_BOOKS)) for row in rows]


def get_list(context: Context, user_id: str, list_id: str) -> tuple[ListView, list[BookView]]:
    """Return the user's list and its books in their order. Raises NotFound."""
    with context.db.read() as session:
        row = _own(session, user_id, list_id)
        books = _books(session, list_id)
    present = sum(one.comic is not None for one in books)
    return _view(row, BookCount(len(books), present)), books


def create_list(
    context: Context, user_id: str, name: str, comic_ids: Sequence[str] = ()
) -> ListView:
    """Keep these comics in this order under a name.

    Raises:
        InvalidRequest: The name is not valid, or there are more than MAX_BOOKS comics.
        ListNameTaken: Another list has the name.
        NotFound: The library has no such comic.
        Conflict: The user already has MAX_LISTS lists.
    """
    with context.db.write() as session:
        row = _insert(context, session, user_id, name, None)
        books = _with_comics(session, row.id, [], comic_ids)
        reading_lists.replace_books(session, row.id, books)
    return _view(row, BookCount(len(books), len(books)))


def keep_books(context: Context, user_id: str, name: str, books: Sequence[ListedBook]) -> ListView:
    """Keep these books, of which the library may not have all, in this order under a name.

    It raises what ``create_list`` does.
    """
    with context.db.write() as session:
        row = _insert(context, session, user_id, name, None)
        reading_lists.replace_books(session, row.id, books)
    present = sum(one.comic_id is not None for one in books)
    return _view(row, BookCount(len(books), present))


def keep_filter(
    context: Context, user_id: str, name: str, parameters: Mapping[str, str]
) -> ListView:
    """Keep a filter, as the parameters of the library's address, under a name.

    It raises what ``create_list`` does.
    """
    with context.db.write() as session:
        row = _insert(context, session, user_id, name, parameters)
    return _view(row, _NO_BOOKS)


def change_list(
    context: Context,
    user_id: str,
    list_id: str,
    *,
    name: str | None = None,
    order: Sequence[str] | None = None,
) -> ListView:
    """Rename the user's list, or put its books, named by their ids, in another order.

    Raises:
        NotFound: The user has no such list.
        InvalidRequest: The name is not valid, or the order does not name each book once.
        ListNameTaken: Another list has the name.
    """
    with context.db.write() as session:
        row = _lock(session, user_id, list_id)
        changed: dict[str, Any] = {}
        if name is not None:
            changed["name"] = checked_list_name(name)
            changed["name_key"] = name_key(changed["name"])
            same = reading_lists.list_named(session, user_id, changed["name_key"])
            if same is not None and same.id != list_id:
                raise _name_taken(same.name)
        if order is not None:
            known = {book.id: book for book in reading_lists.books_of(session, list_id)}
            if len(order) != len(known) or set(order) != set(known):
                raise InvalidRequest(
                    "The order has to name each book of the list once. The list may have changed: "
                    "read it again."
                )
            reading_lists.replace_books(session, list_id, [known[one] for one in order])
        if changed or order is not None:
            reading_lists.change_list(session, row, **changed, updated_at=context.clock())
    return get_list(context, user_id, list_id)[0]


def add_comics(
    context: Context, user_id: str, list_id: str, comic_ids: Sequence[str]
) -> tuple[ListView, int]:
    """Put comics at the end of the user's list. Return it, and how many were not in it before.

    Raises:
        NotFound: The user has no such list, or the library no such comic.
        InvalidRequest: It is a filter, or would have more than MAX_BOOKS comics.
    """
    with context.db.write() as session:
        row = _lock(session, user_id, list_id)
        if row.parameters is not None:
            raise InvalidRequest(f"“{row.name}” is a filter. It finds its comics by itself.")
        known = reading_lists.books_of(session, list_id)
        books = _with_comics(session, list_id, known, comic_ids)
        added = len(books) - len(known)
        if added:
            reading_lists.replace_books(session, list_id, books)
            reading_lists.change_list(session, row, updated_at=context.clock())
    return get_list(context, user_id, list_id)[0], added


def remove_book(context: Context, user_id: str, list_id: str, book_id: str) -> None:
    """Take a book out of the user's list. Raises NotFound."""
    with context.db.write() as session:
        row = _lock(session, user_id, list_id)
        known = reading_lists.books_of(session, list_id)
        kept = [book for book in known if book.id != book_id]
        if len(kept) == len(known):
            raise NotFound("The list has no such book.")
        reading_lists.replace_books(session, list_id, kept)
        reading_lists.change_list(session, row, updated_at=context.clock())


def delete_list(context: Context, user_id: str, list_id: str) -> None:
    """Delete the user's list. Its comics stay in the library. Raises NotFound."""
    with context.db.write() as session:
        if not reading_lists.delete_list(session, user_id, list_id):
            raise _unknown()


def _insert(
    context: Context,
    session: Session,
    user_id: str,
    name: str,
    parameters: Mapping[str, str] | None,
) -> ReadingList:
    checked, now = checked_list_name(name), context.clock()
    jobs.lock_user(session, user_id)
    if reading_lists.count_lists(session, user_id) >= MAX_LISTS:
        raise Conflict(f"You already have {MAX_LISTS} lists. Delete one you no longer need.")
    row = ReadingList(
        id=new_id(now),
        user_id=user_id,
        name=checked,
        name_key=name_key(checked),
        parameters=None if parameters is None else dict(parameters),
        created_at=now,
        updated_at=now,
    )
    if not reading_lists.add_list(session, row):
        raise _name_taken(checked)
    return row


def _with_comics(
    session: Session, list_id: str, known: Sequence[ListedBook], comic_ids: Sequence[str]
) -> list[ListedBook]:
    """Return the books, and behind them those of the comics that are not among them."""
    present = {book.id for book in known} | {book.comic_id for book in known}
    wanted = [one for one in dict.fromkeys(comic_ids) if one not in present]
    if len(known) + len(wanted) > MAX_BOOKS:
        raise InvalidRequest(f"A list holds at most {MAX_BOOKS:,} comics.")
    found = reading_lists.present_among(session, wanted)
    if unknown := [one for one in wanted if one not in found]:
        raise NotFound(f"There is no comic “{unknown[0]}” in the library.")
    comics = map(comic_summary, library.listed_comics(session, wanted))
    return [*known, *(_listed(list_id, one) for one in comics)]


def _listed(list_id: str, comic: ComicSummary) -> ListedBook:
    book = Book(
        series=comic.series,
        number=comic.number,
        volume="" if comic.volume is None else f"{comic.volume:g}",
        year="" if comic.year is None else str(comic.year),
        title=comic.title,
    )
    return ListedBook(
        list_id=list_id, id=comic.id, position=0, comic_id=comic.id, book=asdict(book)
    )


def _books(session: Session, list_id: str) -> list[BookView]:
    rows = reading_lists.books_of(session, list_id)
    ids = [row.comic_id for row in rows if row.comic_id]
    present = reading_lists.present_among(session, ids)
    comics = {one.id: comic_summary(one) for one in library.listed_comics(session, sorted(present))}
    return [BookView(row.id, Book(**row.book), comics.get(row.comic_id or "")) for row in rows]


def _lock(session: Session, user_id: str, list_id: str) -> ReadingList:
    """Return the user's list, which nobody else changes until the transaction ends."""
    jobs.lock_user(session, user_id)
    return _own(session, user_id, list_id)


def _own(session: Session, user_id: str, list_id: str) -> ReadingList:
    row = reading_lists.list_of(session, user_id, list_id)
    if row is None:
        raise _unknown()
    return row


def _unknown() -> NotFound:
    return NotFound("You have no such list.")


def _name_taken(name: str) -> ListNameTaken:
    return ListNameTaken(f"You already have a list “{name}”. Choose another name.")


def _view(row: ReadingList, count: BookCount) -> ListView:
    return ListView(
        id=row.id,
        name=row.name,
        parameters=row.parameters,
        book_count=count.total,
        missing_count=count.total - count.present,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )

"""Take reading lists from files of other programs, and give them out as such."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from ...db import library, reading_lists
from ...db.reading_lists import TitledComic
from ...db.session import Session
from ...db.tables import ListedBook
from ...domain.book_match import Candidate, matching, title_key_of
from ...domain.errors import InvalidRequest
from ...domain.identity import new_id
from ...domain.reading_list import MAX_NAME_LENGTH, Book
from ...domain.reading_order import issue_key
from ...domain.series_runs import split_title
from ...library.reading_list_file import read_reading_list, write_reading_list
from ..context import Context
from .reading_lists import BookView, ListView, get_list, keep_books
from .summaries import comic_summary

UNNAMED = "Imported list"


@dataclass(frozen=True)
class AmbiguousBook:
    """A book that may be several comics, with their ids and names."""

    name: str
    comics: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ImportReport:
    """What came of the books of a file.

    ``missing`` are the names of those that the library does not have. ``repeated`` counts books
    whose comic is in the list already.
    """

    made: ListView
    matched: int
    repeated: int
    ambiguous: tuple[AmbiguousBook, ...]
    missing: tuple[str, ...]


def import_list(context: Context, user_id: str, document: bytes, name: str = "") -> ImportReport:
    """Keep the books of a CBL file as a list, under this name or the one in the file.

    Books that are not in the library, or may be several comics, are in the list by their names.

    Raises:
        InvalidRequest: The file is no reading list, or the name is not valid.
        ListNameTaken: Another list has the name.
        Conflict: The user has too many lists.
    """
    own_name, books = read_reading_list(document)
    with context.db.read() as session:
        found = _matches(session, books)
        several = sorted({one for ids in found if len(ids) > 1 for one in ids})
        listed = library.listed_comics(session, several)
    names = {one.id: comic_summary(one).name for one in listed}
    rows: dict[str, ListedBook] = {}
    matched = repeated = 0
    for book, ids in zip(books, found, strict=True):
        comic_id = ids[0] if len(ids) == 1 else None
        if comic_id in rows:
            repeated += 1
            continue
        matched += comic_id is not None
        row_id = comic_id or new_id(context.clock())
        rows[row_id] = ListedBook(
            list_id="", id=row_id, position=0, comic_id=comic_id, book=asdict(book)
        )
    chosen = name or own_name[:MAX_NAME_LENGTH] or UNNAMED
    made = keep_books(context, user_id, chosen, list(rows.values()))
    return ImportReport(
        made=made,
        matched=matched,
        repeated=repeated,
        ambiguous=tuple(
            AmbiguousBook(book.name, tuple((one, names.get(one, "")) for one in ids))
            for book, ids in zip(books, found, strict=True)
            if len(ids) > 1
        ),
        missing=tuple(book.name for book, ids in zip(books, found, strict=True) if not ids),
    )


def export_list(context: Context, user_id: str, list_id: str) -> tuple[str, bytes]:
    """Return the name of the user's list, and a CBL file of it.

    Raises:
        NotFound: The user has no such list.
        InvalidRequest: It is a filter, which has no books of its own.
    """
    view, books = get_list(context, user_id, list_id)
    if view.parameters is not None:
        raise InvalidRequest(f"“{view.name}” is a filter. Only lists of comics become CBL files.")
    return view.name, write_reading_list(view.name, map(_exported, books))


def _exported(one: BookView) -> Book:
    """Return the book as other programs name it: the run is not in the title of the series."""
    title, run = split_title(one.book.series)
    return replace(one.book, series=title, volume=one.book.volume or run)


def _matches(session: Session, books: Sequence[Book]) -> list[Sequence[str]]:
    """Return the ids of the comics that each book may be."""
    keys = [title_key_of(book) for book in books]
    known = _candidates(session, sorted({key for key in keys if key}))
    return [
        matching(book, known.get((key, issue_key(book.number)), ()))
        for book, key in zip(books, keys, strict=True)
    ]


def _candidates(session: Session, keys: Sequence[str]) -> Mapping[tuple[str, str], list[Candidate]]:
    """Return the comics of these titles, by the keys of title and number."""
    found: dict[tuple[str, str], list[Candidate]] = defaultdict(list)
    for one in reading_lists.comics_of_titles(session, keys):
        place = (one.series_key, issue_key(one.number))
        found[place].append(Candidate(one.id, one.year, _runs(one)))
    return found


def _runs(one: TitledComic) -> frozenset[int]:
    placement = one.details.get("placement") or {}
    said = [one.details.get("volume"), placement.get("run_year")]
    runs = {int(value) for value in said if isinstance(value, int | float)}
    return frozenset(
        runs | ({int(one.run)} if one.run.isdecimal() and len(one.run) == 4 else set())
    )

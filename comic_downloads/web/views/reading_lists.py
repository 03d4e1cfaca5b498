"""Lists and the books in them, as frozen values with finished labels."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from ...usecases.library.reading_lists import BookView, ListView
from .. import routes, wording
from .library import tint

NOT_HERE = "Not in the library"


@dataclass(frozen=True)
class ListRow:
    """One list. ``href`` opens it: the library, if it is a filter."""

    id: str
    name: str
    href: str
    is_filter: bool
    facts: str


@dataclass(frozen=True)
class BookRow:
    """One book of a list. ``href`` is empty if the library does not have it."""

    id: str
    name: str
    href: str
    cover_url: str
    tint: int
    facts: str
    number: int


def list_row(one: ListView) -> ListRow:
    """Return the row of a list."""
    if one.parameters is not None:
        query = urlencode(one.parameters)
        href = f"{routes.LIBRARY}?{query}" if query else routes.LIBRARY
        return ListRow(one.id, one.name, href, True, "Filter of the library")
    return ListRow(one.id, one.name, routes.list_page(one.id), False, list_facts(one))


def list_facts(one: ListView) -> str:
    """Return how many comics a list has, and how many of them are missing."""
    missing = f"{one.missing_count:,} not in the library" if one.missing_count else ""
    return wording.facts(wording.count(one.book_count, "comic"), missing)


def book_row(one: BookView, number: int) -> BookRow:
    """Return the row of a book; ``number`` is its place in the list, from 1."""
    comic = one.comic
    if comic is None:
        return BookRow(one.id, one.name, "", "", tint(one.name), NOT_HERE, number)
    size = wording.facts(wording.count(comic.page_count, "page"), wording.size(comic.size_bytes))
    return BookRow(
        id=one.id,
        name=one.name,
        href=routes.comic_page(comic.id),
        cover_url=f"{routes.on_backend(comic.cover_url)}&height=480" if comic.cover_url else "",
        tint=tint(comic.series or comic.title),
        facts="Cannot be read" if comic.error else size,
        number=number,
    )

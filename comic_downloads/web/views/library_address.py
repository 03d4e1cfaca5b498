"""The address of the library: what is shown, searched for, filtered and in which order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from ...domain.library import NO_FILTERS, ComicFilters, ComicQuery, ReadingDirection
from ...usecases.library.browse import SORTS
from ...usecases.library.shelf import SHELF_SORTS
from .. import routes

SERIES, COMICS = "series", "comics"
ORDERS = {SERIES: SHELF_SORTS, COMICS: SORTS}
DEFAULT_SORT = "title"
MAX_WORDS = 200
_MAX_VALUE = 100
_YES, _NO = "yes", "no"
_FILTERS = ("kind", "language", "direction", "publisher", "year", "person", "damaged", "fetched")


@dataclass(frozen=True)
class LibraryAddress:
    """What the library shows. ``view`` is SERIES, with one-shots among them, or COMICS."""

    view: str = SERIES
    words: str = ""
    sort: str = DEFAULT_SORT
    filters: ComicFilters = NO_FILTERS

    def query(self, limit: int, offset: int) -> ComicQuery:
        """Return some of what is to be shown."""
        return ComicQuery(
            self.words, sort=self.sort, limit=limit, offset=offset, filters=self.filters
        )

    @property
    def is_narrowed(self) -> bool:
        """Return True unless all of the library is to be shown."""
        return self.query(1, 0).is_narrowed

    def as_text(self) -> str:
        """Return the address, with only what is not as usual."""
        said = {
            "view": self.view if self.view != SERIES else "",
            "q": self.words,
            "sort": self.sort if self.sort != DEFAULT_SORT else "",
            **{name: filter_as_text(self.filters, name) for name in _FILTERS},
        }
        query = urlencode({name: value for name, value in said.items() if value})
        return f"{routes.LIBRARY}?{query}" if query else routes.LIBRARY


def read_address(parameters: Mapping[str, str]) -> LibraryAddress:
    """Return what these parameters of an address say; what makes no sense is left out."""
    view = COMICS if parameters.get("view") == COMICS else SERIES
    sort = parameters.get("sort", "")
    words = parameters.get("q", "")[:MAX_WORDS]
    filters = NO_FILTERS
    for name in _FILTERS:
        filters = with_filter(filters, name, parameters.get(name, ""))
    return LibraryAddress(view, words, sort if sort in ORDERS[view] else DEFAULT_SORT, filters)


def with_filter(filters: ComicFilters, name: str, value: str) -> ComicFilters:
    """Return the filters with this one changed; an empty value takes it away."""
    value = value[:_MAX_VALUE]
    match name:
        case "kind" | "language" | "publisher" | "person":
            return replace(filters, **{name: value})
        case "direction":
            return replace(filters, direction=value if value in list(ReadingDirection) else "")
        case "year":
            is_year = value.isascii() and value.isdecimal() and len(value) <= 4
            return replace(filters, year=int(value) or None if is_year else None)
        case "damaged":
            return replace(filters, damaged=value == _YES)
        case "fetched":
            return replace(filters, fetched={_YES: True, _NO: False}.get(value))
        case _:
            return filters


def filter_as_text(filters: ComicFilters, name: str) -> str:
    """Return the value of a filter as an address has it; empty if it is not set."""
    value = getattr(filters, name)
    if name == "fetched" and value is False:
        return _NO
    return _YES if value is True else str(value or "")

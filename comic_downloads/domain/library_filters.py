"""The filters of the library as parameters of an address, which lists keep, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .library import NO_FILTERS, ComicFilters, ReadingDirection

FILTERS = ("kind", "language", "direction", "publisher", "year", "person", "damaged", "fetched")
_MAX_VALUE = 100
_YES, _NO = "yes", "no"


def filters_of(parameters: Mapping[str, str]) -> ComicFilters:
    """Return what these parameters say; what makes no sense is left out."""
    filters = NO_FILTERS
    for name in FILTERS:
        filters = with_filter(filters, name, parameters.get(name, ""))
    return filters


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

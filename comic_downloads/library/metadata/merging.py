"""Complete what one document about a comic says with what another says."""

from __future__ import annotations

from dataclasses import fields, replace

from ...domain.library import ComicMetadata, ReadingDirection, SourceDetails
from ...domain.text_keys import search_key

# Fields that only make sense together.
_DATE = ("year", "month", "day")


def completed(base: ComicMetadata, other: ComicMetadata) -> ComicMetadata:
    """Return ``base`` with what it lacks from ``other``.

    Taggers write several documents about the same issue, but one of them may be left over from
    another. Nothing is taken from one with another series or number, or of another time.
    """
    if _contradict(base, other):
        return base
    lacking = {
        field.name: getattr(other, field.name)
        for field in fields(ComicMetadata)
        if field.name not in {"reading_direction", "details", *_DATE}
        and getattr(base, field.name) in {"", None, ()}
    }
    if base.year is None:
        lacking.update({name: getattr(other, name) for name in _DATE})
    says_direction = base.details.manga is not None
    if base.reading_direction is ReadingDirection.LEFT_TO_RIGHT and not says_direction:
        lacking["reading_direction"] = other.reading_direction
    return replace(base, details=_with_details(base.details, other.details), **lacking)


def _contradict(one: ComicMetadata, other: ComicMetadata) -> bool:
    pairs = ((search_key(one.series), search_key(other.series)), (one.number, other.number))
    if any(mine and theirs and mine != theirs for mine, theirs in pairs):
        return True
    years = abs((one.year or 0) - (other.year or 0)) if one.year and other.year else 0
    return years > 1  # An issue of January may be sold in December.


def _with_details(base: SourceDetails, other: SourceDetails) -> SourceDetails:
    lacking = {
        field.name: getattr(other, field.name)
        for field in fields(SourceDetails)
        if getattr(base, field.name) in {"", None}
    }
    return replace(base, **lacking)

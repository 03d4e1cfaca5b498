"""What the comics of a series say about it: years, people, summary, and missing numbers."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .comic_names import counted_volume
from .library import ComicMetadata, CreatorRole, ReadingDirection

# Of a series with longer gaps, the library holds a selection.
_MAX_MISSING_SHARE = 0.5
_LONGEST_RANGE = 1000
_WHOLE = re.compile("[0-9]{1,5}")
_RANGE = re.compile("([0-9]{1,5})-([0-9]{1,5})(?![0-9])")


@dataclass(frozen=True)
class SeriesFacts:
    """What is known about a series.

    Attributes:
        years: The first and the last year of publication; 0 if they are unknown.
        people: Names with the roles that they have most often, those of most comics first.
        summary: What its first comic that says something tells.
        publisher: The publisher of most of its comics.
        language: The language of most of its comics.
        direction: The reading direction of most of its comics.
        missing: The whole numbers, or volumes, that are not there between the first and the last
            one, as ranges of both ends.
        counts_volumes: Whether ``missing`` are volumes.
    """

    years: tuple[int, int]
    people: tuple[tuple[str, CreatorRole], ...]
    summary: str
    publisher: str
    language: str
    direction: ReadingDirection
    missing: tuple[tuple[int, int], ...]
    counts_volumes: bool


def facts_of_series(comics: Sequence[ComicMetadata]) -> SeriesFacts:
    """Return what the comics, in reading order, say about their series."""
    years = [one.year for one in comics if one.year]
    run = [one for one in comics if not one.placement.branch]
    counts_volumes = not any(one.number for one in run)
    return SeriesFacts(
        years=(min(years), max(years)) if years else (0, 0),
        people=_people(comics),
        summary=next((one.summary for one in comics if one.summary), ""),
        publisher=_most_common(one.publisher for one in comics),
        language=_most_common(one.language for one in comics),
        direction=ReadingDirection(_most_common(str(one.reading_direction) for one in comics)),
        missing=_missing(_volumes(run) if counts_volumes else _numbers(run)),
        counts_volumes=counts_volumes,
    )


def _people(comics: Iterable[ComicMetadata]) -> tuple[tuple[str, CreatorRole], ...]:
    credits = Counter(
        credit
        for one in comics
        for credit in dict.fromkeys((creator.name, creator.role) for creator in one.creators)
    )
    return tuple(credit for credit, _ in credits.most_common())


def _most_common(values: Iterable[str]) -> str:
    known = Counter(value for value in values if value)
    return known.most_common(1)[0][0] if known else ""


def _numbers(comics: Iterable[ComicMetadata]) -> set[int]:
    """Return the whole numbers that are there, with those that a title such as “1-6” names."""
    numbers: set[int] = set()
    for one in comics:
        if not _WHOLE.fullmatch(one.number):
            continue
        numbers.add(int(one.number))
        found = _RANGE.match(one.title)
        if found and found[1].lstrip("0") == one.number.lstrip("0"):
            last = min(int(found[2]), int(found[1]) + _LONGEST_RANGE)
            numbers.update(range(int(found[1]), last + 1))
    return numbers


def _volumes(comics: Iterable[ComicMetadata]) -> set[int]:
    volumes = (counted_volume(one) for one in comics)
    return {int(volume) for volume in volumes if volume is not None and volume == int(volume)}


def _missing(there: set[int]) -> tuple[tuple[int, int], ...]:
    """Return the ranges of numbers that are not there; none if more are missing than are there."""
    ordered = sorted(there)
    gaps = tuple(
        (one + 1, after - 1) for one, after in itertools.pairwise(ordered) if after > one + 1
    )
    missing = sum(last - first + 1 for first, last in gaps)
    return gaps if missing <= _MAX_MISSING_SHARE * (missing + len(there)) else ()

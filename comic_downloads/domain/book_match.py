"""Which comic of a library is meant by a book of a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .reading_list import Book
from .series_runs import split_title
from .text_keys import title_identity

_FIRST_YEAR = 1800


@dataclass(frozen=True)
class Candidate:
    """A comic of the title and number of a book.

    ``runs`` are what tells its series from others of the title: volumes, and years of beginning.
    """

    comic_id: str
    year: int | None
    runs: frozenset[int]


def title_key_of(book: Book) -> str:
    """Return the key of the title of the book's series; it is empty without a series."""
    title = split_title(book.series)[0]
    return title_identity(title) if title else ""


def matching(book: Book, candidates: Iterable[Candidate]) -> Sequence[str]:
    """Return the ids of the comics that the book may be: one, none, or several alike.

    A comic of the same title and number is another one if year or volume contradict.
    """
    scored = [
        (score, one.comic_id) for one in candidates if (score := _score(book, one)) is not None
    ]
    best = max((score for score, _ in scored), default=0)
    return [comic_id for score, comic_id in scored if score == best]


def _score(book: Book, one: Candidate) -> int | None:
    """Return how much speaks for the comic, or None if something contradicts."""
    score = 0
    year, volume = _whole(book.year), _run_of(book)
    if year is not None and one.year is not None:
        if abs(year - one.year) > 1:
            return None
        score += 2 if year == one.year else 1
    if volume is not None:
        comparable = {run for run in one.runs if (run >= _FIRST_YEAR) == (volume >= _FIRST_YEAR)}
        if comparable and volume not in comparable:
            return None
        score += 2 if comparable else 0
    return score


def _run_of(book: Book) -> int | None:
    return _whole(book.volume) or _whole(split_title(book.series)[1])


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else None

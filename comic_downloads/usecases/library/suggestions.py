"""What a search may mean, while it is typed: series, comics and people."""

from __future__ import annotations

from dataclasses import dataclass

from ...db import library, search_words, shelf
from ...domain.comic_names import full_name
from ..context import Context
from .summaries import metadata_of

SHOWN_OF_EACH = 5


@dataclass(frozen=True)
class Suggestions:
    """What was found, as ids with their names, and names of people.

    ``meant`` is the text that was searched for in place of one with typos, which found nothing.
    """

    series: tuple[tuple[str, str], ...] = ()
    comics: tuple[tuple[str, str], ...] = ()
    people: tuple[str, ...] = ()
    meant: str = ""

    @property
    def are_empty(self) -> bool:
        """Return True if nothing was found."""
        return not (self.series or self.comics or self.people)


NO_SUGGESTIONS = Suggestions()


def suggest(context: Context, typed: str) -> Suggestions:
    """Return a few series, comics and people of these words, or of words that differ by a typo."""
    if not typed.strip():
        return NO_SUGGESTIONS
    found = _suggest(context, typed)
    if not found.are_empty:
        return found
    with context.db.read() as session:
        meant = search_words.corrected(session, typed)
    return _suggest(context, meant, meant) if meant else found


def _suggest(context: Context, text: str, meant: str = "") -> Suggestions:
    with context.db.read() as session:
        series = library.list_series(session, query=text, limit=SHOWN_OF_EACH)
        comics = library.listed_comics(session, shelf.some_comics(session, text, SHOWN_OF_EACH))
        people = search_words.people_named(session, text, SHOWN_OF_EACH)
    return Suggestions(
        series=tuple((one.id, one.title) for one in series),
        comics=tuple((one.id, full_name(metadata_of(one))) for one in comics),
        people=tuple(people),
        meant=meant,
    )

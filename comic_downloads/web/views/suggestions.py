"""What is suggested while somebody types into the search field."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...domain.library_filters import with_filter
from ...usecases.library.suggestions import Suggestions
from .. import routes
from .library_address import LibraryAddress


@dataclass(frozen=True)
class Suggestion:
    """One line, which leads to a page."""

    label: str
    href: str


@dataclass(frozen=True)
class SuggestionGroup:
    """Suggestions of one kind."""

    title: str
    lines: tuple[Suggestion, ...]


def suggestion_groups(found: Suggestions, here: LibraryAddress) -> list[SuggestionGroup]:
    """Return the groups that have suggestions. A person leads to the comics that name them."""

    def of_person(name: str) -> str:
        return replace(here, words="", filters=with_filter(here.filters, "person", name)).as_text()

    groups = (
        ("Series", [Suggestion(name, routes.series_page(key)) for key, name in found.series]),
        ("Comics", [Suggestion(name, routes.comic_page(key)) for key, name in found.comics]),
        ("People", [Suggestion(name, of_person(name)) for name in found.people]),
    )
    return [SuggestionGroup(title, tuple(lines)) for title, lines in groups if lines]

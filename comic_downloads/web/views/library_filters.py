"""What the library can be filtered by, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from ...domain.library import NO_FILTERS, ComicFilters, ReadingDirection
from ...domain.library_filters import filter_as_text
from ...usecases.library.shelf import FilterChoices

# Stands for no filter, because a choice needs a value.
ANY = "any"
_KINDS = {
    "zip": "CBZ or ZIP",
    "rar": "CBR or RAR",
    "7z": "CB7 or 7z",
    "tar": "CBT or TAR",
    "pdf": "PDF",
    "epub": "EPUB",
    "folder": "Folder of images",
}
_DIRECTIONS = {
    ReadingDirection.LEFT_TO_RIGHT: "Left to right",
    ReadingDirection.RIGHT_TO_LEFT: "Right to left",
    ReadingDirection.VERTICAL: "Long strip",
}
_LANGUAGES = {
    "ar": "Arabic",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fi": "Finnish",
    "fr": "French",
    "he": "Hebrew",
    "hu": "Hungarian",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "sv": "Swedish",
    "th": "Thai",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
_DAMAGED = {"yes": "Damaged"}
_DOWNLOADED = {"no": "Not downloaded yet", "yes": "Downloaded"}


@dataclass(frozen=True)
class Choice:
    """A value that can be chosen, and its words."""

    value: str
    label: str


@dataclass(frozen=True)
class Filter:
    """A filter with what is chosen of it, which is ANY if that does not matter."""

    name: str
    label: str
    value: str
    choices: tuple[Choice, ...]


def filters_shown(
    filters: ComicFilters, choices: FilterChoices, *, for_owner: bool
) -> list[Filter]:
    """Return the filters with what they can be set to.

    Only the owner is told what is damaged. A person comes from the suggestions of the search.
    """
    languages = {code: _LANGUAGES.get(code, code) for code in choices.languages}
    shown = [
        _filter(filters, "kind", "Any format", _KINDS),
        _filter(filters, "language", "Any language", languages),
        _filter(filters, "direction", "Any direction", {str(k): v for k, v in _DIRECTIONS.items()}),
        _filter(filters, "publisher", "Any publisher", {one: one for one in choices.publishers}),
        _filter(filters, "year", "Any year", {str(one): str(one) for one in choices.years}),
        _filter(filters, "fetched", "Downloaded or not", _DOWNLOADED),
    ]
    if for_owner:
        shown.append(_filter(filters, "damaged", "Damaged or not", _DAMAGED))
    if filters.person:
        shown.append(_filter(filters, "person", "Anybody", {}))
    return shown


def count_of(filters: ComicFilters) -> int:
    """Return how many filters are set."""
    names = (one.name for one in fields(ComicFilters) if one.name != "user_id")
    return sum(getattr(filters, name) != getattr(NO_FILTERS, name) for name in names)


def _filter(filters: ComicFilters, name: str, any_of: str, words: dict[str, str]) -> Filter:
    value = filter_as_text(filters, name) or ANY
    known = {ANY: any_of, **words}
    # What an address asks for may be none of the usual choices.
    known.setdefault(value, value)
    return Filter(name, any_of, value, tuple(_choices(known.items())))


def _choices(words: Iterable[tuple[str, str]]) -> Iterable[Choice]:
    return (Choice(value, label) for value, label in words)

"""Tell the names of people apart in lists, and turn those that begin with the family name."""

from __future__ import annotations

import re

from .text import MAX_LIST_LENGTH

# What belongs to the name before the comma.
_SUFFIX = re.compile(
    r"(?:jr|sr|jnr|snr|ii|iii|iv|ph\.?\s?d|m\.?d|m\.?a|b\.?a|esq|d\.?d\.?s)\.?", re.IGNORECASE
)
_INITIAL = re.compile(r"\b[^\W\d_]\.$")
_SEPARATORS = re.compile(r"[,;\n]")


def split_names(text: str) -> list[str]:
    """Return the names in a list that commas, semicolons or lines separate.

    “Sammy Davis, Jr.” stays one name.
    """
    names: list[str] = []
    for part in map(str.strip, _SEPARATORS.split(text)):
        if part and names and _SUFFIX.fullmatch(part):
            names[-1] = f"{names[-1]}, {part}"
        elif part:
            names.append(part)
    return names


def credited_names(text: str, sort_form: str = "") -> list[str]:
    """Return the names in one credit of a book, in the order in which they are spoken.

    Such a credit is usually one person, perhaps with the family name first (“Doe, Jane”), which
    ``sort_form`` may prove. Semicolons and “ & ” separate several. Otherwise a comma separates
    names only if all of them have several words.
    """
    separated = re.split(r";|\n| & ", text[:MAX_LIST_LENGTH])
    parts = [part for one in separated if (part := one.strip(" ,"))]
    pairs = [split_names(part) for part in parts]
    if any(len(pair) == 2 for pair in pairs) and all(
        _is_turned(pair, part == sort_form.strip()) for pair, part in zip(pairs, parts, strict=True)
    ):
        return [f"{given} {family}" for family, given in pairs]
    return [name for pair in pairs for name in pair]


def _is_turned(pair: list[str], is_sort_form: bool) -> bool:
    """Return whether the two parts are a family name and the given names behind it."""
    return len(pair) == 2 and (
        is_sort_form
        or any(len(part.split()) == 1 for part in pair)
        or _INITIAL.search(pair[1]) is not None
    )

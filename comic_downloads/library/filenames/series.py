"""Find a known series at the front of a file's name."""

from __future__ import annotations

import re
import unicodedata

from .text import BREAK

# What may stand before the series: “006 Owl”, “#3 - Owl”, “2 of 4 - Owl”.
_LEADING = re.compile(r"[\s\x1f]*#?[0-9]{1,4}(?:\.[0-9]+)?[a-z]?(?: ?(?:of|de|von) ?[0-9]{1,3})?")
_ARTICLES = ("the ", "a ", "an ", "le ", "la ", "les ", "der ", "die ", "das ", "el ", "los ")


def letters_of(text: str) -> str:
    """Return the letters and digits that identify a title: without case, accents and signs."""
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in folded if c.isalnum())


def series_end(text: str, series: str) -> int | None:
    """Return where the series at the front of the text ends, or None if it is not there.

    Case, accents, signs and blanks are ignored, and an article in front.
    """
    for wanted in dict.fromkeys((series, _without_article(series))):
        end = _match_end(text, letters_of(wanted))
        if end is not None:
            return end
    bare = _without_article(text)
    end = _match_end(bare, letters_of(series)) if bare != text else None
    return None if end is None else end + len(text) - len(bare)


def leading_end(text: str) -> int:
    """Return where the number in front of the text ends, or 0."""
    found = _LEADING.match(text)
    return found.end() if found else 0


def _without_article(text: str) -> str:
    for article in _ARTICLES:
        if text[: len(article)].lower() == article:
            return text[len(article) :]
    return text


def _match_end(text: str, wanted: str) -> int | None:
    if not wanted:
        return None
    place = 0
    for index, c in enumerate(text):
        letters = letters_of(c)
        if letters and not wanted.startswith(letters, place):
            return None
        place += len(letters)
        if place == len(wanted):
            return index + 1 if _is_boundary(text, index) else None
    return None


def _is_boundary(text: str, index: int) -> bool:
    """Return whether a word ends here; a digit may touch a letter: “Owl007”, “ふくろう1巻”."""
    last, following = text[index], text[index + 1 : index + 2] or BREAK
    if unicodedata.combining(following):
        return False
    if not following.isalnum() or unicodedata.category(following) == "Lo":
        return True
    return last.isalpha() and following.isdecimal()

"""Keys for searching and sorting titles, independent of any database collation."""

from __future__ import annotations

import re
import unicodedata

_NUMBER_WIDTH = 10
_DIGITS = re.compile(r"[0-9]+")


def search_key(text: str) -> str:
    """Return the text without case, accents and surplus blanks: “Café  MÉTRO” is “cafe metro”."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in folded if not unicodedata.combining(c)).casefold().split())


def sort_key(text: str) -> str:
    """Return a key that sorts as people do: without case and accents, and 2 before 10."""
    return _DIGITS.sub(
        lambda digits: digits.group().lstrip("0").zfill(_NUMBER_WIDTH), search_key(text)
    )


def number_key(number: str, volume: int | float | None) -> str:
    """Return a key that sorts comics of a series in reading order.

    The volume comes first, then the number, such as ``-1``, ``3`` and ``3.5``. A comic without a
    number comes last in its volume.
    """
    if number.startswith("-"):
        rest = "0" + "".join(
            str(9 - int(c)) if c in "0123456789" else c for c in sort_key(number[1:])
        )
    else:
        rest = "1" + sort_key(number) if number else "2"
    whole, dot, fraction = str(volume or 0).partition(".")
    return f"{whole.zfill(6)}{dot}{fraction} {rest}"

"""How titles are compared: keys for searching and for sorting that no database collation can change the meaning of."""

from __future__ import annotations

import re
import unicodedata

_NUMBER_WIDTH = 10
_DIGITS = re.compile(r"[0-9]+")


def search_key(text: str) -> str:
    """The text without case, accents and surplus blanks: “Café  MÉTRO” and “cafe metro” are one."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in folded if not unicodedata.combining(c)).casefold().split())


def sort_key(text: str) -> str:
    """A key that sorts as people do: without case and accents, and 2 before 10."""
    return _DIGITS.sub(
        lambda digits: digits.group().lstrip("0").zfill(_NUMBER_WIDTH), search_key(text)
    )


def number_key(number: str, volume: int | None) -> str:
    """The reading order within a series: volumes first, then numbers such as ``3``, ``3.5`` and ``-1``; none comes last."""
    if number.startswith("-"):
        rest = "0" + "".join(
            str(9 - int(c)) if c in "0123456789" else c for c in sort_key(number[1:])
        )
    else:
        rest = "1" + sort_key(number) if number else "2"
    return f"{volume or 0:06d} {rest}"

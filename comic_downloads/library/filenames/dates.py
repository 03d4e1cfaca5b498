"""Find the years that are written in a name, in brackets or as full dates."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .text import BREAK, NameText
from .words import MONTHS

_YEAR = r"(?:19|20)[0-9]{2}"
_MONTH = "|".join(sorted(MONTHS, key=lambda word: (-len(word), word)))
_DATE = re.compile(
    rf"(?<![\w.-])(?:({_YEAR})[-.][01]?[0-9][-.][0-3]?[0-9]|[0-3]?[0-9][-.][0-3]?[0-9][-.]({_YEAR}))(?![\w-])"
)
_NAMED_MONTH = re.compile(
    rf"(?<!\w)(?:{_MONTH})\.?(?:[ /-]{{1,3}}(?:{_MONTH})\.?)?,? ({_YEAR})(?!\w)", re.IGNORECASE
)
_IN_BRACKETS = re.compile(rf"(?<!\w)({_YEAR})(?!\w)")
_SHORT_DATE = re.compile(r"[0-3]?[0-9][-.][01]?[0-9][-.][0-9]{2}")
_YEAR_ONLY = re.compile(_YEAR)
# A bracket of more words than this is a remark, not a date.
_MAX_BRACKET_LENGTH = 40


@dataclass(frozen=True)
class Year:
    """A year, its place in the text, and whether it is part of a date with month and day."""

    value: int
    position: int
    is_full_date: bool = False


def is_year(text: str) -> bool:
    """Return whether the number could be a year from 1900 to 2099."""
    return _YEAR_ONLY.fullmatch(text) is not None


def cut_dates(name: NameText) -> tuple[NameText, tuple[Year, ...]]:
    """Return the name with breaks in place of full dates, and all years in order.

    A break is as long as its date, so that positions stay true.
    """
    years = [
        Year(int(found[1]), bracket.position, _DATE.search(bracket.text) is not None)
        for bracket in name.brackets
        if len(bracket.text) <= _MAX_BRACKET_LENGTH
        and (found := _IN_BRACKETS.search(bracket.text)) is not None
    ]
    plain = name.plain
    for pattern in (_DATE, _NAMED_MONTH):
        for found in pattern.finditer(plain):
            value = next(group for group in found.groups() if group)
            years.append(Year(int(value), found.start(), is_full_date=True))
        plain = pattern.sub(lambda found: BREAK * len(found.group()), plain)
    years.sort(key=lambda year: year.position)
    return NameText(plain, name.brackets), tuple(years)


def has_day(name: NameText, years: tuple[Year, ...]) -> bool:
    """Return whether the name has a date with a day, as those of weekly magazines have."""
    return any(year.is_full_date for year in years) or any(
        _SHORT_DATE.fullmatch(bracket.text) for bracket in name.brackets
    )

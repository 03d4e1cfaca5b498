"""Find the number of a comic where no mark says which one it is."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .dates import is_year
from .marks import Mark, plain_number, range_end
from .text import BREAK
from .words import RELEASE_TAGS, Kind

_BARE = re.compile(
    r"""
    (?:
        (?<![\w.'’$£€-])(?P<number>
            (?:(?<![^\s\x1f])-)?[0-9]{1,7}(?:\.[0-9]{1,8}|,[0-9](?![0-9,]))?
          | (?=½)
        )
        (?P<suffix>\.[A-Z]{2,6}|bis|[a-z]|[A-Z]{2,3}(?<!TH|ND|RD|ST)|½)?
        (?:v[0-9]{1,2}|x[0-9](?![0-9]))?
      | (?<=[A-Za-z]{2})(?P<glued>0[0-9]{1,3})
    )
    (?:(?:[-–~+]|\ (?:to|bis|à)\ )(?P<last>[0-9]{1,7}(?:\.[0-9]{1,8})?)[a-z]?)?
    (?![\w%°]|-[^\W\d]|['’]\w|[.,][0-9])
    """,
    re.VERBOSE,
)
_DASHED = re.compile(r"\.? ?[-–—:「『]|[.,] ")
_TAGS = "|".join(sorted(map(re.escape, RELEASE_TAGS), key=len, reverse=True))
_PAGES = r"[0-9]{1,4} ?(?:pages|pgs?|px?)\b\.?"
_GROUP = re.compile(r" [A-Z]{2,6}$")  # The initials of a scanner's group: “Owl 172 XYZ”.
_ENDING = re.compile(
    rf"(?:[ ,.]{{1,2}}(?:{_TAGS}|{_PAGES})(?!\w)){{0,8}}[ .,]{{0,3}}(?:$|{BREAK})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Bare:
    """A number without a mark, and what is around it."""

    mark: Mark
    is_first: bool
    ends_text: bool
    before_dash: bool
    before_group: bool
    is_year: bool

    @property
    def is_exact(self) -> bool:
        """Whether its form says that it is a number: “003”, “-1”, “1.5”, “3a”."""
        return self.mark.is_padded or not self.mark.value.isdecimal()


def bare_numbers(text: str, marks: list[Mark]) -> list[Bare]:
    """Return the numbers of the text that are not in a marked place."""
    taken = {place for mark in marks for place in range(mark.start, mark.end)}
    first = len(text) - len(text.lstrip(f" #{BREAK}"))
    return [
        _bare(text, found, is_first=found.start() <= first)
        for found in _BARE.finditer(text)
        if found.start() not in taken
    ]


def _bare(text: str, found: re.Match[str], *, is_first: bool) -> Bare:
    digits = found["number"] or found["glued"] or ""
    last = found["last"] or ""
    value = plain_number(f"{digits}{found['suffix'] or ''}")
    return Bare(
        Mark(
            Kind.NUMBER,
            found.start(),
            found.end(),
            value,
            range_end(value, last),
            is_padded=digits[:1] == "0" and digits[1:2].isdecimal(),
        ),
        is_first=is_first,
        ends_text=_ENDING.match(text, found.end()) is not None,
        before_dash=_DASHED.match(text, found.end()) is not None,
        before_group=len(digits) > 2 and _GROUP.match(text, found.end()) is not None,
        is_year=(is_year(digits) and not found["suffix"]) or is_year(last),
    )


def likely_number(numbers: list[Bare], *, is_weekly: bool) -> Mark | None:
    """Return the number that is most likely the comic's, in text that begins with a series.

    A padded number is more likely than one at the end, and this more than one before “ - Title”.
    A year counts only in names with a day, such as “Weekly Owl 2001 (2025-01-12)”.
    """
    usual = [one for one in numbers if is_weekly or not one.is_year]
    later = [one for one in usual if not one.is_first]
    for candidates in (
        [one for one in later if one.is_exact and (one.mark.is_padded or one.ends_text)],
        [one for one in later if one.ends_text],
        [one for one in later if one.before_dash],
        [one for one in later if one.before_group],
    ):
        if candidates:
            return candidates[0].mark
    return None


def leading_number(numbers: list[Bare], *, is_in_series: bool) -> Mark | None:
    """Return the number in front of a name such as “006 Owl” or “3 - Owl”.

    Outside of a series only a number of exact form, or before a dash, is not part of the title.
    """
    for one in numbers:
        if one.is_first and not one.is_year:
            return one.mark if is_in_series or one.is_exact or one.before_dash else None
    return None

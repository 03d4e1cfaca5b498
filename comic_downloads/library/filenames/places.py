"""Choose which of the marks and numbers in a name are the comic's volume and number."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .marks import Mark, find_marks, plain_number, range_end
from .numbers import Bare, bare_numbers, leading_number, likely_number
from .text import BREAK, NameText
from .words import SPECIALS, Kind

_STRONG = {Kind.ISSUE, Kind.CHAPTER}
_WEAK = (Kind.EPISODE, Kind.NUMBER, Kind.PART)
_IN_BRACKETS = {Kind.VOLUME, Kind.CHAPTER, Kind.ISSUE, Kind.EPISODE}
_SEPARATORS = f" ,.-–—:{BREAK}"
_AFTER_BRACKET_MARK = re.compile(r"\s*(?:$|[+&,;-])")
_NUMBER_ONLY = re.compile(r"([0-9]{1,3})(?:-([0-9]{1,3}))?")
_MAX_GAP = 40
_OF_TOTAL = re.compile(r"(?:of|de|di|von|van|z|sur|из) ?#?[0-9]{1,4}", re.IGNORECASE)


@dataclass(frozen=True)
class Situation:
    """What is known of a name before its places are looked for.

    ``is_known`` if its series was cut off its front, ``is_in_series`` if it is in a series' folder,
    and ``is_weekly`` if it has a date with a day.
    """

    is_known: bool = False
    is_in_series: bool = False
    is_weekly: bool = False


@dataclass(frozen=True)
class Places:
    """The marks that say where in its series a comic belongs.

    ``series_limit`` is where the series must have ended, or None where no other mark limits it.
    """

    volume: Mark | None = None
    number: Mark | None = None
    special: Mark | None = None
    series_limit: int | None = None
    is_marked: bool = False


def find_places(name: NameText, situation: Situation) -> Places:
    """Return the volume and the number of the name."""
    text = name.plain
    marks = find_marks(text)
    special = next((mark for mark in marks if mark.kind is Kind.SPECIAL), None)
    if special is not None:
        return Places(special=special)
    marks = [*marks, *_bracket_marks(name)]
    bare = bare_numbers(text, [mark for mark in marks if mark.start < mark.end])
    volume = _volume(text, marks)
    marked = _marked_number(text, marks, volume)
    number = _later_number(text, marked, volume, bare)
    if number is None:
        number = _bare_number(name, volume, bare, situation)
    limits = [mark.start for mark in marks if mark.kind in {Kind.CHAPTER, Kind.EPISODE}]
    is_marked = number is not None and number is marked
    return Places(volume, number, None, min(limits, default=None) if number else None, is_marked)


def _bracket_marks(name: NameText) -> list[Mark]:
    """Return the marks that brackets begin with, such as “(v06)”, “[Volume 11]” and “(1 of 3)”.

    “[v2]” is a new release, not a volume, unless a number follows: “(v2) 003”.
    """
    last_digit = max((found.start() for found in re.finditer("[0-9]", name.plain)), default=0)
    found = []
    for bracket in name.brackets:
        marks = find_marks(bracket.text)
        if not marks or marks[0].start > 0 or marks[0].kind not in _IN_BRACKETS:
            continue
        mark = marks[0]
        is_release = mark.word == "v" and not mark.is_padded and len(mark.value) == 1
        if (not is_release or bracket.position < last_digit) and _AFTER_BRACKET_MARK.match(
            bracket.text, mark.end
        ):
            found.append(replace(mark, start=bracket.position, end=bracket.position))
    return found


def _volume(text: str, marks: list[Mark]) -> Mark | None:
    for mark in marks:
        if mark.kind is Kind.VOLUME:
            return mark
    for mark in marks:
        if mark.kind is Kind.BOOK and _ends_at(text, mark.end):
            return mark
    return None


def _ends_at(text: str, place: int) -> bool:
    rest = text[place : place + 3]
    return not rest or rest.lstrip(" ")[:1] in f"-–—:,{BREAK}" or rest[1:2] in "0123456789#"


def _marked_number(text: str, marks: list[Mark], volume: Mark | None) -> Mark | None:
    """Return the first chapter or issue; weaker marks count only if there is no such mark.

    Behind a volume the weaker ones belong to its title, unless they follow at once.
    """
    strong = [mark for mark in marks if mark.kind in _STRONG]
    if strong:
        first = strong[0]
        following = strong[1:2]
        if following and following[0].kind is first.kind and _touches(text, first, following[0]):
            return following[0] if first.word == "#" else first
        return first
    for kind in _WEAK:
        for mark in marks:
            if mark.kind is kind and (
                volume is None
                or (mark.start >= volume.end and not _gap(text, volume, mark).strip(" ,."))
            ):
                return mark
    return None


def _later_number(
    text: str, marked: Mark | None, volume: Mark | None, bare: list[Bare]
) -> Mark | None:
    """Return the marked number, or the one behind it if the mark is part of the series.

    These are “Perfume #9 5”, “Perfume #9 v3 5” and “Sector No. 8 036”.
    """
    if marked is None or marked.kind not in {Kind.ISSUE, Kind.NUMBER} or marked.word == "of":
        return marked
    for one in bare:
        if one.is_year or one.mark.start < marked.end:
            continue
        follows = _touches(text, marked, one.mark) or (
            volume is not None
            and _touches(text, marked, volume)
            and _touches(text, volume, one.mark)
        )
        if (follows and one.ends_text) or (marked.kind is Kind.NUMBER and one.mark.is_padded):
            return one.mark
    return marked


def _bare_number(
    name: NameText, volume: Mark | None, bare: list[Bare], situation: Situation
) -> Mark | None:
    counted = _counted_in_brackets(name, bare)
    if counted is not None:
        return counted
    if situation.is_known and bare and bare[0].is_first and _counts_first(bare, situation):
        return bare[0].mark
    if volume is not None:
        return _beside_volume(name.plain, volume, bare)
    return (
        likely_number(bare, is_weekly=situation.is_weekly)
        or leading_number(bare, is_in_series=situation.is_in_series)
        or _number_in_brackets(name)
    )


def _number_in_brackets(name: NameText) -> Mark | None:
    """Return the number of “Title (12)” and “Title (01-12)”."""
    for bracket in name.brackets:
        found = _NUMBER_ONLY.fullmatch(bracket.text)
        if found:
            value = plain_number(found[1])
            last = range_end(value, found[2] or "")
            place = bracket.position
            return Mark(Kind.NUMBER, place, place, value, last)
    return None


def _counts_first(bare: list[Bare], situation: Situation) -> bool:
    """Return whether the number behind the series counts, although it may be a year."""
    first = bare[0]
    is_alone = first.ends_text and len(bare) == 1 and not first.mark.last
    return not first.is_year or situation.is_weekly or is_alone


def _counted_in_brackets(name: NameText, bare: list[Bare]) -> Mark | None:
    """Return the number before “(of 5)”."""
    totals = {one.position for one in name.brackets if _OF_TOTAL.fullmatch(one.text)}
    for one in bare if totals else ():
        end = one.mark.end
        gap = name.plain[end : end + _MAX_GAP]
        blanks = len(gap) - len(gap.lstrip(_SEPARATORS))
        if totals.intersection(range(end, end + blanks + 1)):
            return one.mark
    return None


def _beside_volume(text: str, volume: Mark, bare: list[Bare]) -> Mark | None:
    """Return the number that stands right behind the volume, or right before it."""
    for one in bare:
        if one.mark.start < volume.end or one.is_year:
            continue
        if _touches(text, volume, one.mark):
            if one.ends_text or one.is_exact or one.before_dash:
                return one.mark
        elif one.mark.is_padded and _is_special(_gap(text, volume, one.mark)):
            return one.mark
    for one in bare:
        if _touches(text, one.mark, volume) and _is_number_before(one, volume):
            return one.mark
    return None


def _is_special(text: str) -> bool:
    """Return whether the text ends with a word such as “Annual”."""
    return bool(SPECIALS.intersection(text.casefold().split()[-1:]))


def _is_number_before(one: Bare, volume: Mark) -> bool:
    """Return whether the number before a volume is the comic's: “Owl 1333 Vol. 3”, “Owl 28 v1”.

    It is part of the series in “Cobalt 60 v02” and “Cobalt 60 Vol. 2”.
    """
    if one.is_year:
        return len(volume.value) == 4
    if one.is_exact or len(one.mark.value) > 3:
        return True
    return volume.word == "v" and not volume.is_padded and len(one.mark.value) > 1


def _touches(text: str, first: Mark, second: Mark) -> bool:
    return first.end <= second.start and not _gap(text, first, second).strip(_SEPARATORS)


def _gap(text: str, first: Mark, second: Mark) -> str:
    """Return the text between two marks; of a long one only the beginning, to stay linear."""
    return text[first.end : min(second.start, first.end + _MAX_GAP)]

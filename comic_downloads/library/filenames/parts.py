"""Cut a name into its series, its places, and its title."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from .dates import Year, cut_dates, has_day, is_year
from .marks import Mark
from .places import Places, Situation, find_places
from .series import leading_end, series_end
from .text import BREAK, NameText, read_text, trimmed, without_breaks
from .words import RELEASE_TAGS

_TAGS = "|".join(sorted(map(re.escape, RELEASE_TAGS), key=len, reverse=True))
_LAST_TAG = re.compile(rf"(?:^|[ ,.-])(?:{_TAGS})$", re.IGNORECASE)
# Page counts, printings, volumes to come, and the “v2” of a new release behind a number.
_ASIDE = re.compile(
    rf"(?<![\w.#-])[0-9]{{1,4}} ?(?:pages|pgs?|p|covers)\b\.?,?"
    r"|(?<!\w)[1-9][0-9]?(?:st|nd|rd|th) print(?:ing)?\b"
    r"|(?<!\w)vol(?:ume)?\.? ?(?:tbd|tba)\b"
    rf"|(?<=[0-9]) v[0-9](?=$| ?{BREAK})",
    re.IGNORECASE,
)
_ALTERNATE = re.compile(r"(?:0[0-9]{1,3}[ .-]+|[0-9]{1,4}(?: ?-\s*|\. ))(?=[^\W\d])")
_YEAR_FIRST = re.compile(r"[ ,.\x1f–—-]*((?:19|20)[0-9]{2})(?![\w.])")
_MAX_SEPARATORS = 3
_NO_PLACES = Places()


@dataclass(frozen=True)
class Parts:
    """A name cut at its marks.

    ``between`` is the text between series and number, and ``whole`` all text without brackets.
    ``start_year`` is when the series started, if the name has that year and another one, and
    ``run_year`` is the year that stands before the number: “Owl (2011) 003”.
    """

    series: str = ""
    between: str = ""
    after: str = ""
    places: Places = _NO_PLACES
    year: int | None = None
    start_year: int | None = None
    run_year: int | None = None
    whole: str = ""


def cut_name(name: str, series: str) -> Parts:
    """Return the parts of a file's or folder's name in a folder of the series, which may be empty.

    Brackets, dates, page counts and what scanners add are cut out first, then the series.
    """
    text = read_text(name)
    text = replace(text, plain=_blanked(_ASIDE, text.plain))
    whole = title_of(text.plain) or " ".join(one.text for one in text.brackets) or name
    text, years = cut_dates(text)
    return replace(_read(text, years, series), whole=whole)


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    """Return the text with breaks in place of the matches, so that positions stay true."""
    return pattern.sub(lambda found: BREAK * len(found.group()), text)


def _read(text: NameText, years: tuple[Year, ...], series: str) -> Parts:
    """Cut the name at its marks, behind the series if it is known and found."""
    situation = Situation(is_in_series=bool(series), is_weekly=has_day(text, years))
    start, end = _find_series(text.plain, series) if series else (0, 0)
    if not end:
        return _parts(text, years, situation)
    situation = replace(situation, is_known=True)
    rest = replace(text, plain=BREAK * end + text.plain[end:])
    parts = _parts(rest, years, situation)
    if start and parts.places.number is None and parts.places.special is None:
        # Nothing behind the series says which one it is, but a number before it does.
        lead = replace(text, plain=text.plain[:start] + BREAK * (end - start) + text.plain[end:])
        return _parts(lead, years, situation)
    return parts


def _find_series(text: str, series: str) -> tuple[int, int]:
    """Return start and end of the series in the text, or 0 and 0.

    It is at the front, behind a number, or behind “Author - ”.
    """
    starts = [0, leading_end(text)]
    place = 0
    for _ in range(_MAX_SEPARATORS):
        place = text.find(" - ", place) + 3
        if place < 3:
            break
        starts.append(place)
    for start in starts:
        end = series_end(text[start:], series)
        if end is not None:
            is_number = start == leading_end(text)
            return (start if is_number else 0), start + end
    return 0, 0


def _parts(text: NameText, years: tuple[Year, ...], situation: Situation) -> Parts:
    places = find_places(text, situation)
    used = sorted((m for m in (places.volume, places.number) if m), key=lambda mark: mark.start)
    plain = text.plain
    if places.special:
        parts = Parts(plain[: places.special.start], after=plain[places.special.start :])
    elif used:
        parts = _cut(plain, places, used)
        if not situation.is_in_series:
            parts = _with_series(parts, places, used)
    else:
        parts = Parts(plain)
    parts = replace(
        parts,
        series=without_breaks(parts.series),
        between=title_of(parts.between),
        places=places,
    )
    return _dated(parts, years)


def _cut(plain: str, places: Places, used: list[Mark]) -> Parts:
    """Cut the text at the marks: series, what is between series and number, and title."""
    start = used[0].start
    if places.series_limit is not None:
        start = min(start, places.series_limit)
    written = [mark for mark in used if mark.start < mark.end]
    after = plain[(written or used)[-1].end :]
    between = plain[written[0].end : written[1].start] if len(written) == 2 else ""
    if places.series_limit is not None and start < used[0].start:
        between = plain[start : used[0].start]
    return Parts(plain[:start], between, after)


def _with_series(parts: Parts, places: Places, used: list[Mark]) -> Parts:
    """Return the parts of a name whose series is not known from a folder.

    A number in front of it is cut off: “013 - The Owl 02”. If nothing else stands in front of the
    first mark, the series follows it: “#3 Owl”, but not “Chapter 3 - Owl”.
    """
    series = parts.series.lstrip(BREAK)
    alternate = _ALTERNATE.match(series)
    if alternate:
        return replace(parts, series=series[alternate.end() :])
    if without_breaks(series):
        return parts
    if without_breaks(parts.between):
        return replace(parts, series=parts.between, between="")
    leads = used[0] is places.number and used[0].word in {"", "#", "of"}
    if leads and len(used) == 1:
        return replace(parts, series=parts.after, after="")
    return parts


def _dated(parts: Parts, years: tuple[Year, ...]) -> Parts:
    """Add the year of the comic; one before the number is when its series started."""
    number = parts.places.number
    after = title_of(parts.after)
    later = [year for year in years if number is not None and year.position > number.start]
    if not years:
        found = _YEAR_FIRST.match(parts.after) if number else None
        if found:
            return replace(parts, after=title_of(parts.after[found.end() :]), year=int(found[1]))
        if is_year(parts.between):
            return replace(parts, after=after, between="", year=int(parts.between))
        return replace(parts, after=after)
    first = years[0].value
    run_year = first if number is not None and years[0] not in later else None
    parts = replace(parts, after=after, year=first, run_year=run_year)
    if later and run_year is not None:
        return replace(parts, year=later[0].value, start_year=first)
    return parts


def title_of(text: str) -> str:
    """Return the text without breaks and without what scanners add to its end."""
    title = without_breaks(text)
    while (found := _LAST_TAG.search(title[-20:])) is not None:
        title = trimmed(title[: len(title) - len(found.group())])
    return title

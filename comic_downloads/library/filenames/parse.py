"""Read a comic's path below the library: series first, then its place in it, then its title."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ...domain.library import NO_PLACEMENT, Placement
from .dates import is_year
from .folders import FolderPlace, folder_title, read_folders
from .marks import Mark
from .parts import Parts, cut_name
from .series import letters_of
from .words import SPECIALS

_JOINED = re.compile(r"(?:and|vs\.?|versus|x|und|et|y|meets)\b|&", re.IGNORECASE)


@dataclass(frozen=True)
class NamedComic:
    """The parts found in a name. Missing parts are empty or None.

    ``volume`` has decimals in names such as “v01.5”. ``folder_series`` is the series that a folder
    names, and ``placement`` tells the comic's series from others of its title.
    """

    title: str = ""
    series: str = ""
    number: str = ""
    volume: int | float | None = None
    year: int | None = None
    folder_series: str = ""
    placement: Placement = NO_PLACEMENT


def parse_path(path: str) -> NamedComic:
    """Return what a POSIX path below the library says about its comic.

    Folders name the series, past those that only sort: “Specials”, “English”, “Vol. 2”. Without
    such a folder the series is what stands before the first mark of the file's name.
    """
    *folders, name = path.split("/")
    folder = read_folders(folders, name)
    parts = cut_name(name, folder.series)
    if folders and not folder.series and not parts.series:
        # Nothing but the folder names a series, so that “X” with “01.cbz” is one after all.
        folder = FolderPlace(folder_title(folders[-1]))
        parts = cut_name(name, folder.series)
    named = _in_series(parts, folder) if folder.series else _at_top(parts, folder)
    placement = replace(
        named.placement,
        shelf=folder.shelf,
        editions=folder.editions,
        run_year=parts.run_year,
        in_folder=bool(folder.series),
    )
    return replace(named, folder_series=folder.series, placement=placement)


def _in_series(parts: Parts, folder: FolderPlace) -> NamedComic:
    """Return the comic of a series' folder. Text before its number becomes part of its title."""
    volume, number = parts.places.volume, parts.places.number
    branch = parts.places.special.word.upper() if parts.places.special else ""
    if folder.number and not parts.places.is_marked:
        number = None
    value = number.value if number else folder.number
    if not value and volume is None:
        repeats = letters_of(parts.whole) == letters_of(folder.series)
        title = "" if repeats else parts.whole
    else:
        before = " ".join(part for part in (parts.series, parts.between) if part)
        if letters_of(folder.series).startswith(letters_of(before)):
            before = ""  # It is the series without the “v1” of its folder.
        if is_year(before):
            parts = replace(parts, year=parts.year or int(before))
            before = ""
        if _JOINED.match(before):
            before = f"{folder.series} {before}"
        before = branch = before or folder.branch
        title = _title(before, volume, number, parts.after)
    placement = Placement(branch=branch or folder.branch)
    volume_of_comic = _volume(volume, folder, parts)
    return NamedComic(title, folder.series, value, volume_of_comic, parts.year, placement=placement)


def _at_top(parts: Parts, folder: FolderPlace) -> NamedComic:
    """Return the comic of a file without a series' folder. “X Annual” is a series of its own."""
    volume, number = parts.places.volume, parts.places.number
    series, between = parts.series, parts.between
    if between and between.casefold().split()[-1] in SPECIALS:
        series, between = f"{series} {between}".strip(), ""
    if not series or (volume is None and number is None and parts.places.special is None):
        is_place = volume is not None or parts.places.is_marked
        value = number.value if number and is_place else ""
        return NamedComic(parts.whole, "", value, _volume(volume, folder, parts), parts.year)
    title = _title(between, volume, number, parts.after)
    value = number.value if number else ""
    return NamedComic(title, series, value, _volume(volume, folder, parts), parts.year)


def _title(before: str, volume: Mark | None, number: Mark | None, after: str) -> str:
    """Return the title: “Annual #1 - The End”, “1-6” for a range, or what follows the marks."""
    place = number or volume
    if before and place is not None:
        sign = "#" if place is number else "Volume "
        before = f"{before} {sign}{place.shown}"
    elif place is not None and place.last:
        before = place.shown
    return " - ".join(part for part in (before, after) if part)


def _volume(mark: Mark | None, folder: FolderPlace, parts: Parts) -> int | float | None:
    """Return the volume of the name, of its folder, or the year in which its series started."""
    text = mark.value if mark else folder.volume
    whole, dot, fraction = text.partition(".")
    if not whole.isdecimal():
        return parts.start_year if parts.places.number else None
    digits = "".join(c for c in fraction if c.isdecimal())
    return float(f"{whole}.{digits}") if dot and digits else int(whole)

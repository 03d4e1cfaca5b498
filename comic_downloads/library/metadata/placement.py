"""Find out what tells the series of a comic from others of the same title."""

from __future__ import annotations

import re
from dataclasses import replace

from ...domain.library import ComicMetadata, Placement
from ...domain.series_runs import split_title
from ...domain.text_keys import title_identity
from ..filenames.parse import NamedComic, parse_path
from ..filenames.words import SPECIAL_CODES, SPECIALS

# Values of the element Format in ComicInfo.xml for comics beside the run of their series.
_SPECIAL_FORMATS = {
    "annual": "Annual",
    "special": "Special",
    "one-shot": "One-Shot",
    "one shot": "One-Shot",
    "oneshot": "One-Shot",
    "giant-size": "Giant-Size",
    "giant size": "Giant-Size",
    "king-size": "King-Size",
    "fcbd": "FCBD",
    "free comic book day": "FCBD",
    "preview": "Preview",
    "reference": "Reference",
}
_SPECIAL_WORDS = SPECIALS | SPECIAL_CODES
_FIRST_YEAR = re.compile(r"[0-9]{4}")


def find_placement(path: str, named: NamedComic, declared: ComicMetadata) -> Placement:
    """Return the placement of the comic at this path, from its names and its documents.

    What folders say counts only if they name the series that the documents declare.
    """
    placement = named.placement
    if declared.series:
        placement = _of_declared_series(path, named, declared.series)
    special = _SPECIAL_FORMATS.get(declared.details.format.strip().casefold(), "")
    return replace(placement, branch=placement.branch or special)


def _of_declared_series(path: str, named: NamedComic, series: str) -> Placement:
    title, run = split_title(series)
    found = _FIRST_YEAR.match(run)
    run_year = int(found.group()) if found else named.placement.run_year
    branch = _special_branch(path, title)
    if _names_series(named.folder_series, title):
        branch = branch or _special_words(named.placement.branch)
        return replace(named.placement, declared=True, run_year=run_year, branch=branch)
    return Placement(declared=True, run_year=run_year, branch=branch)


def _names_series(folder_series: str, title: str) -> bool:
    return bool(folder_series) and title_identity(folder_series) == title_identity(title)


def _special_branch(path: str, title: str) -> str:
    """Return what the file's name says between the series and the number, such as “Annual”."""
    name = path.rpartition("/")[2]
    return _special_words(parse_path(f"{title.replace('/', ' ')}/{name}").placement.branch)


def _special_words(branch: str) -> str:
    return branch if _SPECIAL_WORDS.intersection(branch.casefold().split()) else ""

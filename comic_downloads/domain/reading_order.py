"""The order of the comics in a series: volumes, then loose chapters, then what is beside the run.

Keys are texts that sort by their characters, as the database compares them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .text_keys import sort_key

_WIDTH = 12
_VOLUME_WIDTH = 6
_FIRST_YEAR, _LAST_YEAR = 1900, 2099
_FRACTIONS = {"½": ".5", "¼": ".25", "¾": ".75", "1/2": ".5", "1/4": ".25", "3/4": ".75"}
_FRACTION = re.compile(r"(?<=[0-9])[½¼¾]|[½¼¾]|^(?:1/[24]|3/4)$")
_DECIMAL_COMMA = re.compile(r"(?<=[0-9]),(?=[0-9])")
_NUMBER = re.compile(r"(-?)([0-9]+|(?=\.[0-9]))(?:\.([0-9]+))?(.*)", re.DOTALL)
_COMPLEMENT = str.maketrans("0123456789", "9876543210")
# Sorts behind digits and dots: “1A” follows “1.5”.
_BEHIND = "~"
# Comics without a number come last among those of their volume.
_NO_NUMBER = "3"


@dataclass(frozen=True)
class Place:
    """Where a comic says that it stands in its series.

    ``branch`` names what its number counts if not the issues of the run, such as “Annual”.
    """

    number: str = ""
    volume: int | float | None = None
    branch: str = ""


def is_start_year(volume: float | None) -> bool:
    """Return whether the volume is the year in which a run began, as taggers write it."""
    return volume is not None and _FIRST_YEAR <= volume <= _LAST_YEAR


def issue_key(number: str) -> str:
    """Return a key for a number: “-1”, “0”, “½”, “1”, “1.05”, “1.5”, “1A”, “2”, then “B1”.

    Numbers compare as decimals, and the letters behind them last.
    """
    text = _DECIMAL_COMMA.sub(".", number.strip())
    text = _FRACTION.sub(lambda found: _FRACTIONS[found.group()], text)
    found = _NUMBER.fullmatch(text)
    if found is None:
        return f"2{sort_key(text)}" if text else _NO_NUMBER
    sign, whole, fraction, letters = found.groups()
    fraction = (fraction or "").rstrip("0")
    digits = whole.lstrip("0").zfill(_WIDTH) + (f".{fraction}" if fraction else "")
    rest = sort_key(letters)
    if sign:
        return f"0{digits.translate(_COMPLEMENT)}{_BEHIND}{rest}"
    return f"1{digits}{_BEHIND if rest else ''}{rest}"


def place_key(place: Place, *, counts_volume: bool = True) -> str:
    """Return the key of a comic's place in its series.

    Volumes come first, then numbers without a volume, then annuals and specials, and last what has
    no number. A year in which the run began is no volume of a numbered comic.
    """
    number = issue_key(place.number)
    if place.branch:
        return f"3 {sort_key(place.branch)} {number}"
    if place.volume is not None and (
        not place.number or (counts_volume and not is_start_year(place.volume))
    ):
        whole, _, fraction = str(place.volume).partition(".")
        decimals = fraction.rstrip("0")
        return f"1 {whole.zfill(_VOLUME_WIDTH)}{'.' if decimals else ''}{decimals} {number}"
    return f"2 {number}" if place.number else f"4 {number}"


def keys_in_order(places: Sequence[Place]) -> list[str]:
    """Return the keys of all comics of one series, in the order of the places.

    Volumes of numbered comics count only where the numbers begin again in a volume, or where whole
    volumes stand beside them. Otherwise a comic whose volume is unknown keeps its place.
    """
    counts = _volumes_count(place for place in places if not place.branch)
    return [place_key(place, counts_volume=counts) for place in places]


def _volumes_count(places: Iterable[Place]) -> bool:
    known = [place for place in places if place.volume is not None]
    if any(not place.number for place in known):
        return True
    numbered = [place for place in known if not is_start_year(place.volume)]
    numbered.sort(key=lambda place: (issue_key(place.number), place.volume))
    volumes = [place.volume or 0 for place in numbered]
    return volumes != sorted(volumes)

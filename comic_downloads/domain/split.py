"""How the comics of one request are divided among several files."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from .comic_names import counted_volume
from .errors import InvalidRequest
from .library import ComicMetadata

NO_SPLIT = "none"
EACH = "each"
VOLUME = "volume"
MAX_CHUNK = 10_000


@dataclass(frozen=True)
class Split:
    """The rule: ``EACH``, ``VOLUME``, or, with the word empty, ``comics_per_file``.

    ``NO_SPLIT`` is a rule for one file that is cut into parts.
    """

    word: str = EACH
    comics_per_file: int = 0

    def __str__(self) -> str:
        return self.word or str(self.comics_per_file)


def parse_split(value: str | int | None) -> Split | None:
    """Return the rule for the value of a request; None if all comics go into one file.

    Raises:
        InvalidRequest: There is no such rule.
    """
    if value is None or value == NO_SPLIT:
        return None
    if value in {EACH, VOLUME}:
        return Split(str(value))
    text = str(value)
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else 0
    if isinstance(value, bool) or not 1 <= number <= MAX_CHUNK:
        raise InvalidRequest(
            f"split must be “none”, “each”, “volume”, or the number of comics in each file "
            f"(1 to {MAX_CHUNK:,}), not “{text[:50]}”."
        )
    return Split("", number)


def divide(comics: Sequence[ComicMetadata], split: Split) -> list[list[int]]:
    """Return the comics of each file, as their places in ``comics``, in that order.

    By volume, the comics of one volume of a series are one file, wherever they stand. A comic
    without a volume, such as a chapter that is not collected yet, is a file of its own.

    Raises:
        InvalidRequest: Files by volume were asked for, and no comic says its volume.
    """
    places = range(len(comics))
    if split.word == NO_SPLIT:
        return [list(places)]
    if split.word == EACH:
        return [[place] for place in places]
    if split.word == VOLUME:
        return _by_volume(comics)
    size = split.comics_per_file
    return [list(places[start : start + size]) for start in places[::size]]


def _by_volume(comics: Sequence[ComicMetadata]) -> list[list[int]]:
    files: dict[Hashable, list[int]] = {}
    for place, metadata in enumerate(comics):
        volume = counted_volume(metadata)
        key = (metadata.series, metadata.placement.run, volume) if volume is not None else place
        files.setdefault(key, []).append(place)
    if not has_volumes(comics):
        raise InvalidRequest(
            "None of these comics says which volume it belongs to. "
            "Split them with “each”, or by a number of comics."
        )
    return list(files.values())


def has_volumes(comics: Sequence[ComicMetadata]) -> bool:
    """Return whether any comic says which volume it belongs to."""
    return any(counted_volume(metadata) is not None for metadata in comics)

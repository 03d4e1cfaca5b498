"""How a comic is called: its series, its place there, and its title."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .library import ComicMetadata
from .reading_order import is_start_year
from .series_runs import run_name
from .text_keys import title_identity

# A title that says no more than the place: “Volume 3”, “Chapter 012”, “#5”.
_PLACE_ONLY = re.compile(
    r"(?:volume|vol|v|tome|band|book|issue|chapter|ch|no|#|巻|第)?[. ]*"
    r"0*(?P<place>[0-9]+(?:\.[0-9]+)?)(?:巻|話|卷|话)?",
    re.IGNORECASE,
)
_RANGE_END = re.compile(r"-(?P<last>[0-9]+(?:\.[0-9]+)?)(?: - |$)")
_WHOLE = re.compile("(-?)([0-9]+)")
_TITLE_SEPARATOR = " - "
_MIN_VOLUME_DIGITS, _MIN_NUMBER_DIGITS = 2, 3


_OPENING, _CLOSING = "([{【（［｛《", ")]}】）］｝》"


@dataclass(frozen=True)
class _Name:
    """The parts of a comic's name.

    ``run`` is what tells its series from others of the title, and ``last`` the end of a range of
    numbers or volumes.
    """

    series: str = ""
    run: str = ""
    branch: str = ""
    volume: str = ""
    number: str = ""
    last: str = ""
    title: str = ""

    @property
    def head(self) -> str:
        """Series, run and branch: “Batman (2011) Annual”."""
        return " ".join(part for part in (run_name(self.series, self.run), self.branch) if part)


def full_name(metadata: ComicMetadata) -> str:
    """Return the name that tells the comic from all others: “X-Men (2019) #12 – The Deep”."""
    name = _name_of(metadata)
    return " – ".join(part for part in (_place(name), name.title) if part)


def place_name(metadata: ComicMetadata) -> str:
    """Return series and place: “X-Men #12”, “X-Men Vol. 3”, “Batman Annual #1”, or an empty text.

    The year in which a run began is no volume; it is in the name of the series where others have
    its title.
    """
    return _place(_name_of(metadata))


def name_in_series(metadata: ComicMetadata) -> str:
    """Return the name that tells the comic from others of its series: “Vol. 3”, “#12 – The Deep”.

    It is empty for a comic without a series.
    """
    if not metadata.series:
        return ""
    name = _name_of(metadata)
    if name.series == metadata.series:
        name = replace(name, series="", run="")
    return " – ".join(part for part in (_place(name), name.title) if part)


def name_of_all(comics: Sequence[ComicMetadata]) -> str:
    """Return the name of a file with these comics: “X-Men 1–12”, “X-Men #3 and 2 more”."""
    names = {series_name(metadata) for metadata in comics}
    if len(comics) > 1 and len(names) == 1 and names != {""}:
        return f"{names.pop()}{_span(comics)}"
    more = f" and {len(comics) - 1} more" if len(comics) > 1 else ""
    return f"{full_name(comics[0])}{more}"


def series_name(metadata: ComicMetadata) -> str:
    """Return the name of the comic's series, with what tells it from others: “X-Men (2019)”."""
    return run_name(metadata.series, metadata.placement.run) if metadata.series else ""


def counted_volume(metadata: ComicMetadata) -> int | float | None:
    """Return the volume of the series that the comic belongs to, or None.

    A volume that is only the year in which the series began does not count.
    """
    volume = metadata.volume
    if volume is None or (metadata.number and is_start_year(volume)):
        return None
    return volume


def file_stem_of_all(comics: Sequence[ComicMetadata], max_bytes: int) -> str:
    """Return the name of a file with these comics, without its extension.

    It is “Series v03” for a volume, “Series #001-012” for a run of numbers, and otherwise the name
    of the first comic with the number of the others.
    """
    if len(comics) == 1:
        return file_stem(comics[0], max_bytes)
    place = _file_span([_name_of(metadata) for metadata in comics])
    names = {series_name(metadata) for metadata in comics}
    if place and len(names) == 1 and names != {""}:
        return f"{cut_text(names.pop(), max_bytes - len(place) - 1)} {place}"
    more = f" and {len(comics) - 1} more"
    return f"{file_stem(comics[0], max_bytes - len(more))}{more}"


def _file_span(names: Sequence[_Name]) -> str:
    """Return “v03”, “v01-03” or “#001-012”; nothing if that would not say what is in the file."""
    if any(name.branch for name in names):
        return ""
    first, last = names[0], names[-1]
    volumes = {name.volume for name in names}
    if volumes == {first.volume} and first.volume:
        return _file_place(_Name(volume=first.volume))
    if all(name.number and not name.volume for name in names):
        return _file_place(_Name(number=first.number, last=last.last or last.number))
    if all(name.volume and not name.number for name in names):
        return _file_place(_Name(volume=first.volume, last=last.last or last.volume))
    return ""


def file_stem(metadata: ComicMetadata, max_bytes: int) -> str:
    """Return the name of the comic's file without its extension: “Series v01 #003 - Title”.

    This is the form that Comic Downloads and other programs read back as the same series, volume,
    number and title. ``#`` stands before the number, because several programs take a bare number
    before “ - ” for a part of the series. A long series is cut where the number would not fit into
    ``max_bytes`` of UTF-8, and a long title behind it.
    """
    name = _name_of(metadata)
    place = _file_place(name)
    fixed = " ".join(part for part in (f"({name.run})" if name.run else "", name.branch) if part)
    behind = "".join(f" {part}" for part in (fixed, place) if part)
    series = _cut_series(name.series, max_bytes - len(behind.encode()))
    head = run_name(series, name.run) if series else ""
    head = " ".join(part for part in (head, name.branch, place) if part)
    return cut_text(" - ".join(part for part in (head, name.title) if part), max_bytes)


def filename_values(metadata: ComicMetadata) -> dict[str, str]:
    """Return what a pattern for file names can name of the comic; unknown values are empty."""
    name = _name_of(metadata)
    last = f"-{name.last}" if name.last else ""
    return {
        "series": name.head,
        "volume": name.volume if name.number else f"{name.volume}{last}",
        "number": f"{name.number}{last}" if name.number else "",
        "title": name.title,
        "year": "" if metadata.year is None else str(metadata.year),
        "publisher": metadata.publisher,
    }


def padded(number: str, digits: int) -> str:
    """Return the number with zeros before it, so that names sort: “003”, “012.5”, “-01”, “½”."""
    found = _WHOLE.match(number)
    return f"{found[1]}{found[2].zfill(digits)}{number[found.end() :]}" if found else number


def cut_text(text: str, max_bytes: int) -> str:
    """Return as much of the text as fits into this many bytes of UTF-8, without a blank end."""
    data = text.encode()
    if len(data) <= max_bytes:
        return text
    return data[: max(0, max_bytes)].decode(errors="ignore").rstrip(" -–.,")


def _cut_series(series: str, max_bytes: int) -> str:
    """Cut a long series, and a bracket with it that would stay open and swallow the number."""
    cut = cut_text(series, max_bytes)
    if cut == series:
        return cut
    start = max(map(cut.rfind, _OPENING))
    return cut[:start].rstrip() if start > max(map(cut.rfind, _CLOSING)) else cut


def _span(comics: Sequence[ComicMetadata]) -> str:
    """Return the first and last number of the run, or the first and last volume."""
    names = [_name_of(metadata) for metadata in comics if not metadata.placement.branch]
    if names and all(name.number for name in names):
        return f" {names[0].number}–{names[-1].last or names[-1].number}"
    if names and all(name.volume and not name.number for name in names):
        return f" Vol. {names[0].volume}–{names[-1].last or names[-1].volume}"
    return ""


def _place(name: _Name) -> str:
    volume = f"Vol. {name.volume}" if name.volume else ""
    number = f"#{name.number}" if name.number else ""
    last = f"-{name.last}" if name.last else ""
    return " ".join(part for part in (name.head, volume, number) if part) + last


def _file_place(name: _Name) -> str:
    volume = f"v{padded(name.volume, _MIN_VOLUME_DIGITS)}" if name.volume else ""
    number = f"#{padded(name.number, _MIN_NUMBER_DIGITS)}" if name.number else ""
    digits = _MIN_NUMBER_DIGITS if name.number else _MIN_VOLUME_DIGITS
    last = f"-{padded(name.last, digits)}" if name.last else ""
    return " ".join(part for part in (volume, number) if part) + last


def _name_of(metadata: ComicMetadata) -> _Name:
    """Return the parts of the name. What the title repeats of the others is left out of it."""
    if not metadata.series:
        return _Name(title=metadata.title)
    volume = counted_volume(metadata)
    name = _Name(
        metadata.series,
        metadata.placement.run,
        volume="" if volume is None else f"{volume:g}",
        number=metadata.number,
        title=metadata.title,
    )
    if not name.number and not name.volume and _begins_with(name.title, name.series):
        return replace(name, series=name.title, title="")
    name = _without_range(_without_branch(name, metadata.placement.branch))
    plain = replace(name, run="", title="")
    said = {metadata.series, run_name(name.series, name.run), plain.head, _place(plain)}
    repeats = title_identity(name.title) in map(title_identity, said)
    return replace(name, title="") if repeats or _names_place(name) else name


def _without_branch(name: _Name, branch: str) -> _Name:
    """Move the branch from the title to where it belongs: “Annual #1 - The End”.

    A branch that has the series in it stands in its place: “Giant-Size Owl #1”.
    """
    if not branch:
        return name
    title = name.title
    if title_identity(title).startswith(title_identity(branch)):
        end = title.find(_TITLE_SEPARATOR, len(branch))
        shown = title if end < 0 else title[:end]
        title = title[len(shown) + len(_TITLE_SEPARATOR) :]
        branch = branch if name.number or name.volume else shown
    if title_identity(name.series) in title_identity(branch):
        return replace(name, series=branch, run=name.run, title=title)
    return replace(name, branch=branch, title=title)


def _without_range(name: _Name) -> _Name:
    """Move the end of a range from the title behind the number: “1-6 - Dawn”."""
    first = name.number or name.volume
    found = _RANGE_END.match(name.title, len(first)) if first else None
    if found is None or not name.title.startswith(first):
        return name
    return replace(name, last=found["last"], title=name.title[found.end() :])


def _begins_with(title: str, series: str) -> bool:
    return f"{title_identity(title)} ".startswith(f"{title_identity(series)} ")


def _names_place(name: _Name) -> bool:
    """Return whether the title says no more than the place: “Volume 3”, “Chapter 012”, “#5”."""
    found = _PLACE_ONLY.fullmatch(name.title)
    return found is not None and found["place"] in {name.number, name.volume}

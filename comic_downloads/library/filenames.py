"""Parse the names of comic files and folders, such as ``Series v02 #003 (1994).cbz``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from .sources.names import NESTED_EXTENSIONS


@dataclass(frozen=True)
class NamedComic:
    """The parts found in a name. Missing parts are empty or None."""

    title: str = ""
    series: str = ""
    number: str = ""
    volume: int | None = None
    year: int | None = None


_YEAR = re.compile(
    r"[(\[](?:[^()\[\]]{0,20}\s)?((?:19|20)\d\d)(?:\s?[-–]\s?(?:(?:19|20)?\d\d)?)?[)\]]"
)
_BRACKETS = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\})")
_VOLUME = re.compile(
    r"(?:^|(?<=[\s,.-]))(?:v|vol|volume|tome|band)\.?\s?(\d{1,4})(?![\d.]*\w)|第\s?(\d{1,4})\s?巻",
    re.IGNORECASE,
)
_MARKED_NUMBER = re.compile(
    r"#\s?(-?\d{1,5}(?:\.\d{1,3})?[a-z]{0,3})(?!\w)"
    r"|(?:^|(?<=[\s,.-]))(?:c|ch|chap|chapter|issue|episode|ep|no|nr)\.?\s?(\d{1,5}(?:\.\d{1,3})?)(?!\w)"
    r"|第\s?(\d{1,5})\s?話",
    re.IGNORECASE,
)
_BARE_NUMBER = re.compile(r"(?<=\s)(?!(?:19|20)\d\d(?!\d))(\d{1,4}(?:\.\d{1,3})?)(?=$|\s+[-–—]\s)")
_LEADING_NUMBER = re.compile(r"^(\d{1,4}(?:\.\d{1,3})?)(?:\s+[-–—]\s+|\.\s+|$)")
_EDGES = " -–—,.:_"


def parse_name(name: str, *, in_series: bool) -> NamedComic:
    """Parse the name of a comic's file or folder; ``in_series`` if it is in a folder of comics.

    Text in brackets is ignored except a year. A number is marked (``#3``, ``ch. 3``, ``第3話``), or
    it is at the end or before “ - Title”.
    """
    text = _spaced(_stem(name))
    year = _YEAR.search(text)
    plain = _without_brackets(text)
    plain, volume = _cut(_VOLUME, plain)
    marked = _MARKED_NUMBER.search(plain) or _BARE_NUMBER.search(plain)
    if marked is None and in_series:
        marked = _LEADING_NUMBER.search(plain)
    number = next((group for group in marked.groups() if group), "") if marked else ""
    before = plain[: marked.start()].strip(_EDGES) if marked else plain.strip(_EDGES)
    after = plain[marked.end() :].strip(_EDGES) if marked else ""
    year_number = int(year.group(1)) if year else None
    if not in_series and not before:
        # A number without a series before it is the title.
        return NamedComic(title=_without_brackets(text), year=year_number)
    has_place = bool(number) or volume is not None
    return NamedComic(
        title=after if has_place else before or text,
        series=before if has_place else "",
        number=_without_zeros(number),
        volume=volume,
        year=year_number,
    )


def parse_folder(folders: Sequence[str]) -> tuple[str, int | None]:
    """Return the series named by the folders, and the volume if the last folder names only that.

    ``Series/Vol. 2`` is volume 2 of “Series”.
    """
    last = _without_brackets(_spaced(folders[-1]))
    rest, volume = _cut(_VOLUME, last)
    if volume is not None and not rest.strip(_EDGES) and len(folders) > 1:
        return parse_folder(folders[:-1])[0], volume
    return last.strip(_EDGES) or folders[-1], None


def _stem(name: str) -> str:
    suffix = PurePosixPath(name).suffix
    return name.removesuffix(suffix) if suffix.lower() in NESTED_EXTENSIONS else name


def _spaced(text: str) -> str:
    if " " not in text:
        text = text.replace("_", " ")
    return " ".join(text.split())


def _without_brackets(text: str) -> str:
    plain = _BRACKETS.sub("", text).strip()
    return plain or text


def _cut(pattern: re.Pattern[str], text: str) -> tuple[str, int | None]:
    """Return the text without the first match of the pattern, and the number in the match."""
    found = pattern.search(text)
    if found is None:
        return text, None
    value = next(group for group in found.groups() if group)
    return " ".join(f"{text[: found.start()]} {text[found.end() :]}".split()), int(value)


def _without_zeros(number: str) -> str:
    sign, digits = ("-", number[1:]) if number.startswith("-") else ("", number)
    whole, dot, rest = digits.partition(".")
    return f"{sign}{whole.lstrip('0') or '0'}{dot}{rest}" if number else ""

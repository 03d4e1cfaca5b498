"""A user's own pattern for the names of files, such as ``{series} {number:3} - {title}``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .comic_names import cut_text, padded
from .errors import InvalidRequest

# What a pattern can name; the value is an example for the preview.
FIELDS = {
    "series": "The Lamp",
    "volume": "2",
    "number": "7",
    "title": "A Light at Sea",
    "year": "2014",
    "publisher": "Harbour Press",
    "quality": "1080p",
    "device": "Kobo Sage",
}
NUMBERS = frozenset({"volume", "number"})
MAX_LENGTH = 200
# A field, or brackets with fields in them.
_PART = re.compile(r"\{(?P<name>[a-z]+)(?::(?P<digits>[1-9]))?\}|[(\[][^()\[\]]*[)\]]")
_FORBIDDEN = frozenset('<>:"/\\|?*')
_SEPARATORS = " -–_.,"


@dataclass(frozen=True)
class _Field:
    """A value, filled up with zeros to ``digits``."""

    name: str
    digits: int

    def filled(self, values: Mapping[str, str]) -> str:
        value = values.get(self.name, "")
        return padded(value, self.digits) if value and self.digits else value


@dataclass(frozen=True)
class _Brackets:
    """Brackets around a pattern; nothing is left of them if no field in them has a value."""

    opening: str
    inside: FilenamePattern
    closing: str

    def filled(self, values: Mapping[str, str]) -> str:
        text = self.inside.filled(values)
        return f"{self.opening}{text}{self.closing}" if text else ""


@dataclass(frozen=True)
class FilenamePattern:
    """A checked pattern: parts with the text before each, and the text behind the last one."""

    parts: tuple[tuple[str, _Field | _Brackets], ...]
    behind: str

    def stem(self, values: Mapping[str, str], max_bytes: int) -> str:
        """Return the name of a file without its extension, of at most this many bytes of UTF-8.

        A field without a value goes with the text before it and with the brackets around it. A long
        title is cut first and then a long series, so that the number stays.
        """
        values = dict(values)
        for name in ("title", "series"):
            excess = len(self.filled(values).encode()) - max_bytes
            if excess > 0:
                value = values.get(name, "")
                values[name] = cut_text(value, len(value.encode()) - excess)
        return cut_text(self.filled(values), max_bytes)

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the pattern with these values; nothing if all of its fields are empty."""
        text = ""
        for before, part in self.parts:
            if shown := part.filled(values):
                text += (before if text else before.lstrip(_SEPARATORS)) + shown
        return f"{text}{self.behind}".strip() if text else ""

    @property
    def fields(self) -> frozenset[str]:
        """Return the names of all fields."""
        names: set[str] = set()
        for _, part in self.parts:
            names |= {part.name} if isinstance(part, _Field) else part.inside.fields
        return frozenset(names)


def parse_pattern(text: str) -> FilenamePattern:
    """Return the pattern.

    Raises:
        InvalidRequest: The pattern cannot be used; the message says what is wrong with it.
    """
    if len(text) > MAX_LENGTH:
        raise InvalidRequest(f"A pattern has at most {MAX_LENGTH} characters.")
    pattern = _parsed(text)
    if not {"series", "title"} & pattern.fields:
        raise InvalidRequest("A pattern needs {series} or {title}.")
    return pattern


def example_filename(text: str) -> str:
    """Return the name that a file would get by the pattern; by the usual rules if it is empty.

    Raises:
        InvalidRequest: The pattern cannot be used.
    """
    if not text.strip():
        return "The Lamp v02 #007 - A Light at Sea.cbz"
    return f"{parse_pattern(text).stem(FIELDS, MAX_LENGTH)}.cbz"


def _parsed(text: str) -> FilenamePattern:
    parts: list[tuple[str, _Field | _Brackets]] = []
    position = 0
    for found in _PART.finditer(text):
        if found["name"] is None and "{" not in found[0]:
            continue  # Brackets without a field are plain text.
        before = _checked_text(text[position : found.start()])
        parts.append((before, _field(found) if found["name"] else _brackets(found[0])))
        position = found.end()
    return FilenamePattern(tuple(parts), _checked_text(text[position:]))


def _field(found: re.Match[str]) -> _Field:
    name, digits = found["name"], found["digits"]
    if name not in FIELDS:
        raise InvalidRequest(f"{{{name}}} is not known. Use {_listed()}.")
    if digits and name not in NUMBERS:
        raise InvalidRequest(f"Only {{number}} and {{volume}} have digits; {{{name}}} has none.")
    return _Field(name, int(digits or 0))


def _brackets(text: str) -> _Brackets:
    return _Brackets(text[0], _parsed(text[1:-1]), text[-1])


def _checked_text(text: str) -> str:
    if "{" in text or "}" in text:
        raise InvalidRequest(f"Write fields as {_listed()}, or with digits as {{number:3}}.")
    if forbidden := sorted(_FORBIDDEN & set(text)):
        raise InvalidRequest(f"File names cannot have {' '.join(forbidden)} in them.")
    return text


def _listed() -> str:
    return ", ".join(f"{{{name}}}" for name in FIELDS)

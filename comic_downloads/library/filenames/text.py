"""Bring a name into the form that the other modules read: blanks, ASCII digits, brackets cut."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from ..sources.names import archive_extension

# Stands in a text where brackets were cut out: nothing reaches across it.
BREAK = "\x1f"
EDGES = " -–—,.:;_\x1f"

_OPENING = "([{【（［｛《"
_CLOSING = ")]}】）］｝》"
_WIDE = {**{ord(wide): "#" for wide in "＃﹟"}, ord("\u3000"): " ", ord("．"): "."}
_BEFORE_NUMBER = re.compile(r"(?<=[^\d\s#-])-(?=-?[#\d])", re.ASCII)
_UNUSUAL = re.compile(r"[^ -^`-~]")
_DOT = re.compile(r"\.(?!\d(?!\d))|(?<!\d)\.", re.ASCII)


@dataclass(frozen=True)
class Bracket:
    """What stands in brackets, and where they were cut out of the text."""

    text: str
    position: int


@dataclass(frozen=True)
class NameText:
    """A name in normal form: its text with breaks in place of brackets, and what was in these."""

    plain: str
    brackets: tuple[Bracket, ...] = ()


def read_text(name: str) -> NameText:
    """Return the name of a file or folder, without the extension of an archive."""
    return _cut_brackets(_separated(_normal(_stem(name))))


def without_breaks(text: str) -> str:
    """Return the text with single blanks, without breaks, and without punctuation at its ends."""
    return trimmed(" ".join(text.replace(BREAK, " ").split()))


def trimmed(text: str) -> str:
    """Return the text without separators at its ends, but with the dots of “A.C.R.O.S.” and “…”."""
    text = text.lstrip(EDGES)
    bare = text.rstrip(EDGES)
    tail = text[len(bare) :]
    if bare and tail.startswith("..."):
        return f"{bare}..."
    is_acronym = tail.startswith(".") and "." in bare.rpartition(" ")[2]
    return f"{bare}." if is_acronym else bare


def spaced(name: str) -> str:
    """Return the name in NFC with single blanks; underscores are blanks."""
    return " ".join(_normal(name).split())


def _stem(name: str) -> str:
    return name.removesuffix(archive_extension(name))


def _normal(name: str) -> str:
    text = unicodedata.normalize("NFC", name).translate(_WIDE)
    return _UNUSUAL.sub(lambda found: _plain_character(found.group()), text)


def _plain_character(c: str) -> str:
    if c == "_" or unicodedata.category(c) in {"Cc", "Zs", "Zl", "Zp"}:
        return " "
    return str(unicodedata.decimal(c)) if c.isdecimal() else c


def _separated(text: str) -> str:
    """Put blanks where dots or hyphens separate the words of a name that has no blanks."""
    text = " ".join(text.split())
    if " " in text:
        return text
    parts = text.split(".")
    if len(parts) > 2 and any(len(part) > 2 and part.isalpha() for part in parts):
        text = _DOT.sub(" ", text)
    return _BEFORE_NUMBER.sub(" ", text)


def _cut_brackets(text: str) -> NameText:
    """Cut out brackets, innermost first. An unclosed one reaches to the end."""
    plain: list[str] = []
    brackets: list[Bracket] = []
    content: list[str] = []
    depth = length = 0
    for c in f"{text}{_CLOSING[0]}":
        if c not in _OPENING and c not in _CLOSING:
            (content if depth else plain).append(c)
            length += not depth
            continue
        if depth:
            brackets.append(Bracket("".join(content).strip(), length))
            content.clear()
        elif not plain or plain[-1] != BREAK:
            plain.append(BREAK)
            length += 1
        depth = depth + 1 if c in _OPENING else max(0, depth - 1)
    while plain and plain[-1] in " \x1f":
        plain.pop()
    return NameText("".join(plain), tuple(one for one in brackets if one.text))

"""Find marked places in a name: “v02”, “#3-5”, “ch. 12.5”, “第3話”, “2 of 5”."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .words import (
    AFTER_NUMBER,
    BEFORE_NUMBER,
    LETTERS,
    NUMERALS,
    OF_WORDS,
    SPECIAL_CODES,
    Kind,
)

_KANJI = {c: value for value, c in enumerate("〇一二三四五六七八九")}
_NUMERAL_KINDS = {Kind.VOLUME, Kind.BOOK, Kind.CHAPTER, Kind.ISSUE, Kind.PART}
_HALVES = {"½": "5", "¼": "25", "¾": "75"}


@dataclass(frozen=True)
class Mark:
    """A place in a series, and where in the text it stands.

    ``value`` has no leading zeros. ``last`` is the end of a range, or empty.
    """

    kind: Kind
    start: int
    end: int
    value: str
    last: str = ""
    is_padded: bool = False
    word: str = ""

    @property
    def shown(self) -> str:
        """The value, or the range as “1-3”."""
        return f"{self.value}-{self.last}" if self.last else self.value


def _any_of(words: Iterable[str]) -> str:
    """Return a pattern for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))


_BEFORE = {word: kind for kind, words in BEFORE_NUMBER.items() for word in words}
_AFTER = {word: kind for kind, words in AFTER_NUMBER.items() for word in words}
_ASIAN_AFTER = [word for word in _AFTER if ord(word[0]) > 0x2E00]
_SPACED_AFTER = [word for word in _AFTER if ord(word[0]) <= 0x2E00]

_DECIMAL = r"[0-9]{1,7}(?:\.[0-9]{1,8}){0,3}"
_VALUE = rf"(?:{_DECIMAL}(?:,[0-9](?![0-9,]|\s,))?[½¼¾]?|[½¼¾])"
_NOT_IN_WORD = r"(?<![^\W\d_])"
_END = r"(?![A-Za-z0-9])"
_DASH = "[-–—~〜～]"

# “010v2” is a new release of 10, and “006x1” an extra of 6.
_PREFIXED = re.compile(
    rf"""
    (?:
        (?:{_NOT_IN_WORD}|(?=[巻卷시]))(?P<word>{_any_of(_BEFORE)})
        (?:(?<=\#)\ ?(?P<sign>-)|[.:]?[ -]?\#?)
      | (?<![^\W_])(?!c2c)(?P<letter>[vtтcs])(?:\.\ ?)?
      | (?<=[0-9])(?P<chained>[ce])(?=[0-9]{{2}})
      | (?<![^\W\d_])(?P<blank>v)\ (?=[1-9][0-9]?(?![\w.]))
    )
    (?P<value>(?:(?<=\#)[A-Z]{{1,2}})?{_VALUE}|(?<=[. ])(?:{_any_of(NUMERALS)})(?![^\W_]))
    (?:(?P<suffix>\.[A-Z]{{2,6}}|(?!v[0-9])[a-z]{{1,4}}){_END})?
    (?:[vx][0-9]{{1,2}})?
    (?:
        (?:
            {_DASH}
          | \ ?{_DASH}\ ?(?P=word)\.?\ ?
          | \ ?{_DASH}\ ?(?P=letter)
          | \ ?(?:[&+]|to\b|bis\b|à\b)\ ?(?:(?P=word)\.?\ ?|(?P=letter))?
        )
        (?P<last>{_DECIMAL})(?:[a-z]|v[0-9])?(?:x[0-9])?
    )?
    (?:{_END}|(?=[ce][0-9]{{2}}))
    """,
    re.IGNORECASE | re.VERBOSE,
)
_POSTFIXED = re.compile(
    rf"""
    (?P<lead>[第제全]\ ?)?
    (?<![\d.])(?P<value>{_DECIMAL}|(?<=第)[{"".join(_KANJI)}十百]{{1,5}})
    (?:\ ?{_DASH}\ ?(?P<last>{_DECIMAL}))?
    (?:
        \ ?(?P<asian>{_any_of(_ASIAN_AFTER)})(?(lead)|(?![^\W\d_]))
      | \ (?P<spaced>{_any_of(_SPACED_AFTER)})
        (?![^\W_]|[ .:]{{0,2}}[0-9]{{1,7}}(?![0-9]|\ (?:{_any_of(_SPACED_AFTER)})))
    )
    """,
    re.IGNORECASE | re.VERBOSE,
)
_COUNTED = re.compile(
    rf"(?<![\w.#])#?(?P<value>[0-9]{{1,4}}(?:\.[0-9])?)"
    rf" ?(?:{_any_of(OF_WORDS)}) ?#?[0-9]{{1,4}}(?![\w.])",
    re.IGNORECASE,
)
_SPECIAL = re.compile(
    rf"(?<![^\W_])(?P<word>{_any_of(SPECIAL_CODES)})\ ?(?P<value>[0-9]{{1,3}})(?!\w)",
    re.IGNORECASE,
)


def find_marks(text: str) -> list[Mark]:
    """Return the marked places in the order of the text, without overlaps."""
    found = [*_counted(text), *_specials(text), *_postfixed(text), *_prefixed(text)]
    taken = -1
    marks = []
    for mark in sorted(found, key=lambda mark: (mark.start, -mark.end)):
        if mark.start >= taken:
            marks.append(mark)
            taken = mark.end
    return marks


def plain_number(text: str) -> str:
    """Return the number without leading zeros, with a dot in it, and halves as decimals."""
    text = text.replace(",", ".")
    if text[-1:] in _HALVES:
        text = f"{text[:-1] or '0'}.{_HALVES[text[-1]]}"
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    whole, dot, rest = digits.partition(".")
    if dot and rest.isdecimal():
        rest = rest.rstrip("0")
        dot = dot if rest else ""
    whole = (whole.lstrip("0") or "0") if whole.isdecimal() else _without_zeros(whole)
    return f"{sign}{whole}{dot}{rest}"


def _without_zeros(text: str) -> str:
    """Return “3a” of “003a”, “0a” of “00a”, and any other text as it is."""
    bare = text.lstrip("0")
    return bare if bare == text or bare[:1].isdecimal() else f"0{bare}"


def _prefixed(text: str) -> Iterator[Mark]:
    for found in _PREFIXED.finditer(text):
        word = (found["word"] or found["letter"] or found["chained"] or found["blank"]).lower()
        kind = _BEFORE[word] if found["word"] else LETTERS[word]
        if word == "s" and not _is_season(found):
            continue
        numeral = NUMERALS.get(found["value"].lower())
        if numeral:
            if kind in _NUMERAL_KINDS:
                yield _mark(kind, found, str(numeral), word)
            continue
        suffix = found["suffix"] or ""
        keeps = kind is Kind.ISSUE or (len(suffix) == 1 and kind is not Kind.VOLUME)
        value = f"{found['sign'] or ''}{found['value']}{suffix if keeps else ''}"
        yield _mark(kind, found, value, word)


def _is_season(found: re.Match[str]) -> bool:
    """Return whether “S01” has two digits; “S2” is more often part of a title."""
    return len(found["value"]) == 2 and found.end() - found.start() == 3


def _postfixed(text: str) -> Iterator[Mark]:
    for found in _POSTFIXED.finditer(text):
        word = (found["asian"] or found["spaced"]).lower()
        value = found["value"]
        is_arabic = value[0].isdecimal()
        if (found["lead"] or "").startswith("全"):  # All volumes up to this one.
            yield Mark(_AFTER[word], found.start(), found.end(), "1", range_end("1", value))
            continue
        yield _mark(_AFTER[word], found, value if is_arabic else _from_kanji(value), word)


def _counted(text: str) -> Iterator[Mark]:
    for found in _COUNTED.finditer(text):
        if not re.match(r" ?covers?\b", text[found.end() : found.end() + 8], re.IGNORECASE):
            kind = Kind.ISSUE if found.group().startswith("#") else Kind.CHAPTER
            yield _mark(kind, found, found["value"], "of")


def _specials(text: str) -> Iterator[Mark]:
    for found in _SPECIAL.finditer(text):
        yield _mark(Kind.SPECIAL, found, found["value"], found["word"].lower())


def _mark(kind: Kind, found: re.Match[str], value: str, word: str) -> Mark:
    first = plain_number(value)
    last = found.groupdict().get("last") or ""
    is_padded = value[:1] == "0" and value[1:2].isdecimal()
    return Mark(
        kind,
        found.start(),
        found.end(),
        first,
        range_end(first, last),
        is_padded,
        word,
    )


def range_end(first: str, last: str) -> str:
    """Return the end of a range, or an empty text if it is not above its start: “252-005”."""
    try:
        is_range = float(last) > float(first)
    except ValueError:
        return ""
    return plain_number(last) if is_range else ""


def _from_kanji(text: str) -> str:
    """Return the number that is written in Chinese characters, below 1,000: “二十三” is 23."""
    total = digit = 0
    for c in text:
        if c in _KANJI:
            digit = digit * 10 + _KANJI[c]
        else:
            total += (digit or 1) * (10 if c == "十" else 100)
            digit = 0
    return str(total + digit)

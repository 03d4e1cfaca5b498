"""Decode the names of an archive that does not say how they are encoded.

Programs write the code page of their own Windows, or UTF-8. All names of an archive come from one
program, so they are decoded alike, with the encoding in which they look most like words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_FALLBACK = "cp437"
# So many bytes of the names decide; more would take longer and hardly change the result.
_MAX_BYTES = 10_000
_LATIN_WORD = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class _Script:
    """How likely the characters of a double-byte encoding are in a name.

    Attributes:
        ranges: First and last code of a range, and its points for each character.
        second_byte: The lowest second byte within the ranges.
        frequent: Characters that are in many names of comics, or in many words.
    """

    ranges: tuple[tuple[int, int, int], ...]
    second_byte: int
    frequent: str


_FREQUENT, _RARE, _UNDECODABLE, _BESIDE_LETTER = 2, -2, -4, -2
_UTF8_CHARACTER, _LATIN, _LATIN_WITHIN_WORD, _SYMBOL = 3, 1, 3, -2
_SCRIPTS = {
    # JIS X 0208: punctuation, digits and letters, hiragana, katakana, kanji of level 1 and 2.
    "cp932": _Script(
        (
            *((0x8140, 0x81AC, 1), (0x824F, 0x829A, 1), (0x829F, 0x82F1, 3)),
            *((0x8340, 0x8396, 3), (0x889F, 0x9872, 2), (0x989F, 0xEAA4, 0)),
        ),
        0x40,
        "第巻話章回編集号版表紙裏扉目次絵頁奥付上中下前後完全新漫画人大一日本年",
    ),
    # KS X 1001: punctuation, letters, hangul, hanja.
    "cp949": _Script(
        ((0xA1A1, 0xA1FE, 1), (0xA3A1, 0xA3FE, 1), (0xB0A1, 0xC8FE, 2), (0xCAA1, 0xFDFE, -1)),
        0xA1,
        "제화권장회편부호표지목차속상중하전후완신만외판이다가는의에은도로고리사나아대수인자기",
    ),
    # GB 2312: punctuation, letters, kana, hanzi of level 1 and 2.
    "gbk": _Script(
        (
            *((0xA1A1, 0xA1FE, 1), (0xA3A1, 0xA3FE, 1), (0xA4A1, 0xA5F6, 1)),
            *((0xB0A1, 0xD7F9, 2), (0xD8A1, 0xF7FE, 0)),
        ),
        0xA1,
        "第卷话回章页册集部封面底目录扉彩插图漫画上中下前后完新番外版的之一人大有我不子王天",
    ),
    # Big5: punctuation, letters, hanzi of level 1 and 2.
    "cp950": _Script(
        ((0xA140, 0xA1FE, 1), (0xA240, 0xA343, 1), (0xA440, 0xC67E, 2), (0xC940, 0xF9D5, 0)),
        0x40,
        "第卷話回章頁冊集部封面底目錄扉彩插圖漫畫上中下前後完新番外版的之一人大有我不子王天",
    ),
}


def decoded_alike(names: Sequence[bytes]) -> list[str]:
    """Return the names as text, all of them decoded in the most likely encoding."""
    encoding = _likely_encoding(names)
    return [_decoded(name, encoding) for name in names]


def _decoded(name: bytes, encoding: str) -> str:
    text = _strictly_decoded(name, encoding)
    if text is not None and encoding != _FALLBACK:
        return text
    return name.decode(_FALLBACK).replace("\xa0", " ")


def _strictly_decoded(name: bytes, encoding: str) -> str | None:
    """Return the text, or None if a byte has no meaning, or none that others would understand."""
    try:
        text = name.decode(encoding)
    except UnicodeDecodeError:
        return None
    return None if any(unicodedata.category(character) == "Co" for character in text) else text


def _likely_encoding(names: Iterable[bytes]) -> str:
    """Return the encoding in which the parts of all names have the most points."""
    parts = _sample(names)
    scores = {"utf-8": sum(map(_utf8_points, parts))}
    for encoding, script in _SCRIPTS.items():
        scores[encoding] = sum(_script_points(part, encoding, script) for part in parts)
    scores[_FALLBACK] = sum(map(_latin_points, parts))
    best = max(scores.values())
    return _FALLBACK if scores[_FALLBACK] == best else max(scores, key=lambda name: scores[name])


def _sample(names: Iterable[bytes]) -> list[bytes]:
    """Return different parts of the paths, up to _MAX_BYTES.

    A slash is never the second byte of a character; a backslash may be one.
    """
    parts: dict[bytes, None] = {}
    left = _MAX_BYTES
    for name in names:
        for part in name.split(b"/"):
            if left > 0 and not part.isascii() and part not in parts:
                parts[part] = None
                left -= len(part)
    return list(parts)


def _utf8_points(part: bytes) -> int:
    text = _strictly_decoded(part, "utf-8")
    if text is None:
        return _UNDECODABLE * _high_bytes(part)
    return sum(_utf8_character_points(character) for character in text if not character.isascii())


def _utf8_character_points(character: str) -> int:
    """Return points for a character; two bytes of another encoding are often valid by chance."""
    if character > "\u07ff":
        return 2 * _UTF8_CHARACTER
    is_usual = "\xa0" < character < "\u0460" or "\u0590" <= character <= "\u06ff"
    return _UTF8_CHARACTER if is_usual and unicodedata.category(character)[0] in "LM" else _RARE


def _script_points(part: bytes, encoding: str, script: _Script) -> int:
    text = _strictly_decoded(part, encoding)
    if text is None:
        return _UNDECODABLE * _high_bytes(part)
    points = 0
    for before, character, after in zip(f" {text}", text, f"{text[1:]} ", strict=False):
        if character.isascii():
            continue
        code = character.encode(encoding)
        points += _range_points(int.from_bytes(code, "big"), script)
        points += _FREQUENT if character in script.frequent else 0
        # Within an European word, the letter behind an accented one looks like a second byte.
        if code[-1] < 0x80 and before.isascii() and after.isascii():
            points += _BESIDE_LETTER * (before.isalpha() + after.isalpha())
    return points


def _range_points(code: int, script: _Script) -> int:
    if code & 0xFF < script.second_byte:
        return _RARE
    return next((points for first, last, points in script.ranges if first <= code <= last), _RARE)


def _latin_points(part: bytes) -> int:
    text = part.decode(_FALLBACK)
    points = sum(
        _SYMBOL
        for before, character in zip(f" {text}", text, strict=False)
        if (not character.isascii() and not unicodedata.name(character, "").startswith("LATIN"))
        or (character == "\\" and not before.isascii())
    )
    return points + sum(map(_word_points, _LATIN_WORD.findall(text)))


def _word_points(word: str) -> int:
    """Return points for the accented letters: more if there are few, and the case is regular."""
    accented = sum(
        unicodedata.name(letter, "").startswith("LATIN") for letter in word if letter > "\x7f"
    )
    is_regular = word[1:].islower() or word.isupper() or len(word) == 1
    return accented * (_LATIN_WITHIN_WORD if is_regular and accented * 3 <= len(word) else _LATIN)


def _high_bytes(part: bytes) -> int:
    return sum(byte > 0x7F for byte in part)

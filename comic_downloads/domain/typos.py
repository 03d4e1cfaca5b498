"""Words of titles and names, and which of them a mistyped word may be."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .text_keys import search_key

# Shorter words are like too many others.
_WORD = re.compile(r"[^\W\d_]{4,30}")
_MAX_WORDS = 100


def words_of(text: str) -> list[str]:
    """Return the words of a text that typos are found of, without case and accents."""
    return _WORD.findall(search_key(text))[:_MAX_WORDS]


def variants(word: str) -> set[str]:
    """Return the word, and what is left of it without one of its letters.

    Two words with a variant in common differ by one typo, or by two.
    """
    return {word, *(word[:index] + word[index + 1 :] for index in range(len(word)))}


def likeliest(typed: str, words: Iterable[str]) -> str:
    """Return the word that takes the fewest typos; empty if there is none within two."""
    near = [(distance, word) for word in words if (distance := typos(typed, word)) <= 2]
    return min(near)[1] if near else ""


def typos(typed: str, word: str) -> int:
    """Return how many letters were left out, added, replaced, or exchanged with the next one."""
    before: list[int] = []
    row = list(range(len(word) + 1))
    for number, letter in enumerate(typed, start=1):
        older, before, row = before, row, [number]
        for place, other in enumerate(word, start=1):
            cost = min(row[-1] + 1, before[place] + 1, before[place - 1] + (letter != other))
            is_exchanged = number > 1 and place > 1 and letter == word[place - 2]
            if is_exchanged and typed[number - 2] == other:
                cost = min(cost, older[place - 2] + 1)
            row.append(cost)
    return row[-1]

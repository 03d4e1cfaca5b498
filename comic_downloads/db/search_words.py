"""Statements about the words of the library: names to suggest, and words for mistyped ones.

Words and names stay when their last comic goes; they lead to no comic then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from ..domain.text_keys import search_key
from ..domain.typos import likeliest, variants, words_of
from .session import insert_all_absent
from .tables import PersonName, WordVariant

# A first word is no help if it begins more names.
_MAX_NAMES = 500
_LAST_CHARACTER = "\U0010ffff"


def remember(session: Session, texts: Iterable[str], people: Iterable[str]) -> None:
    """Keep the words of these texts and names, and the names."""
    names = dict.fromkeys(people)
    words = sorted({word for text in (*texts, *names) for word in words_of(text)})
    itself = col(WordVariant.word) == col(WordVariant.variant)
    known = set(
        session.scalars(
            select(col(WordVariant.word)).where(col(WordVariant.variant).in_(words), itself)
        )
    )
    new = [word for word in words if word not in known]
    insert_all_absent(
        session,
        [WordVariant(variant=one, word=word) for word in new for one in sorted(variants(word))],
    )
    parts = sorted({(part, name) for name in names for part in search_key(name).split()})
    insert_all_absent(session, [PersonName(part=part[:100], name=name) for part, name in parts])


def corrected(session: Session, typed: str) -> str:
    """Return the text with words of the library in place of unknown ones; empty if none differs."""
    better = [_word_for(session, word) for word in search_key(typed).split()]
    text = " ".join(better)
    return text if text != search_key(typed) else ""


def _word_for(session: Session, typed: str) -> str:
    if words_of(typed) != [typed]:
        return typed
    begun = select(col(WordVariant.word)).where(
        col(WordVariant.word) == col(WordVariant.variant), *_begins(WordVariant.variant, typed)
    )
    if session.connection().execute(begun.limit(1)).first() is not None:
        return typed
    near = select(col(WordVariant.word)).where(
        col(WordVariant.variant).in_(sorted(variants(typed)))
    )
    return likeliest(typed, set(session.scalars(near.limit(_MAX_NAMES)))) or typed


def people_named(session: Session, typed: str, limit: int) -> list[str]:
    """Return names of which every typed word begins a part."""
    words = sorted(search_key(typed).split(), key=len, reverse=True)
    if not words:
        return []
    begun = select(col(PersonName.name)).where(*_begins(PersonName.part, words[0]))
    names = dict.fromkeys(session.scalars(begun.limit(_MAX_NAMES)))
    return [name for name in names if _has_all(name, words)][:limit]


def _has_all(name: str, words: Sequence[str]) -> bool:
    parts = search_key(name).split()
    return all(any(part.startswith(word) for part in parts) for word in words)


def _begins(column: str, start: str) -> tuple:
    return col(column) >= start, col(column) < f"{start}{_LAST_CHARACTER}"

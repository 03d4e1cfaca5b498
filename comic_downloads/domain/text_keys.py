"""Keys for searching and sorting titles, independent of any database collation."""

from __future__ import annotations

import re
import unicodedata

_NUMBER_WIDTH = 10
_DIGITS = re.compile(r"[0-9]+")
# A character with the marks that stand on it.
_CLUSTER = re.compile("[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+")
# Horn, hook above and dot below.
_VIETNAMESE_MARKS = "\u031b\u0309\u0323"
_SAME_LETTERS = {"<wide>", "<narrow>", "<compat>", "<noBreak>"}
_TYPOGRAPHIC = {
    **dict.fromkeys("\u2018\u2019\u201b\u02bc\u00b4\u0060", "'"),
    **dict.fromkeys("\u201c\u201d\u201f\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212", "-"),
}


def search_key(text: str) -> str:
    """Return the text without case, accents and surplus blanks: “Café  MÉTRO” is “cafe metro”."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(c for c in folded if not unicodedata.combining(c)).casefold().split())


def sort_key(text: str) -> str:
    """Return a key that sorts as people do: without case and accents, and 2 before 10."""
    return _DIGITS.sub(
        lambda digits: digits.group().lstrip("0").zfill(_NUMBER_WIDTH), search_key(text)
    )


def name_key(name: str) -> str:
    """Return a key that is equal for names that differ only in case, width or blanks."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def title_identity(title: str) -> str:
    """Return a key that is equal for spellings of one title, and for nothing else.

    Case, width, surplus blanks and the shape of quotes and dashes do not count, nor the accents of
    Latin and Greek letters: “Pokémon” is “Pokemon”. All other marks do, because they make other
    letters: “はは” and “ばば”, “Мой” and “Мои”, the tones of Thai and Vietnamese, “Part ²”.
    """
    text = "".join(_usual_form(c) for c in unicodedata.normalize("NFC", title.casefold()))
    clusters = _CLUSTER.findall(unicodedata.normalize("NFD", text.casefold()))
    if not any(_is_vietnamese(cluster) for cluster in clusters):
        clusters = [cluster[0] if _has_accent(cluster) else cluster for cluster in clusters]
    return " ".join(unicodedata.normalize("NFC", "".join(clusters)).split()) or title


def _usual_form(c: str) -> str:
    """Return the usual form of wide, narrow and joined characters, of quotes and of dashes."""
    if c in _TYPOGRAPHIC:
        return _TYPOGRAPHIC[c]
    kind = unicodedata.decomposition(c).partition(" ")[0]
    return unicodedata.normalize("NFKC", c) if kind in _SAME_LETTERS else c


def _has_accent(cluster: str) -> bool:
    return len(cluster) > 1 and unicodedata.name(cluster[0], "").startswith(("LATIN", "GREEK"))


def _is_vietnamese(cluster: str) -> bool:
    """Return whether a letter has a mark, or two, that European languages do not write."""
    marks = cluster[1:]
    is_latin = unicodedata.name(cluster[0], "").startswith("LATIN")
    return is_latin and (len(marks) > 1 or any(mark in _VIETNAMESE_MARKS for mark in marks))

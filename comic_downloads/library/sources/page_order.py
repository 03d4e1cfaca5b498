"""Put pages into the order in which they are read: the cover first, the scanners' credits last."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Any

from natsort import natsort_keygen, ns

_natural_key: Callable[[str], Any] = natsort_keygen(alg=ns.IGNORECASE)

# Names of a cover in many languages, without blanks and in lower case.
_COVERS = frozenset(
    {
        *("cover", "frontcover", "coverfront", "front", "folder", "icover", "poster", "thumb"),
        *("thumbnail", "couverture", "premieredecouverture", "portada", "portadilla"),
        *("copertina", "capa", "titelbild", "titelseite", "umschlag", "omslag", "okładka"),
        *("okladka", "обложка", "обкладинка", "kapak", "borító", "borito", "表紙", "表纸", "封面"),
        *("書封", "书封", "표지", "앞표지", "ปก", "bìa"),
    }
)
_CREDITS = frozenset(
    {
        *("credit", "credits", "creditpage", "creditspage", "scancredits", "scannercredits"),
        *("scannerscredits", "scanlationcredits", "scantag", "scannertag", "tag", "scanner"),
        *("scanners", "recruitment", "recruiting"),
    }
)
# Scanners put their page last with a z: “zzz.jpg”, “z_credits.jpg”, “zSoU-Nerd.jpg”.
_LAST_BY_Z = re.compile(r"(?i:z{2,})|z(?=[A-Z_-])")
_MAX_CREDITS = 5  # If more names of a folder look like credits, they are its pages.
_WORD = re.compile(r"[^\W_]+")
_PAGE_NUMBER = re.compile(r"(?:p|pg|page|seite|pagina)?\W*\d+", re.IGNORECASE)
_NOT_FRONT = frozenset(["back", "rear", "inside", "inner", "variant", "alternate", "alt", "virgin"])


class _Rank(IntEnum):
    """The order within a folder."""

    COVER = 0
    FIRST = 1  # “!intro.jpg” is named so to be in front of the digits.
    PAGE = 2
    FOLDER = 3
    CREDITS = 4


def natural_order(names: Iterable[str]) -> list[str]:
    """Sort paths by folder, ``page2`` before ``page10``, ignoring case."""
    return sorted(names, key=_path_key)


def reading_order(names: Iterable[str]) -> list[str]:
    """Sort the pages of a comic as readers expect.

    In each folder come its cover, its pages in natural order, its subfolders, and the credits.
    """
    folders: dict[str, list[str]] = {}
    for name in names:
        folders.setdefault(name.rpartition("/")[0], []).append(name)
    keys: dict[str, Any] = {}
    for folder, files in folders.items():
        above = tuple(map(_folder_key, folder.split("/"))) if folder else ()
        keys |= {name: (*above, place) for name, place in _places(files).items()}
    return sorted(keys, key=lambda name: keys[name])


def _path_key(path: str) -> Any:
    *folders, name = path.split("/")
    above = ((_Rank.FOLDER, _natural_key(part), "", part) for part in folders)
    return (*above, _file_key(name, _Rank.PAGE, _stem(name)))


def _folder_key(name: str) -> Any:
    rank = _Rank.COVER if is_cover(name) else _Rank.FOLDER
    return rank, _natural_key(name), "", name


def _file_key(name: str, rank: _Rank, sorted_as: str) -> Any:
    """Return the key; without the extension, so that “page.jpg” comes before “page 2.jpg”."""
    return rank, _natural_key(sorted_as), name.rpartition(".")[2].lower(), name


def _places(paths: Sequence[str]) -> dict[str, Any]:
    """Return the sort keys of files that are in one folder."""
    names = {path: path.rpartition("/")[2] for path in paths}
    stems = {path: _stem(name) for path, name in names.items()}
    in_order = sorted(stems.values())
    credits = {path for path, stem in stems.items() if _is_credits(stem)}
    if len(credits) > _MAX_CREDITS:
        credits.clear()
    titled = {path: title for path, stem in stems.items() if (title := _title_of_cover(stem))}
    places: dict[str, Any] = {}
    for path, stem in stems.items():
        rank, sorted_as = _rank(stem, is_credits=path in credits), stem
        if path in titled and rank is _Rank.PAGE:
            # “Chapter 2 cover” stands before the pages “Chapter 2 - 01”, not before chapter 1.
            if _begins_others(titled[path], stem, in_order):
                sorted_as = titled[path]
            elif len(titled) == 1 and not _PAGE_NUMBER.fullmatch(titled[path]):
                rank = _Rank.COVER
        places[path] = _file_key(names[path], rank, sorted_as)
    return places


def _title_of_cover(stem: str) -> str:
    """Return what stands before the word for a cover at the end of a name, or an empty string."""
    words = list(_WORD.finditer(stem))
    if len(words) < 2 or words[-1].group().casefold() not in _COVERS:
        return ""
    title = words[:-2] if words[-2].group().casefold() == "front" else words[:-1]
    if not title or title[-1].group().casefold() in _NOT_FRONT:
        return ""
    return stem[: title[-1].end()]


def _begins_others(title: str, stem: str, in_order: Sequence[str]) -> bool:
    """Return whether another of the sorted names begins with the title."""
    first = bisect_left(in_order, title)
    return any(other.startswith(title) and other != stem for other in in_order[first : first + 2])


def _stem(name: str) -> str:
    stem, dot, _ = name.rpartition(".")
    return stem if dot else name


def _rank(stem: str, *, is_credits: bool) -> _Rank:
    if is_cover(stem):
        return _Rank.COVER
    if is_credits:
        return _Rank.CREDITS
    return _Rank.FIRST if stem.startswith("!") else _Rank.PAGE


def is_cover(stem: str) -> bool:
    """Return whether a file of this name, without its extension, is a cover."""
    return _bare(stem) in _COVERS


def _is_credits(stem: str) -> bool:
    return _bare(stem) in _CREDITS or _LAST_BY_Z.match(stem) is not None


def _bare(stem: str) -> str:
    """Return the name without punctuation, blanks and a number or letter at its end."""
    words = _WORD.findall(unicodedata.normalize("NFC", stem).casefold())
    if len(words) > 1 and (words[-1].isdecimal() or words[-1] in "abcdefgh"):
        words.pop()
    return "".join(words).rstrip("0123456789")

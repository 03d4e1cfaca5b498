"""Find series, volume and number in the folders that hold a comic."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .dates import is_year
from .marks import Mark, find_marks
from .series import series_end
from .text import BREAK, read_text, spaced, without_breaks
from .words import ARCS, BRANCH_FOLDERS, CONTAINERS, LANGUAGES, SEASONS, SHELVES, Kind

_LETTERS = re.compile(r"[A-Z0-9]|[A-Z0-9] ?[-–] ?[A-Z0-9]|#")
_TITLE = re.compile(r"[ .:]{0,2}(?:$|[-–—:]|\x1f)")
_NUMBERED = re.compile(
    rf"(?:{'|'.join(sorted(SEASONS))}) ?(?P<season>[0-9]{{1,3}})(?![0-9])"
    rf"|(?:{'|'.join(sorted(ARCS))}) ?[0-9]{{1,3}}(?![0-9])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class FolderPlace:
    """The series of a folder, and the place in it that its sub-folders name.

    ``editions`` are what the folder's brackets and folders of a language say, ``shelf`` are the
    folders above it, and ``branch`` is what a folder such as “Annuals” holds.
    """

    series: str = ""
    volume: str = ""
    number: str = ""
    editions: tuple[str, ...] = ()
    shelf: str = ""
    branch: str = ""


def read_folders(folders: Sequence[str], name: str) -> FolderPlace:
    """Return what the folders, outermost first, say of the comic with this name.

    “Specials”, “English”, “2011” and “Vol. 2” are not series: they sort the comics of the folder
    above them. If all of them are such folders, there is no series.
    """
    volume = number = branch = ""
    languages: tuple[str, ...] = ()
    for depth, folder in reversed(list(enumerate(folders))):
        if _is_container(folder, name, is_outermost=depth == 0):
            languages += _languages([folder])
            branch = branch or BRANCH_FOLDERS.get(spaced(folder).casefold(), "")
            continue
        place = _place_of(folder)
        if place is None:
            above = folders[:depth]
            return FolderPlace(
                _without_issue(folder, name),
                volume,
                number,
                (*folder_editions(folder), *languages, *_languages(above)),
                "/".join(_told_apart_by(above)),
                branch,
            )
        volume, number = volume or place.volume, number or place.number
    return FolderPlace("", volume, number)


def folder_editions(folder: str) -> tuple[str, ...]:
    """Return what stands in the brackets of a folder's name: “2019”, “Color”."""
    return tuple(dict.fromkeys(bracket.text for bracket in read_text(f"{folder} ").brackets))


def _languages(folders: Sequence[str]) -> tuple[str, ...]:
    plain = [spaced(folder) for folder in folders]
    return tuple(folder for folder in plain if folder.casefold() in LANGUAGES)


def _told_apart_by(folders: Sequence[str]) -> list[str]:
    """Return those of the folders that tell series apart, as those of publishers do."""
    plain = [spaced(folder) for folder in folders]
    return [
        folder
        for folder in plain
        if folder.casefold() not in CONTAINERS | SHELVES
        and not is_year(folder)
        and _LETTERS.fullmatch(folder) is None
    ]


def folder_title(folder: str) -> str:
    """Return the name of the folder without brackets."""
    return without_breaks(read_text(f"{folder} ").plain) or spaced(folder) or folder


def _without_issue(folder: str, name: str) -> str:
    """Return the folder's title without “#1-4”, unless its files have it in their series, too."""
    title = folder_title(folder)
    issue = next((mark for mark in find_marks(title) if mark.word == "#"), None)
    if issue is None:
        return title
    file = read_text(name).plain.lstrip(BREAK)
    whole_end = series_end(file, title)
    if whole_end is not None and without_breaks(file[whole_end:]):
        return title
    head = without_breaks(title[: find_marks(title)[0].start])
    return head if head and series_end(file, head) is not None else title


def _is_container(folder: str, name: str, *, is_outermost: bool) -> bool:
    """Return whether the folder sorts comics of many kinds: “Specials”, “English”, “A-F”, “2011”.

    Some of these words are titles, too; the comics of such a series begin with it.
    """
    plain = folder_title(folder)
    is_word = bool(CONTAINERS.intersection((spaced(folder).casefold(), plain.casefold())))
    if not is_word and not is_year(plain) and _LETTERS.fullmatch(plain) is None:
        return False
    return (is_word and not is_outermost) or not _begins_with(name, plain)


def _begins_with(name: str, title: str) -> bool:
    """Return whether the file's name is the title, with nothing but a place behind it."""
    file = read_text(name).plain.lstrip(BREAK)
    end = series_end(file, title)
    if end is None:
        return False
    rest = without_breaks(file[end:])
    return not rest[:1].isalpha() or any(mark.start == 0 for mark in find_marks(rest)[:1])


def _place_of(folder: str) -> FolderPlace | None:
    """Return the place that a folder such as “Vol. 2” or “Chapter 1 - Dawn” names, or None."""
    plain = read_text(f"{folder} ").plain
    numbered = _NUMBERED.match(plain)
    if numbered and _TITLE.match(plain, numbered.end()):
        return FolderPlace(volume=numbered["season"] or "")
    marks = [mark for mark in find_marks(plain) if mark.word not in {"#", "no", "nr"}]
    if not marks or marks[0].start > 0:
        return None
    end = marks[0].end
    following = marks[1:2]
    if following and not plain[end : following[0].start].strip(" ,-"):
        end = following[0].end
    else:
        following = []
    if not _TITLE.match(plain, end):
        return None
    return _combined([marks[0], *following])


def _combined(marks: list[Mark]) -> FolderPlace:
    volumes = [mark.value for mark in marks if mark.kind in {Kind.VOLUME, Kind.BOOK}]
    numbers = [mark.value for mark in marks if mark.kind in {Kind.CHAPTER, Kind.EPISODE}]
    return FolderPlace(volume=volumes[0] if volumes else "", number=numbers[0] if numbers else "")

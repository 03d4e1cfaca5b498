"""Name the files of a library that look like comics but are of a kind that cannot be read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from .names import is_left_out

_REPACK = "Unpack it and pack its pages as a CBZ."
_CONVERT_BOOK = "Convert it to EPUB or CBZ, for example with Calibre."
_REASONS = {
    ".cba .ace": f"It is an ACE archive, which cannot be read. {_REPACK}",
    ".lzh .lha": f"It is an LHA archive, which cannot be read. {_REPACK}",
    ".zipx": f"It is a ZIPX archive, which cannot be read. {_REPACK}",
    ".arj .cab .alz .egg .sit .sitx .tar.zst .tar.z .tzst .wim .iso": (
        f"It is an archive of a kind that cannot be read. {_REPACK}"
    ),
    ".phz": "It is a photo archive, which cannot be read. If it is a ZIP, rename it to .cbz.",
    ".cbw": (
        "It is a list of addresses for ComicRack, not a comic. "
        "Save its pages from ComicRack as a CBZ."
    ),
    ".mobi .azw .azw1 .azw3 .azw4 .prc .kfx .kf8": (
        f"It is a Kindle book, which cannot be read. {_CONVERT_BOOK}"
    ),
    ".fb2 .lit .chm .lrf .pdb .ibooks": (
        f"It is a book of a kind that cannot be read. {_CONVERT_BOOK}"
    ),
    ".djvu .djv": "It is a DjVu document, which cannot be read. Convert it to PDF.",
    ".xps .oxps": "It is an XPS document, which cannot be read. Print it to a PDF.",
}
_REASON_OF = {
    extension: reason for extensions, reason in _REASONS.items() for extension in extensions.split()
}
_ENDINGS = tuple(_REASON_OF)
_SPLIT = "It is part of a split archive. Unpack all parts and pack the pages as one CBZ."
_FIRST_MISSING = "The first part of this split archive is missing. Put all parts into one folder."
# “x.7z.001”, “x.cbz.002”
_NUMBERED_PART = re.compile(r"\.(?:cb[7rzt]|7z|zip|rar|tar|pdf|epub)\.\d{2,3}$", re.IGNORECASE)
# “x.part02.rar” belongs to “x.part01.rar”, “x.r00” to “x.rar”, and “x.z01” to “x.zip”.
_LATER_PART = re.compile(
    r"(?P<base>.*)\.(?:part0*(?P<number>[2-9]|[1-9]\d+)\.(?:rar|cbr)|(?P<old>[rz])\d\d)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class OtherKind:
    """Files of one folder that cannot be read for the same reason, named by the first of them."""

    name: str
    reason: str


def other_kinds(names: Collection[str], archives: Collection[str] = frozenset()) -> list[OtherKind]:
    """Return the files of a folder that look like comics but are none, one of each kind.

    ``archives`` are those of the names that are known to be comics.
    """
    first: dict[str, str] = {}
    counts: dict[str, int] = {}
    for name, reason in _unreadable(names, archives):
        first.setdefault(reason, name)
        counts[reason] = counts.get(reason, 0) + 1
    return [
        OtherKind(first[reason], f"{reason}{_more(count - 1)}") for reason, count in counts.items()
    ]


def _more(count: int) -> str:
    if count == 0:
        return ""
    files = "1 more file" if count == 1 else f"{count} more files"
    return f" {files} in its folder {'is' if count == 1 else 'are'} of this kind."


def _unreadable(names: Collection[str], archives: Collection[str]) -> Iterator[tuple[str, str]]:
    lower = {name.lower() for name in names}
    for name in sorted(name for name in names if name not in archives):
        if is_left_out(name):
            continue
        later = _LATER_PART.fullmatch(name)
        if name.lower().endswith(_ENDINGS):
            yield name, next(_REASON_OF[end] for end in _ENDINGS if name.lower().endswith(end))
        elif _NUMBERED_PART.search(name):
            yield name, _SPLIT
        elif later is not None and lower.isdisjoint(_first_parts(later)):
            yield name, _FIRST_MISSING


def _first_parts(later: re.Match[str]) -> set[str]:
    base = later["base"].lower()
    if later["old"]:
        return {f"{base}.{extension}" for extension in ("rar", "cbr", "zip", "cbz")}
    return {
        f"{base}.part{'0' * zeros}1.{extension}"
        for zeros in range(4)
        for extension in ("rar", "cbr")
    }

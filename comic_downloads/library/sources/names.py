"""Names inside comics: which of them are pages, how they are ordered, and how they can be shown and stored."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath
from typing import Any

from natsort import natsort_keygen, ns

PAGE_EXTENSIONS = frozenset(
    {
        ".jpg",
        ".jpeg",
        ".jpe",
        ".jfif",
        ".png",
        ".webp",
        ".gif",
        ".bmp",
        ".tif",
        ".tiff",
        ".avif",
        ".heic",
        ".heif",
    }
    | {".jp2", ".jxl"}
)
ARCHIVE_EXTENSIONS = frozenset({".cbz", ".zip", ".cbr", ".rar", ".cb7", ".7z", ".pdf", ".epub"})
NESTED_EXTENSIONS = ARCHIVE_EXTENSIONS | {".cbt", ".tar"}
COMIC_INFO = "comicinfo.xml"
MAX_NAME_LENGTH = 400  # ZIP allows 65,535 bytes; file systems stop at 255 for each part
_LATER_PART = re.compile(r"\.part0*(?:[2-9]|[1-9]\d+)\.(?:rar|cbr)$", re.IGNORECASE)
_JUNK_PARTS = frozenset(
    {"__macosx", "@eadir", "$recycle.bin", "lost+found", "system volume information"}
)

_natural_key: Callable[[str], Any] = natsort_keygen(alg=ns.IGNORECASE)


def is_junk(name: str) -> bool:
    """True for what operating systems leave behind: dotfiles, ``__MACOSX`` and the like, at any depth."""
    return any(
        (part.startswith(".") and part not in {".", ".."}) or part.lower() in _JUNK_PARTS
        for part in name.split("/")
    )


def is_page(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in PAGE_EXTENSIONS and not is_junk(name)


def is_archive(name: str) -> bool:
    """True for what is looked at as a comic; of a split RAR archive that is only the first part."""
    return (
        PurePosixPath(name).suffix.lower() in ARCHIVE_EXTENSIONS
        and not is_junk(name)
        and not _LATER_PART.search(name)
    )


def is_nested_archive(name: str) -> bool:
    return PurePosixPath(name).suffix.lower() in NESTED_EXTENSIONS and not is_junk(name)


def is_comic_info(name: str) -> bool:
    return PurePosixPath(name).name.lower() == COMIC_INFO and not is_junk(name)


def comic_info_name(names: Iterable[str]) -> str | None:
    """The ComicInfo.xml that counts: the one nearest to the top."""
    return min(filter(is_comic_info, names), key=lambda name: name.count("/"), default=None)


def reading_order(names: Iterable[str]) -> list[str]:
    """The names as a reader expects them: folder by folder, ``page2`` before ``page10``, whatever the case."""
    return sorted(names, key=_order)


def _order(name: str) -> Any:
    *folders, last = name.split("/")
    stem, dot, extension = last.rpartition(".")
    # the stem apart from the extension, so that “page.jpg” comes before “page 2.jpg”
    return (
        [_natural_key(part) for part in folders],
        _natural_key(stem if dot else last),
        extension.lower(),
        name,
    )


def printable(name: str) -> str:
    """The name as it can be stored and shown: valid Unicode, no control characters, ``/`` between parts, bounded."""
    text = unicodedata.normalize("NFC", name.replace("\\", "/"))
    text = "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text
    )
    return text if len(text) <= MAX_NAME_LENGTH else f"…{text[-MAX_NAME_LENGTH:]}"


def distinct(names: Iterable[str]) -> list[str]:
    """The names in their order, repeated ones with ``_1``, ``_2`` before the extension: an archive may hold two of one name."""
    wanted = list(names)
    own = set(wanted)
    taken: set[str] = set()
    counts: dict[str, int] = {}
    result = []
    for name in wanted:
        candidate = name
        while candidate in taken or (candidate != name and candidate in own):
            counts[name] = counts.get(name, 0) + 1
            suffix = PurePosixPath(name).suffix
            candidate = f"{name.removesuffix(suffix)}_{counts[name]}{suffix}"
        taken.add(candidate)
        result.append(candidate)
    return result

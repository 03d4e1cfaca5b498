"""Names inside comics: tell pages from other files, order them, and make them safe to show."""

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
MAX_NAME_LENGTH = 400  # ZIP allows 65,535 bytes; file systems allow 255 for each part of a path.
_LATER_PART = re.compile(r"\.part0*(?:[2-9]|[1-9]\d+)\.(?:rar|cbr)$", re.IGNORECASE)
_JUNK_PARTS = frozenset(
    {"__macosx", "@eadir", "$recycle.bin", "lost+found", "system volume information"}
)

_natural_key: Callable[[str], Any] = natsort_keygen(alg=ns.IGNORECASE)


def is_junk(name: str) -> bool:
    """Return whether the operating system left the file: dotfiles, ``__MACOSX`` and the like."""
    return any(
        (part.startswith(".") and part not in {".", ".."}) or part.lower() in _JUNK_PARTS
        for part in name.split("/")
    )


def is_page(name: str) -> bool:
    """Return whether the name has an image's extension and is not junk."""
    return PurePosixPath(name).suffix.lower() in PAGE_EXTENSIONS and not is_junk(name)


def is_archive(name: str) -> bool:
    """Return whether the file may be a comic; of a split RAR archive only the first part is."""
    return (
        PurePosixPath(name).suffix.lower() in ARCHIVE_EXTENSIONS
        and not is_junk(name)
        and not _LATER_PART.search(name)
    )


def is_nested_archive(name: str) -> bool:
    """Return whether an entry of an archive is an archive itself."""
    return PurePosixPath(name).suffix.lower() in NESTED_EXTENSIONS and not is_junk(name)


def reading_order(names: Iterable[str]) -> list[str]:
    """Sort names as readers expect: by folder, ``page2`` before ``page10``, ignoring case."""
    return sorted(names, key=_order)


def _order(name: str) -> Any:
    *folders, last = name.split("/")
    stem, dot, extension = last.rpartition(".")
    # The stem is compared without the extension, so that “page.jpg” comes before “page 2.jpg”.
    return (
        [_natural_key(part) for part in folders],
        _natural_key(stem if dot else last),
        extension.lower(),
        name,
    )


def printable(name: str) -> str:
    """Return a name that can be stored and shown.

    It is valid NFC Unicode without control characters, uses ``/`` between its parts, and keeps the
    last MAX_NAME_LENGTH characters.
    """
    text = unicodedata.normalize("NFC", name.replace("\\", "/"))
    text = "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text
    )
    return text if len(text) <= MAX_NAME_LENGTH else f"…{text[-MAX_NAME_LENGTH:]}"


def distinct(names: Iterable[str]) -> list[str]:
    """Return the names in their order, made unique by ``_1``, ``_2`` before the extension.

    An archive may contain several files of one name.
    """
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

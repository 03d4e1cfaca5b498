"""Names of files and in archives: tell comics from junk, and make names safe to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

ARCHIVE_EXTENSIONS = frozenset(
    {
        *(".cbz", ".zip", ".cbr", ".rar", ".cb7", ".7z", ".pdf", ".epub"),
        *(".cbt", ".tar", ".tgz", ".tbz2", ".txz"),
    }
)
_DOUBLE_EXTENSIONS = (".tar.gz", ".tar.bz2", ".tar.xz")
MAX_NAME_LENGTH = 400  # ZIP allows 65,535 bytes; file systems allow 255 for each part of a path.
_LATER_PART = re.compile(r"\.part0*(?:[2-9]|[1-9]\d+)\.(?:rar|cbr)$", re.IGNORECASE)
_JUNK_PARTS = frozenset(
    {"__macosx", "@eadir", "$recycle.bin", "lost+found", "system volume information"}
)


def is_junk(name: str) -> bool:
    """Return whether the operating system left the file: dotfiles, ``__MACOSX`` and the like.

    Two dots begin the name of a cover that is to be the first file (``..cover.jpg``).
    """
    return any(
        (part.startswith(".") and not part.startswith("..") and part != ".")
        or part.lower() in _JUNK_PARTS
        for part in name.split("/")
    )


# Waste bins, snapshots, and folders of NAS systems and sync programs. They are left out of the
# library only: within an archive, any of them may be the name of a chapter.
_SYSTEM_FOLDERS = frozenset(
    {
        *("#recycle", "@recycle", "@recycle.bin", "recycler", "recycled", "_trash", "$recycle"),
        *("#snapshot", "@snapshot", "~snapshot", "@recently-snapshot", "@gmt_snapshots"),
        *("@tmp", "#tmp", "@__thumb", "@sharebin", "@eadir", "@appdata", "@sharesnap"),
        *("network trash folder", "temporary items", "lost.dir", "found.000", "#archive"),
    }
)
# Syncthing keeps the version that lost a conflict beside the other.
_SYNC_CONFLICT = re.compile(r"\.sync-conflict-\d{8}-\d{6}", re.IGNORECASE)


def is_left_out(name: str) -> bool:
    """Return whether a file or folder of the library is left out by its name alone."""
    return (
        is_junk(name) or name.lower() in _SYSTEM_FOLDERS or _SYNC_CONFLICT.search(name) is not None
    )


def archive_extension(name: str) -> str:
    """Return the extension of an archive, as it is written in the name, or an empty string."""
    size = next((len(end) for end in _DOUBLE_EXTENSIONS if name.lower().endswith(end)), 0)
    suffix = name[-size:] if size else PurePosixPath(name).suffix
    return suffix if size or suffix.lower() in ARCHIVE_EXTENSIONS else ""


def is_archive(name: str) -> bool:
    """Return whether the file may be a comic; of a split RAR archive only the first part is."""
    return archive_extension(name) != "" and not is_left_out(name) and not _LATER_PART.search(name)


def is_nested_archive(name: str) -> bool:
    """Return whether an entry of an archive is an archive itself."""
    return archive_extension(name) != "" and not is_junk(name)


def printable(name: str) -> str:
    """Return a name that can be stored and shown.

    It is valid NFC Unicode without control characters, and keeps the last MAX_NAME_LENGTH
    characters.
    """
    text = unicodedata.normalize("NFC", name)
    text = "".join(
        "\N{REPLACEMENT CHARACTER}" if unicodedata.category(c) in {"Cc", "Cs"} else c for c in text
    )
    return text if len(text) <= MAX_NAME_LENGTH else f"…{text[-MAX_NAME_LENGTH:]}"


def entry_name(name: str) -> str:
    """Return the printable name of an archive's entry, with ``/`` between the parts of its path."""
    return printable(name.replace("\\", "/"))


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

"""What comics are read from: one module a kind, all behind ``open_comic``."""

from __future__ import annotations

from pathlib import Path

from ...domain.errors import ComicUnreadable
from .folder import FolderComic
from .source import ComicSource
from .zip_archive import ZipComic

__all__ = ["ComicSource", "detect_kind", "open_comic"]

FOLDER, ZIP = "folder", "zip"
_SIGNATURES = ((b"PK\x03\x04", ZIP), (b"PK\x05\x06", ZIP))


def detect_kind(path: Path) -> str:
    """The kind by content, not by name: a RAR archive called ``.cbz`` is common.

    Raises ComicUnreadable when it is none that can be read.
    """
    if path.is_dir():
        return FOLDER
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise ComicUnreadable(f"The file cannot be opened: {error.strerror}. Check that it is there and readable.") from error
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return kind
    if not head:
        raise ComicUnreadable("The file is empty. Copy or download it again.")
    raise ComicUnreadable("The file is not a ZIP archive, whatever its name says. Pack its pages as a ZIP.")


def open_comic(path: Path, kind: str | None = None) -> ComicSource:
    """The comic at the path, opened; ``kind`` saves looking at its first bytes.

    Raises ComicUnreadable with a reason and, where there is one, a remedy.
    """
    match kind or detect_kind(path):
        case "folder":
            return FolderComic(path)
        case "zip":
            return ZipComic(path)
        case other:
            raise ComicUnreadable(f"Comics of the kind “{other}” cannot be read here.")

"""Readers of comics, one module for each kind of source. ``open_comic`` chooses among them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ...domain.errors import ComicOutOfReach, ComicUnreadable, PageOutOfReach
from ...files.read_hints import expect_few_reads
from .epub.comic import EpubComic, is_repackaged_epub
from .folder import FolderComic
from .source import ComicSource
from .tar import TarComic, is_compressed_tar, is_tar
from .tiff_pages import with_tiff_pages
from .zip_archive import ZipComic, is_zip

__all__ = [
    "ComicOutOfReach",
    "ComicSource",
    "PageOutOfReach",
    "detect_kind",
    "has_pages_at_hand",
    "open_comic",
]


# The libraries of these three take 15 MB of memory, and most processes never open such a comic.
def _open_rar(path: Path) -> ComicSource:
    from .rar import RarComic

    return RarComic(path)


def _open_seven_zip(path: Path) -> ComicSource:
    from .seven_zip import SevenZipComic

    return SevenZipComic(path)


def _open_pdf(path: Path) -> ComicSource:
    from .pdf import PdfComic

    return PdfComic(path)


KINDS: dict[str, Callable[[Path], ComicSource]] = {
    "folder": FolderComic,
    "zip": ZipComic,
    "rar": _open_rar,
    "7z": _open_seven_zip,
    "tar": TarComic,
    "pdf": _open_pdf,
    "epub": EpubComic,
}
_SIGNATURES = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"Rar!\x1a\x07", "rar"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
)
# EPUB 3.3, section 4.3.2: the first entry of the ZIP, stored without compression, at byte 30.
_EPUB_MARK = b"mimetypeapplication/epub+zip"
_HEAD_BYTES = 1024  # A PDF's header may follow up to this many other bytes.


def detect_kind(path: Path) -> str:
    """Return the kind of the comic by its content, because a RAR archive named ``.cbz`` is common.

    Raises:
        ComicUnreadable: it is not a kind that can be read.
        ComicOutOfReach: the file cannot be opened.
    """
    if path.is_dir():
        return "folder"
    try:
        with path.open("rb", buffering=0) as file:
            expect_few_reads(file.fileno())
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        raise ComicOutOfReach(
            f"The file cannot be opened: {error.strerror}. Check that it is there and readable."
        ) from error
    if not head:
        raise ComicUnreadable("The file is empty. Copy or download it again.")
    if head[30:].startswith(_EPUB_MARK):
        return "epub"
    for signature, kind in _SIGNATURES:
        if head.startswith(signature):
            return "epub" if kind == "zip" and is_repackaged_epub(path) else kind
    if is_tar(head):
        return "tar"
    if b"%PDF-" in head:
        return "pdf"
    if is_zip(path):  # Other bytes stand before it, such as a program that unpacks it.
        return "zip"
    raise ComicUnreadable(
        "The file is not what its name says: it is not a ZIP, RAR, 7z, TAR, PDF or EPUB. "
        "Copy or download it again."
    )


def has_pages_at_hand(path: Path, kind: str) -> bool:
    """Return whether each page of the comic can be read without unpacking those before it.

    Raises:
        ComicUnreadable: the comic cannot be read.
        OSError: its file cannot be opened.
    """
    if kind == "rar":
        from .rar import is_solid

        return not is_solid(path)
    if kind == "tar":
        return not is_compressed_tar(path)
    return kind in KINDS and kind != "7z"


def open_comic(path: Path, kind: str | None = None) -> ComicSource:
    """Open the comic. A known ``kind`` saves reading the file's first bytes.

    Raises:
        ComicUnreadable: the comic cannot be read; the text has the reason and, if possible, a fix.
    """
    kind = kind or detect_kind(path)
    if kind not in KINDS:
        raise ComicUnreadable(f"This server cannot read comics of the kind “{kind}”.")
    return with_tiff_pages(KINDS[kind](path))

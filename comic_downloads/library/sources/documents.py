"""Documents about a comic that its source holds: which files they are, and which describe it all.

They are only found here; ``library/metadata`` reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from .names import is_junk

MAX_DOCUMENT_BYTES = 16 * 1024**2  # A typical one has about 4 KiB; 20,000 pages take about 3 MiB.


class DocumentKind(StrEnum):
    """A format of metadata, in order of trust, named as users know it."""

    COMIC_INFO = "ComicInfo.xml"
    METRON_INFO = "MetronInfo.xml"
    COMET = "CoMet.xml"
    COMIC_BOOK_INFO = "ComicBookInfo"
    EPUB_PACKAGE = "EPUB package document"
    PDF_DESCRIPTION = "PDF document information"


@dataclass(frozen=True)
class Document:
    """A document about the comic, called ``name`` in its source.

    ``data`` is None if it cannot be unpacked, or is larger than MAX_DOCUMENT_BYTES.
    """

    kind: DocumentKind
    name: str
    data: bytes | None


_FILE_KINDS = {
    kind.casefold(): kind
    for kind in (DocumentKind.COMIC_INFO, DocumentKind.METRON_INFO, DocumentKind.COMET)
}
_COMMENT_MARK = b"ComicBookInfo/"


def is_document(name: str) -> bool:
    """Return whether the file describes a comic, by its name at any depth and in any case."""
    return PurePosixPath(name).name.casefold() in _FILE_KINDS and not is_junk(name)


def file_documents(
    files: Iterable[str],
    pages: Iterable[str],
    read: Callable[[Sequence[str]], Mapping[str, bytes]],
) -> list[Document]:
    """Return the documents among the files that describe the whole comic, the best of each kind.

    ``read`` returns the bytes of those of the named files that it can read.
    """
    folders = {_folder(page) for page in pages} - {""}
    best: dict[DocumentKind, str] = {}
    for name in sorted(filter(is_document, files), key=_preference):
        if _describes_all(name, folders):
            best.setdefault(_kind(name), name)
    data = read(list(best.values())) if best else {}
    return [
        Document(kind, best[kind], data.get(best[kind])) for kind in DocumentKind if kind in best
    ]


def comment_document(comment: bytes) -> list[Document]:
    """Return the comment of an archive as a document, if ComicBookLover or its kin wrote it."""
    if _COMMENT_MARK not in comment:
        return []
    return [Document(DocumentKind.COMIC_BOOK_INFO, "comment", comment)]


def _kind(name: str) -> DocumentKind:
    return _FILE_KINDS[PurePosixPath(name).name.casefold()]


def _preference(name: str) -> tuple[int, bool, str]:
    """Sort files near the top first, and of these the exact name, which programs write."""
    return name.count("/"), PurePosixPath(name).name != _kind(name), name


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _describes_all(name: str, page_folders: set[str]) -> bool:
    """Return whether the document is more than that of one chapter among several.

    That of a chapter lies in a folder with pages, while other folders have pages too.
    """
    folder = _folder(name)
    inside = {one for one in page_folders if _is_within(one, folder)}
    others = {one for one in page_folders - inside if not _is_within(folder, one)}
    return not inside or not others


def _is_within(folder: str, other: str) -> bool:
    return not other or folder == other or folder.startswith(f"{other}/")

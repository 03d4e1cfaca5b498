"""Read the documents about a comic that its source holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from ...domain.library import ComicMetadata
from ..sources.documents import MAX_DOCUMENT_BYTES, Document, DocumentKind
from . import comet, comic_book_info, metron_info, opf, pdf
from .comic_info import comic_info_root, metadata_of
from .merging import completed
from .recovery import UnreadableDocument


@dataclass(frozen=True)
class Declared:
    """What the documents of a comic say, and a sentence about those that cannot be read."""

    metadata: ComicMetadata | None = None
    problem: str = ""


def declared_metadata(documents: Iterable[Document]) -> Declared:
    """Return what the documents say, and why some cannot be read.

    The first has precedence; what it lacks comes from others about the same issue.
    """
    metadata: ComicMetadata | None = None
    problems: list[str] = []
    for document in documents:
        try:
            found = _parsed(document)
        except UnreadableDocument as error:
            problems.append(f"Its {document.name} is not used: {error}.")
        else:
            metadata = completed(metadata, found) if metadata else found
    return Declared(metadata, " ".join(problems))


def _parsed(document: Document) -> ComicMetadata:
    """Return what the document says. Raises UnreadableDocument."""
    if document.data is None:
        limit = f"{MAX_DOCUMENT_BYTES // 1024**2} MB"
        raise UnreadableDocument(f"it cannot be unpacked, or is larger than {limit}")
    return metadata_of(_PARSERS[document.kind](document.data))


_PARSERS: dict[DocumentKind, Callable[[bytes], Element]] = {
    DocumentKind.COMIC_INFO: comic_info_root,
    DocumentKind.METRON_INFO: metron_info.as_comic_info,
    DocumentKind.COMET: comet.as_comic_info,
    DocumentKind.COMIC_BOOK_INFO: comic_book_info.as_comic_info,
    DocumentKind.EPUB_PACKAGE: opf.as_comic_info,
    DocumentKind.PDF_DESCRIPTION: pdf.as_comic_info,
}

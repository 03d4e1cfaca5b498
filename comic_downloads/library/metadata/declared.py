"""Read the documents about a comic that its source holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ...domain.library import ComicMetadata
from ..sources.documents import MAX_DOCUMENT_BYTES, Document, DocumentKind
from . import opf
from .comic_info import comic_info_root, metadata_of
from .recovery import UnreadableDocument


@dataclass(frozen=True)
class Declared:
    """What the documents of a comic say, and a sentence about those that cannot be read."""

    metadata: ComicMetadata | None = None
    problem: str = ""


def declared_metadata(documents: Iterable[Document]) -> Declared:
    """Return what the first document that can be read says, and why others cannot be read."""
    metadata: ComicMetadata | None = None
    problems: list[str] = []
    for document in documents:
        try:
            metadata = metadata or _parsed(document)
        except UnreadableDocument as error:
            problems.append(f"Its {document.name} is not used: {error}.")
    return Declared(metadata, " ".join(problems))


def _parsed(document: Document) -> ComicMetadata:
    """Return what the document says. Raises UnreadableDocument."""
    if document.data is None:
        limit = f"{MAX_DOCUMENT_BYTES // 1024**2} MB"
        raise UnreadableDocument(f"it cannot be unpacked, or is larger than {limit}")
    if document.kind is DocumentKind.EPUB_PACKAGE:
        return metadata_of(opf.as_comic_info(document.data))
    return metadata_of(comic_info_root(document.data))

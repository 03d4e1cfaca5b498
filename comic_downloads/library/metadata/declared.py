"""Read the documents about a comic that its source holds."""

from __future__ import annotations

from collections.abc import Iterable

from ...domain.library import ComicMetadata
from ..sources.documents import Document, DocumentKind
from . import opf
from .comic_info import metadata_of, parse_comic_info


def declared_metadata(documents: Iterable[Document]) -> ComicMetadata | None:
    """Return what the first document that can be read says, or None if none can be read."""
    for document in documents:
        metadata = _parsed(document)
        if metadata is not None:
            return metadata
    return None


def _parsed(document: Document) -> ComicMetadata | None:
    if document.data is None:
        return None
    if document.kind is DocumentKind.EPUB_PACKAGE:
        info = opf.as_comic_info(document.data)
        return metadata_of(info) if info is not None else None
    return parse_comic_info(document.data)

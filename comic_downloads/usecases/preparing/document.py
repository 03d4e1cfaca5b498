"""The document that a manifest describes, whose pages are read when the writer asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ...domain.manifest import Manifest, ManifestComic
from ...domain.options import PageNames
from ...packaging.pages import Document, OutputComic, OutputPage
from .convert import ConvertedPages
from .sources import OpenComics


def document_of(
    manifest: Manifest, comics: OpenComics, converted: ConvertedPages | None = None
) -> Document:
    """Return the document, with the converted pages in place of their originals."""
    return Document(
        title=manifest.title,
        comics=tuple(
            OutputComic(
                comic.metadata, tuple(_output_pages(comic, comics, converted)), comic.missing
            )
            for comic in manifest.comics
        ),
        with_metadata=manifest.options.metadata,
        numbered=manifest.options.page_names is PageNames.NUMBERED,
        comic_info=manifest.options.comic_info,
    )


def _output_pages(
    comic: ManifestComic, comics: OpenComics, converted: ConvertedPages | None
) -> Iterator[OutputPage]:
    for page in comic.pages:
        parts = converted.parts_of(page) if converted else []
        yield from parts or [
            OutputPage(page.name, page.facts, partial(comics.open_page, comic, page), page.marks)
        ]

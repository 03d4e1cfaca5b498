"""The document that a manifest describes, whose pages are read when the writer asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ...domain.layout import PagePiece
from ...domain.manifest import Manifest, ManifestComic, ManifestPage
from ...domain.options import EpubReader, PageNames
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
                manifest.described(comic),
                tuple(_output_pages(place, comic, comics, converted)),
                comic.missing,
            )
            for place, comic in enumerate(manifest.comics)
        ),
        with_metadata=manifest.options.metadata,
        numbered=manifest.options.page_names is PageNames.NUMBERED,
        comic_info=manifest.options.comic_info,
        for_kindle=manifest.options.epub_for is EpubReader.KINDLE,
    )


def _output_pages(
    place: int, comic: ManifestComic, comics: OpenComics, converted: ConvertedPages | None
) -> Iterator[OutputPage]:
    for page in comic.pages:
        parts = converted.parts_of(page) if converted else None
        yield from [_original(place, comic, page, comics)] if parts is None else parts


def _original(
    place: int, comic: ManifestComic, page: ManifestPage, comics: OpenComics
) -> OutputPage:
    """Return the page as it is in the comic, which stands at this place in the manifest."""
    piece = PagePiece(place, page.index, page.name, page.facts.size_bytes, page.facts.crc32)
    opened = partial(comics.open_page, comic, page)
    return OutputPage(page.name, page.facts, opened, page.marks, (piece,))

"""From a manifest to the pages as the file gets them, read when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from ...domain.manifest import Manifest, ManifestComic, ManifestPage, PageNames
from ...packaging.pages import Document, OutputComic, OutputPage
from .sources import OpenComics


def nothing(page: ManifestPage) -> Sequence[OutputPage]:
    """For a file of pages as they are in the comics."""
    return ()


def document_of(
    manifest: Manifest,
    comics: OpenComics,
    converted: Callable[[ManifestPage], Sequence[OutputPage]] = nothing,
) -> Document:
    """The book of the manifest; ``converted`` gives what a page has become, nothing where its own bytes are used."""

    def output_pages(comic: ManifestComic) -> Iterator[OutputPage]:
        for page in comic.pages:
            yield from converted(page) or [
                OutputPage(page.name, page.facts, partial(comics.open_page, comic, page))
            ]

    return Document(
        title=manifest.title,
        comics=tuple(
            OutputComic(comic.metadata, tuple(output_pages(comic)), comic.missing)
            for comic in manifest.comics
        ),
        with_metadata=manifest.options.metadata,
        numbered=manifest.options.page_names is PageNames.NUMBERED,
        comic_info=manifest.options.comic_info,
    )

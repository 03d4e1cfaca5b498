"""An archive of pages as they are in the comics, packed while it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ...domain.artifact import Format
from ...domain.errors import PageUnreadable
from ...domain.manifest import Manifest
from ...packaging.archive import Entry, archive_blocks
from ...packaging.cbz import cbz_entries
from ...packaging.pages import Document
from ...packaging.zip import zip_entries
from ..context import Context
from .document import document_of
from .sources import OpenComics, changed

ENTRIES: dict[str, Callable[[Document], list[Entry]]] = {
    Format.CBZ: cbz_entries,
    Format.ZIP: zip_entries,
}


def needs_no_copy(context: Context, manifest: Manifest) -> bool:
    """True if the file can be sent while it is packed: stored elsewhere, and made of pages as they are."""
    return (
        not context.blobs.is_local and manifest.options.format in ENTRIES and not manifest.converts
    )


class OriginalsPacking:
    """The archive's entries and bytes, and how many of its pages are packed by now."""

    def __init__(self, manifest: Manifest, comics: OpenComics) -> None:
        self.entries = ENTRIES[manifest.options.format](document_of(manifest, comics))
        self.pages_done = 0
        self._manifest = manifest

    def blocks(self) -> Iterator[bytes]:
        """The bytes of the archive, once. Raises ComicChanged, naming the page that is no longer what it was."""
        try:
            yield from archive_blocks(self.entries, self._page_written)
        except PageUnreadable as error:
            comic, page, _ = list(self._manifest.output_pages())[self.pages_done]
            raise changed(comic, page) from error

    def _page_written(self) -> None:
        self.pages_done += 1

"""An open EPUB comic. Its pages are the pictures that the documents of its spine show."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from ....domain.errors import ComicUnreadable, PageUnreadable
from ....domain.library import NOTHING_LISTED, ListedPage
from ..chapters import listed_chapters
from ..documents import MAX_DOCUMENT_BYTES, Document, DocumentKind, file_documents
from ..names import distinct
from ..picture_size import picture_size
from ..source import MAX_PAGES, ComicSource, require_pages
from ..zip_archive import ZipArchive
from .names import EntryNames
from .package import CONTAINER, Package, SpineItem
from .pages import chosen_pages
from .shown import IS_DRAWING, Documents, Picture, Place, ShownPage

# A page of a novel has about 2,000 characters; a page of a comic has only alternative text, and a
# title page or a page number is shorter than MIN_TEXT.
MAX_TEXT_PER_PAGE = 400
MIN_TEXT = 80
# The imprint and the like stand in so many documents at either end of the book.
IMPRINT_DOCUMENTS = 3
_IS_FLOWING = "This EPUB is a book of flowing text, not a comic of fixed pages."
_IS_FIXED_TEXT = (
    "The pages of this EPUB are text in a fixed layout. "
    "Only pages that are pictures can be read from an EPUB."
)


def is_repackaged_epub(path: Path) -> bool:
    """Return whether the ZIP is an EPUB whose ``mimetype`` is not its first entry.

    ZIP programs that do not know EPUB write such files.
    """
    if path.suffix.lower() != ".epub":
        return False
    try:
        archive = ZipArchive(path)
    except ComicUnreadable:
        return False  # Reading it as a ZIP fails with the same error and reports it.
    archive.close()
    return EntryNames(archive.entries).find("", CONTAINER) is not None


class EpubComic(ComicSource):
    """The pictures that the documents show, in the order of the package document.

    What a document shows and cannot be read is a page that is unreadable for a stated reason.
    """

    def __init__(self, path: Path) -> None:
        """Open the EPUB.

        Raises:
            ComicUnreadable: it is damaged, encrypted, or text rather than a comic.
        """
        self._archive = ZipArchive(path)
        try:
            self._package = Package(self._archive)
            self._documents = Documents(self._archive, self._package.media_types())
            pictures = self._find_pages()
        except BaseException:
            self._archive.close()
            raise
        names = distinct(picture.name for picture in pictures)
        self._pages = dict(zip(names, pictures, strict=True))

    def _find_pages(self) -> list[Picture]:
        spine = list(self._package.spine())
        shown = list(self._shown(spine))
        texts = _imprint(spine, shown)
        self._texts = [spine[place].entry or spine[place].path for place in texts]
        documents = [
            [] if place in texts else _with_losses(item, page)
            for place, (item, page) in enumerate(zip(spine, shown, strict=False))
        ]
        self._require_comic(shown, [picture for found in documents for picture in found])
        pages = chosen_pages(documents, self._pixels)
        require_pages(len(pages))
        self._first_pages = _first_pages(spine, documents, pages)
        entries = [picture.place.entry for picture in pages if picture.place]
        self._require_unlocked({*entries, *(item.entry for item in spine if item.entry)})
        if entries:
            self._archive.check(list(dict.fromkeys(entries)))
        return pages

    def _shown(self, spine: list[SpineItem]) -> Iterator[ShownPage]:
        """Yield what each document shows, until there are more pages than a comic may have."""
        count = 0
        for item in spine:
            if item.entry is None:
                problem = f"“{item.path}” is not in the archive."
                page = ShownPage([Picture(item.path, None, problem)])
            elif item.media_type.startswith("image/") and item.media_type != "image/svg+xml":
                page = ShownPage([Picture(item.entry, Place(item.entry))])
            else:
                page = self._documents.page(item.entry)
            yield page
            count += len(page.pictures)
            if count > 2 * MAX_PAGES:
                return

    def _require_comic(self, shown: list[ShownPage], pictures: list[Picture]) -> None:
        is_fixed = self._package.is_fixed()
        long_texts = [page for page in shown if page.text_length > MAX_TEXT_PER_PAGE]
        texts_alone = [page for page in long_texts if not page.pictures]
        readable = [picture for picture in pictures if picture.place]
        if not is_fixed and 2 * len(long_texts) > len(shown):
            raise ComicUnreadable(_IS_FLOWING)
        if len(texts_alone) > len(readable):
            raise ComicUnreadable(_IS_FIXED_TEXT if is_fixed else _IS_FLOWING)
        if not readable and any(page.prose_length for page in shown):
            raise ComicUnreadable(_IS_FIXED_TEXT if is_fixed else _IS_FLOWING)

    def _require_unlocked(self, entries: set[str]) -> None:
        if not self._package.encrypted().isdisjoint(entries):
            raise ComicUnreadable(
                "The EPUB is protected by DRM. Only a copy without it can be read."
            )

    def _pixels(self, place: Place) -> int | None:
        try:
            with self._open(place) as stream:
                size = picture_size(stream)
        except PageUnreadable:
            return None
        return None if size is None else size[0] * size[1]

    def names(self) -> list[str]:
        """Return the names of the pages in reading order."""
        return list(self._pages)

    def left_out(self) -> str:
        """Return which pages of text before and behind the pictures are left out."""
        if not self._texts:
            return ""
        named = ", ".join(f"“{name}”" for name in self._texts)
        return f"Left out, because only pages that are pictures can be read: {named}."

    def chapters(self) -> dict[str, str]:
        """Return the titles in the table of contents by the names of their first pages.

        A single entry only names the comic.
        """
        listed = [
            (self._first_pages[document], title)
            for document, title in self._package.contents()
            if document in self._first_pages
        ]
        return listed_chapters(listed, self.names()) if len(listed) > 1 else {}

    def open_page(self, name: str) -> BinaryIO:
        """Open a picture in the archive or in one of its documents."""
        picture = self._pages.get(name)
        if picture is None:
            raise PageUnreadable(f"“{name}” is not in the archive.")
        if picture.place is None:
            raise PageUnreadable(picture.problem)
        return self._open(picture.place)

    def _open(self, place: Place) -> BinaryIO:
        if not place.embedded:
            return self._archive.open(place.entry)
        data = self._documents.data(place)
        if data is None:
            raise PageUnreadable(f"A picture in “{place.entry}” is damaged.")
        return io.BytesIO(data)

    def expect_few_reads(self) -> None:
        """Let nothing be read ahead."""
        self._archive.expect_few_reads()

    def listed(self, name: str) -> ListedPage:
        """Return size and CRC-32 of a picture that is a file, from the archive's directory."""
        picture = self._pages.get(name)
        if picture is None or picture.place is None or picture.place.embedded:
            return NOTHING_LISTED
        return self._archive.listed(picture.place.entry)

    def checksum(self, name: str) -> int | None:
        """Return the CRC-32 of a picture that is a file, from the archive's directory."""
        picture = self._pages.get(name)
        if picture is None or picture.place is None or picture.place.embedded:
            return None
        return self._archive.entries[picture.place.entry].crc32

    def documents(self) -> list[Document]:
        """Return the archive's ComicInfo.xml and its kin, and the package document."""
        package = self._package.path
        data = self._archive.read_small(package, MAX_DOCUMENT_BYTES)
        files = file_documents(self._archive.entries, self._pages, self._read_documents)
        return [*files, Document(DocumentKind.EPUB_PACKAGE, package, data)]

    def _read_documents(self, names: Sequence[str]) -> dict[str, bytes]:
        read = {name: self._archive.read_small(name, MAX_DOCUMENT_BYTES) for name in names}
        return {name: data for name, data in read.items() if data is not None}

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()


def _first_pages(
    spine: Sequence[SpineItem], documents: Sequence[Sequence[Picture]], pages: Sequence[Picture]
) -> dict[str, int]:
    """Return by the names of documents the place of the first page that each shows."""
    found: dict[str, int] = {}
    place = 0
    for item, pictures in zip(spine, documents, strict=False):
        for picture in pictures:
            if place < len(pages) and pages[place] == picture:
                found.setdefault(item.entry or item.path, place)
                place += 1
    return found


def _imprint(spine: Sequence[SpineItem], shown: Sequence[ShownPage]) -> list[int]:
    """Return which documents at either end of the book are text, as an imprint is."""
    count = len(shown)
    ends = {*range(min(IMPRINT_DOCUMENTS, count)), *range(max(0, count - IMPRINT_DOCUMENTS), count)}
    return [place for place in sorted(ends) if _is_text(spine[place], shown[place])]


def _is_text(item: SpineItem, page: ShownPage) -> bool:
    is_other = page.pictures or item.is_contents or page.draws_lines
    return not is_other and page.prose_length >= MIN_TEXT


def _with_losses(item: SpineItem, page: ShownPage) -> list[Picture]:
    """Return the pictures of a document, or its text or drawing as a page that is lost."""
    if page.pictures or item.is_contents:
        return list(page.pictures)
    name = item.entry or item.path
    if page.draws_lines:
        return [Picture(name, None, f"“{name}” {IS_DRAWING}")]
    if _is_text(item, page):
        problem = "is text. Only pages that are pictures can be read from an EPUB."
        return [Picture(name, None, f"“{name}” {problem}")]
    return []

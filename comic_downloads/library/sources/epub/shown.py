"""Follow what the documents of an EPUB show, to the pictures in the end."""

from __future__ import annotations

import mimetypes
import posixpath
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ..names import printable
from ..source import MIB
from ..zip_archive import ZipArchive
from .document import UTF16_MARKS, PageDocument, Shown, decoded
from .embedded import embedded_picture, without_pictures
from .names import EntryNames, is_outside, path_of
from .styles import Link, StyleSheet, imported

MAX_DOCUMENT_BYTES = 4 * MIB
MAX_EMBEDDING_BYTES = 32 * MIB  # With the pictures in its data URLs.
MAX_EMBEDDED = 100_000
MAX_NESTED = 20  # Documents within one page.
MAX_IMPORTS = 10
MAX_SHOWN_LINK = 80
IS_DRAWING = "is drawn with lines (SVG). Only pages that are pictures can be read from an EPUB."
_EMBEDDED = "data:#"  # Followed by a number: a picture that was taken out of its document.
_DOCUMENTS = frozenset(
    {"application/xhtml+xml", "text/html", "image/svg+xml", "application/xml", "text/xml"}
)
_OTHER_KINDS = ("audio/", "video/", "application/", "text/", "font/")


class Place(NamedTuple):
    """Where a picture is: in a file of the archive, or in a data URL in that file.

    A picture in a drawing in a data URL has two numbers.
    """

    entry: str
    embedded: tuple[int, ...] = ()


class Picture(NamedTuple):
    """A picture that a document shows.

    Attributes:
        name: The name to show.
        place: None if it cannot be read.
        problem: The reason why it cannot be read.
        is_minor: Whether it counts only where its document shows nothing else.
    """

    name: str
    place: Place | None
    problem: str = ""
    is_minor: bool = False


@dataclass(frozen=True)
class ShownPage:
    """What a page shows, with the documents within it.

    ``prose_length`` is the length of the text outside of links.
    """

    pictures: Sequence[Picture] = ()
    text_length: int = 0
    prose_length: int = 0
    draws_lines: bool = False


class Documents:
    """The documents of an EPUB, each parsed once."""

    def __init__(self, archive: ZipArchive, media_types: Mapping[str, str]) -> None:
        """Remember the archive, and the media types that its manifest declares."""
        self.names = EntryNames(archive.entries)
        self._archive = archive
        self._media_types = media_types
        self._parsed: dict[Place, PageDocument | None] = {}
        self._style_sheets: dict[str, list[StyleSheet]] = {}
        self._embedded: list[Picture] = []

    def page(self, entry: str) -> ShownPage:
        """Return what the document shows, each picture once."""
        within = {Place(entry)}
        found = list(dict.fromkeys(self._pictures(Place(entry), within)))
        pictures = [picture for picture in found if not picture.is_minor] or found
        documents = [document for place in within if (document := self._document(place))]
        return ShownPage(
            pictures,
            sum(document.text_length for document in documents),
            sum(document.prose_length for document in documents),
            any(document.draws_lines for document in documents),
        )

    def data(self, place: Place) -> bytes | None:
        """Return the bytes of what is embedded, or of a document; None if they cannot be read."""
        data = self._archive.read_small(place.entry, MAX_EMBEDDING_BYTES)
        for number in place.embedded:
            data = None if data is None else embedded_picture(_as_utf8(data), number)
        return data

    def _document(self, place: Place) -> PageDocument | None:
        if place not in self._parsed:
            text = self._text(place)
            document = None
            if text is not None:
                document = PageDocument(posixpath.dirname(place.entry), self._linked_sheets)
                document.read(text)
            self._parsed[place] = document
        return self._parsed[place]

    def _text(self, place: Place) -> bytes | None:
        """Return a document or style sheet without its embedded pictures; None if too large."""
        data = self.data(place)
        text = None if data is None else self._without_pictures(place, data)
        return text if text is not None and len(text) <= MAX_DOCUMENT_BYTES else None

    def _without_pictures(self, place: Place, data: bytes) -> bytes:
        stem = posixpath.splitext(place.entry)[0]

        def link(number: int, extension: str) -> str:
            if len(self._embedded) < MAX_EMBEDDED:
                numbers = (*place.embedded, number)
                name = f"{stem}-{'-'.join(str(one + 1) for one in numbers)}.{extension}"
                self._embedded.append(Picture(name, Place(place.entry, numbers)))
            return f"{_EMBEDDED}{len(self._embedded) - 1}"

        return without_pictures(_as_utf8(data), link)

    def _linked_sheets(self, link: Link) -> list[StyleSheet]:
        name = self.names.find(link.folder, link.text)
        return [] if name is None else self._sheets(name, MAX_IMPORTS)

    def _sheets(self, name: str, depth: int) -> list[StyleSheet]:
        """Return a style sheet after those that it imports."""
        if name not in self._style_sheets:
            self._style_sheets[name] = []  # A style sheet that imports itself ends here.
            folder = posixpath.dirname(name)
            css = decoded(self._text(Place(name)) or b"")
            others = (self.names.find(folder, link) for link in imported(css)[:depth])
            self._style_sheets[name] = [
                *(sheet for other in others if other for sheet in self._sheets(other, depth - 1)),
                StyleSheet.parsed(css, folder),
            ]
        return self._style_sheets[name]

    def _pictures(self, place: Place, within: set[Place]) -> Iterator[Picture]:
        document = self._document(place)
        if document is None:
            yield Picture(place.entry, None, f"“{place.entry}” is damaged or too large for a page.")
            return
        for shown in document.shown:
            target = next(filter(None, map(self._target, shown.links)), None)
            if target is None or target.place is None:
                yield from self._not_found(shown)
            elif not self._is_document(target.name):
                yield from () if self._is_other(target.name) else (target,)
            elif target.place not in within and len(within) <= MAX_NESTED:
                within.add(target.place)
                found = list(self._pictures(target.place, within))
                yield from found or _drawing(target.name)

    def _target(self, link: Link) -> Picture | None:
        number = link.text.removeprefix(_EMBEDDED)
        if number != link.text and number.isdecimal():
            return next(iter(self._embedded[int(number) :]), None)
        name = self.names.find(link.folder, link.text)
        return None if name is None else Picture(name, Place(name))

    def _not_found(self, shown: Shown) -> Iterator[Picture]:
        local = [link for link in shown.links if not is_outside(link.text)]
        for link in local[:1]:
            name = path_of(*link)
            if not link.text.startswith("#") and not self._is_other(name):
                yield Picture(name, None, f"“{name}” is not in the archive.")
        for link in shown.links[: 0 if local else 1]:
            name = printable(link.text.strip())[:MAX_SHOWN_LINK]
            yield Picture(name, None, f"“{name}” is not in the EPUB.", is_minor=True)

    def _media_type(self, name: str) -> str:
        return self._media_types.get(name) or mimetypes.guess_type(name)[0] or ""

    def _is_document(self, name: str) -> bool:
        return self._media_type(name) in _DOCUMENTS

    def _is_other(self, name: str) -> bool:
        kind = self._media_type(name)
        return kind.startswith(_OTHER_KINDS) and kind not in _DOCUMENTS


def _drawing(name: str) -> Iterator[Picture]:
    if name.lower().endswith((".svg", ".svgz")):
        yield Picture(name, None, f"“{name}” {IS_DRAWING}", is_minor=True)


def _as_utf8(document: bytes) -> bytes:
    return decoded(document).encode() if document.startswith(UTF16_MARKS) else document

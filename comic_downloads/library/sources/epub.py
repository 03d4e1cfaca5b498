"""EPUB comics of fixed layout: the pictures of the spine, in its order (EPUB 3.3, sections 4.2.6.3, 5 and 8)."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ...domain.errors import ComicUnreadable
from .source import MIB
from .zip_archive import ZipArchive, ZipComic

MAX_DOCUMENT_BYTES = 4 * MIB
MAX_TEXT_PER_PAGE = 400  # a page of a novel has some 2,000 characters; a comic's page has at most alternative text
_OPF, _DC = "{http://www.idpf.org/2007/opf}", "{http://purl.org/dc/elements/1.1/}"
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif")
_NOT_EPUB = "The EPUB is damaged: its table of contents cannot be read. Copy or download it again."


class EpubComic(ZipComic):
    """The images that its pages show, in the order of the package document."""

    def _find_pages(self) -> list[str]:
        self._package = _Package(self._archive)
        return self._package.pages()

    def comic_info(self) -> bytes | None:
        """The one in the archive, or what the package says of itself in the same form."""
        return super().comic_info() or self._package.comic_info()


class _Package:
    """The package document: what belongs to the book, and in which order it is read."""

    def __init__(self, archive: ZipArchive) -> None:
        self._archive = archive
        container = self._document(_CONTAINER)
        rootfile = next((element for element in container.iter() if element.tag.endswith("}rootfile")), None)
        self._path = unquote(rootfile.get("full-path", "")) if rootfile is not None else ""
        self._root = self._document(self._path)
        self._folder = posixpath.dirname(self._path)

    def _document(self, name: str) -> Element:
        text = self._archive.read_small(name, MAX_DOCUMENT_BYTES)
        if text is None:
            raise ComicUnreadable(_NOT_EPUB)
        try:
            return fromstring(text)
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise ComicUnreadable(_NOT_EPUB) from error

    def pages(self) -> list[str]:
        """The archive's names of the pictures in reading order, each once. Raises ComicUnreadable for a book of text."""
        encryption = self._archive.read_small(_ENCRYPTION, MAX_DOCUMENT_BYTES) or b""
        items = {item.get("id"): item for item in self._root.iter(f"{_OPF}item")}
        pictures: dict[str, None] = {}
        texts = 0
        for reference in self._root.iter(f"{_OPF}itemref"):
            item = items.get(reference.get("idref"))
            if item is None:
                continue
            found = self._pictures(item)
            pictures.update(dict.fromkeys(found.images))
            texts += found.is_text
        if texts > len(pictures):
            raise ComicUnreadable("This EPUB is a book of flowing text, not a comic of fixed pages.")
        if any(name.encode() in encryption for name in pictures):
            raise ComicUnreadable("The EPUB is locked by its seller (DRM). Only a copy without it can be read.")
        return list(pictures)

    def _pictures(self, item: Element) -> _PageDocument:
        name = self._resolve(self._folder, item.get("href", ""))
        if item.get("media-type") in _IMAGES:
            return _PageDocument([name] if name in self._archive.entries else [])
        document = _PageDocument()
        text = self._archive.read_small(name, MAX_DOCUMENT_BYTES)
        if text is not None:
            document.read(text)
        folder = posixpath.dirname(name)
        resolved = (self._resolve(folder, image) for image in document.images)
        document.images = [image for image in resolved if image in self._archive.entries]
        return document

    def _resolve(self, folder: str, reference: str) -> str:
        path = unquote(reference.partition("#")[0])
        return posixpath.normpath(posixpath.join(folder, path)).lstrip("/")

    def comic_info(self) -> bytes:
        """Title, series, creators, language and direction as a ComicInfo.xml."""
        info = Element("ComicInfo")
        metas = {
            meta.get("name") or meta.get("property"): meta.get("content") or meta.text
            for meta in self._root.iter(f"{_OPF}meta")
        }
        for tag, text in (
            ("Title", self._root.findtext(f".//{_DC}title")),
            ("Series", metas.get("calibre:series") or metas.get("belongs-to-collection")),
            ("Number", metas.get("calibre:series_index") or metas.get("group-position")),
            ("Summary", self._root.findtext(f".//{_DC}description")),
            ("Writer", ", ".join(element.text or "" for element in self._root.iter(f"{_DC}creator"))),
            ("Publisher", self._root.findtext(f".//{_DC}publisher")),
            ("LanguageISO", self._root.findtext(f".//{_DC}language")),
            ("Manga", "YesAndRightToLeft" if self._direction() == "rtl" else None),
        ):
            if text:
                SubElement(info, tag).text = text
        return tostring(info)

    def _direction(self) -> str | None:
        spine = self._root.find(f"{_OPF}spine")
        return spine.get("page-progression-direction") if spine is not None else None


@dataclass
class _PageDocument(HTMLParser):
    """The pictures an XHTML or SVG page shows, and how much text it has. HTML's parser, since real pages are seldom valid."""

    images: list[str] = field(default_factory=list)
    text_length: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self._hidden = 0

    @property
    def is_text(self) -> bool:
        return not self.images and self.text_length > MAX_TEXT_PER_PAGE

    def read(self, document: bytes) -> None:
        self.feed(document.decode("utf-8", errors="replace"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        source = {"img": values.get("src"), "image": values.get("xlink:href") or values.get("href")}.get(tag)
        if source and not source.startswith("data:"):
            self.images.append(source)
        self._hidden += tag in {"style", "script"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if self._hidden <= 0:
            self.text_length += len(data.strip())

"""Read EPUB comics of fixed layout: the images of the spine, in its order.

Source: EPUB 3.3, sections 4.2.6.3, 5 and 8.
"""

from __future__ import annotations

import codecs
import posixpath
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from ...domain.errors import ComicUnreadable
from .documents import MAX_DOCUMENT_BYTES, Document, DocumentKind
from .source import MIB
from .zip_archive import ZipArchive, ZipComic

MAX_XML_BYTES = 4 * MIB
# A page of a novel has about 2,000 characters; a page of a comic has only alternative text.
MAX_TEXT_PER_PAGE = 400
_OPF = "{http://www.idpf.org/2007/opf}"
_CONTAINER = "META-INF/container.xml"
_ENCRYPTION = "META-INF/encryption.xml"
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/avif")
_OUTSIDE = re.compile("[a-z][a-z0-9+.-]*:|//", re.IGNORECASE)  # An absolute URL, or a data URL.
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOT_EPUB = "The EPUB is damaged: its table of contents cannot be read. Copy or download it again."


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
    return _CONTAINER in archive.entries


class EpubComic(ZipComic):
    """The images that the pages show, in the order of the package document."""

    def _find_pages(self) -> list[str]:
        self._package = _Package(self._archive)
        return self._package.pages()

    def documents(self) -> list[Document]:
        """Return the archive's ComicInfo.xml and its kin, and the package document."""
        package = self._package.path
        data = self._archive.read_small(package, MAX_DOCUMENT_BYTES)
        return [*super().documents(), Document(DocumentKind.EPUB_PACKAGE, package, data)]


class _Package:
    """The package document: the files of the book, and their reading order."""

    def __init__(self, archive: ZipArchive) -> None:
        self._archive = archive
        container = self._document(_CONTAINER)
        rootfile = next(
            (element for element in container.iter() if element.tag.endswith("}rootfile")), None
        )
        self.path = unquote(rootfile.get("full-path", "")) if rootfile is not None else ""
        self._root = self._document(self.path)
        self._folder = posixpath.dirname(self.path)

    def _document(self, name: str) -> Element:
        text = self._archive.read_small(name, MAX_XML_BYTES)
        if text is None:
            raise ComicUnreadable(_NOT_EPUB)
        try:
            return fromstring(text)
        except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
            raise ComicUnreadable(_NOT_EPUB) from error

    def pages(self) -> list[str]:
        """Return the unique names of the images in reading order.

        Raises:
            ComicUnreadable: the book is encrypted, or it is text rather than a comic.
        """
        items = {item.get("id"): item for item in self._root.iter(f"{_OPF}item")}
        spine = [
            item
            for reference in self._root.iter(f"{_OPF}itemref")
            if (item := items.get(reference.get("idref"))) is not None
        ]
        names = [self._resolve(self._folder, item.get("href", "")) for item in spine]
        documents = [
            self._pictures(name, item.get("media-type"))
            for name, item in zip(names, spine, strict=True)
        ]
        pictures = list(
            dict.fromkeys(picture for document in documents for picture in document.images)
        )
        if not self._encrypted().isdisjoint([*names, *pictures]):
            raise ComicUnreadable(
                "The EPUB is protected by DRM. Only a copy without it can be read."
            )
        texts = sum(document.is_text for document in documents)
        flows = not self._is_fixed() and 2 * sum(
            document.has_much_text for document in documents
        ) > len(documents)
        if flows or texts > len(pictures):
            raise ComicUnreadable(
                "This EPUB is a book of flowing text, not a comic of fixed pages."
            )
        return pictures

    def _encrypted(self) -> set[str]:
        """Return the names of encrypted files (EPUB 3.3, section 4.2.6.3.2), often only fonts."""
        if _ENCRYPTION not in self._archive.entries:
            return set()
        references = (
            element
            for element in self._document(_ENCRYPTION).iter()
            if element.tag.endswith("CipherReference")
        )
        return {self._resolve("", element.get("URI", "")) for element in references}

    def _is_fixed(self) -> bool:
        metas = self._metas()
        return (
            metas.get("rendition:layout") == "pre-paginated" or metas.get("fixed-layout") == "true"
        )

    def _metas(self) -> dict[str | None, str | None]:
        return {
            meta.get("name") or meta.get("property"): meta.get("content")
            or (meta.text or "").strip()
            for meta in self._root.iter(f"{_OPF}meta")
        }

    def _pictures(self, name: str, media_type: str | None) -> _PageDocument:
        if media_type in _IMAGES:
            return _PageDocument([name])
        document = _PageDocument()
        text = self._archive.read_small(name, MAX_XML_BYTES)
        if text is not None:
            document.read(text)
        document.images = [
            self._resolve(posixpath.dirname(name), image) for image in document.images
        ]
        return document

    def _resolve(self, folder: str, reference: str) -> str:
        path = unquote(re.split("[?#]", reference)[0])
        return posixpath.normpath(posixpath.join(folder, path)).lstrip("/")


@dataclass
class _PageDocument(HTMLParser):
    """The images and the amount of text of an XHTML or SVG page.

    It is parsed as HTML, because real pages are often not well-formed.
    """

    images: list[str] = field(default_factory=list)
    text_length: int = 0

    def __post_init__(self) -> None:
        super().__init__()
        self._hidden = 0

    @property
    def has_much_text(self) -> bool:
        return self.text_length > MAX_TEXT_PER_PAGE

    @property
    def is_text(self) -> bool:
        return not self.images and self.has_much_text

    def read(self, document: bytes) -> None:
        self.feed(
            document.decode(
                "utf-16" if document.startswith(_UTF16_MARKS) else "utf-8", errors="replace"
            )
        )
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        source = {
            "img": values.get("src"),
            "image": values.get("xlink:href") or values.get("href"),
        }.get(tag)
        if source and not _OUTSIDE.match(source):
            self.images.append(source)
        self._hidden += tag in {"style", "script"}

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if self._hidden <= 0:
            self.text_length += len(data.strip())

"""ComicInfo.xml, which tells comic readers and libraries what a comic is."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from xml.etree import ElementTree

from ...domain.library import PageType
from ...domain.options import ComicInfoSchema
from ..chapters import bookmarks
from ..pages import Document, OutputPage
from ..spreads import double_pages
from .elements import after_pages, before_pages

COMIC_INFO_NAME = "ComicInfo.xml"
# XML 1.0, production 2.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def comic_info(document: Document) -> bytes:
    """Return the ComicInfo.xml of the document, UTF-8, valid against the schema it asks for.

    Unknown values are left out. Several comics share one ComicInfo.xml: values they agree on, all
    their creators, characters and the like, and a bookmark where each begins.
    """
    root = ElementTree.Element("ComicInfo")
    described = [comic.metadata for comic in document.comics]
    _add(root, before_pages(described, document.title, document.page_count, document.comic_info))
    _add_pages(root, document)
    _add(root, after_pages(described, document.comic_info))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def full_comic_info(document: Document) -> bytes:
    """Return the ComicInfo.xml that goes into a PDF or EPUB, with everything that is known.

    A library that reads the file learns from it what these formats have no words for.
    """
    return comic_info(replace(document, comic_info=ComicInfoSchema.V2_1))


def _add(root: ElementTree.Element, elements: Iterable[tuple[str, str]]) -> None:
    for name, value in elements:
        if value:
            ElementTree.SubElement(root, name).text = _NOT_XML.sub("", value)


def _add_pages(root: ElementTree.Element, document: Document) -> None:
    pages = ElementTree.SubElement(root, "Pages")
    cover, chapters = document.cover, bookmarks(document)
    spreads = [double for comic in document.comics for double in double_pages(comic.pages)]
    for image, (page, double) in enumerate(zip(document.pages(), spreads, strict=True)):
        attributes = {"Image": str(image), "Type": page.marks.type}
        if image == cover and not page.marks.type:
            attributes["Type"] = PageType.FRONT_COVER
        attributes |= {
            "DoublePage": "true" if double else _said_to_be_single(page),
            "ImageSize": str(page.facts.size_bytes),
            "Key": page.marks.key,
            "Bookmark": chapters.get(image, ""),
            "ImageWidth": str(page.facts.width),
            "ImageHeight": str(page.facts.height),
        }
        # ``Image`` counts from 0 in reading order, as taggers do; the schema does not say.
        known = {name: _NOT_XML.sub("", value) for name, value in attributes.items() if value}
        ElementTree.SubElement(pages, "Page", known)


def _said_to_be_single(page: OutputPage) -> str:
    """Return the value for a page that only its source knows to be no double page."""
    return "false" if page.marks.double_page is False else ""

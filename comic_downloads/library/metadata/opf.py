"""Read the metadata of an EPUB from its package document.

Source: EPUB 3.3, section 5.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element, ParseError, SubElement

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from .recovery import UnreadableDocument

_OPF = "{http://www.idpf.org/2007/opf}"
_DC = "{http://purl.org/dc/elements/1.1/}"


def as_comic_info(document: bytes) -> Element:
    """Return title, series, creators, language and direction as the elements of a ComicInfo.xml.

    Raises:
        UnreadableDocument: The document cannot be read.
    """
    try:
        package = fromstring(document)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise UnreadableDocument("it is not well-formed") from error
    info = Element("ComicInfo")
    metas = _metas(package)
    for tag, text in (
        ("Title", package.findtext(f".//{_DC}title")),
        ("Series", metas.get("calibre:series") or metas.get("belongs-to-collection")),
        ("Number", metas.get("calibre:series_index") or metas.get("group-position")),
        ("Summary", package.findtext(f".//{_DC}description")),
        ("Writer", ", ".join(element.text or "" for element in package.iter(f"{_DC}creator"))),
        ("Publisher", package.findtext(f".//{_DC}publisher")),
        ("LanguageISO", package.findtext(f".//{_DC}language")),
        ("Manga", "YesAndRightToLeft" if _direction(package) == "rtl" else None),
    ):
        if text:
            SubElement(info, tag).text = text
    return info


def _metas(package: Element) -> dict[str | None, str | None]:
    return {
        meta.get("name") or meta.get("property"): meta.get("content") or (meta.text or "").strip()
        for meta in package.iter(f"{_OPF}meta")
    }


def _direction(package: Element) -> str | None:
    spine = package.find(f"{_OPF}spine")
    return spine.get("page-progression-direction") if spine is not None else None

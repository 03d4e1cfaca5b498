"""Say in the elements of ComicInfo.xml what other formats say in theirs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, SubElement

from ...domain.library import CreatorRole


def comic_info_element(
    texts: Mapping[str, str], credited: Iterable[tuple[str, CreatorRole]]
) -> Element:
    """Return a ComicInfo element that has the texts, and an element for each name and role."""
    root = Element("ComicInfo")
    for name, text in (*texts.items(), *((role, name) for name, role in credited)):
        if text:
            SubElement(root, name).text = text
    return root


def first_text(root: Element, path: str) -> str:
    """Return the text of the first element at the path that has one, or an empty text."""
    return next(iter(texts(root, path)), "")


def texts(root: Element, path: str) -> list[str]:
    """Return the texts of the elements at the path, without empty ones."""
    return [text for one in root.iterfind(path) if (text := (one.text or "").strip())]

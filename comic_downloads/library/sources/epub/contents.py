"""Read the table of contents of an EPUB: its navigation document, or the NCX of EPUB 2."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

_TYPE = "{http://www.idpf.org/2007/ops}type"
NCX = "application/x-dtbncx+xml"


def contents(root: Element) -> Iterator[tuple[str, str]]:
    """Yield the link and the title of every entry, in order, whatever its level is."""
    for element in root.iter():
        name = _name(element)
        if name == "nav" and "toc" in element.get(_TYPE, "").split():
            for link in element.iter():
                if _name(link) == "a":
                    yield link.get("href", ""), _text(link)
        elif name == "navPoint":
            yield _link(element), next(map(_text, _children(element, "navLabel")), "")


def _link(point: Element) -> str:
    return next((child.get("src", "") for child in _children(point, "content")), "")


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if _name(child) == name)


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())

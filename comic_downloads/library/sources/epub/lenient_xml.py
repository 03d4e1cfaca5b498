"""Parse package documents that are not well-formed, or lack their namespaces."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from .document import decoded

OPF, DC = "{http://www.idpf.org/2007/opf}", "{http://purl.org/dc/elements/1.1/}"
MAX_DEPTH = 50
_DUBLIN_CORE = "dc"
_ROOTS = frozenset({"package", "container", "encryption", "display_options"})


def root_of(document: bytes) -> Element | None:
    """Return the root of a document of an EPUB, or None if there is none.

    A package document always comes with the namespaces of EPUB, whatever it declares.
    """
    try:
        root = fromstring(document)
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        root = None
    is_package = root is not None and root.tag.rpartition("}")[2] == "package"
    if root is not None and (not is_package or root.tag.startswith(OPF)):
        return root
    parser = _LenientParser()
    parser.feed(decoded(document))
    parser.close()
    return parser.root


class _LenientParser(HTMLParser):
    """Builds the tree as far as the tags go, like browsers do with HTML."""

    def __init__(self) -> None:
        super().__init__()
        self.root: Element | None = None
        self._open: list[Element] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        prefix, _, name = tag.rpartition(":")
        attributes = {key: value or "" for key, value in attrs}
        element = Element(f"{DC if prefix == _DUBLIN_CORE else OPF}{name}", attributes)
        if self._open:
            self._open[-1].append(element)
        elif self.root is None and name in _ROOTS:
            self.root = element
        else:
            return
        if len(self._open) < MAX_DEPTH:
            self._open.append(element)

    def handle_endtag(self, tag: str) -> None:
        name = tag.rpartition(":")[2]
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place].tag.rpartition("}")[2] == name:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        if self._open:
            element = self._open[-1]
            if len(element):
                element[-1].tail = (element[-1].tail or "") + data
            else:
                element.text = (element.text or "") + data

"""Find what a page document (XHTML, HTML or SVG) shows: pictures, other documents, and text.

It is parsed as HTML, because real pages are often not well-formed. Prefixes of tags and attributes
are ignored: ``svg:image`` and ``image`` are the same element.
"""

from __future__ import annotations

import codecs
import posixpath
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import NamedTuple

from .names import is_outside, path_of
from .styles import Link, StyleSheet, drawn_pictures, element_names, pictures_of

# Bounds for documents made to take time. Kindle comics repeat a page's picture for each panel.
MAX_SHOWN = 2000
MAX_DEPTH = 200
MAX_SHEETS = 50
UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_DECLARED = re.compile(rb"""(?:encoding|charset)\s{0,9}=\s{0,9}["']?([A-Za-z0-9._:-]{1,40})""")
# HTML 13.1.2: elements without an end tag.
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source")
) | {"track", "wbr"}
_UNSEEN = frozenset({"script", "style", "title", "desc", "metadata"})
_LINES = frozenset({"path", "polygon", "polyline", "rect", "circle", "ellipse", "line", "canvas"})
_SOURCES = {
    "img": ("src", "srcset"),
    "image": ("href",),
    "feimage": ("href",),
    "object": ("data",),
    "embed": ("src",),
    "iframe": ("src",),
    "frame": ("src",),
    "video": ("poster",),
    **dict.fromkeys(("body", "table", "td", "th"), ("background",)),
}


class Shown(NamedTuple):
    """Something that a document shows: the first of the links that leads somewhere."""

    links: list[Link]


class _OpenElement(NamedTuple):
    tag: str
    names: frozenset[str]
    folder: str
    object: Shown | None


@dataclass
class PageDocument(HTMLParser):
    """What one document shows.

    ``style_sheets`` returns a linked style sheet after those that it imports.

    Attributes:
        shown: Pictures and documents, in order.
        text_length: The characters of its text.
        prose_length: Those outside of links, which tables of contents consist of.
        draws_lines: Whether it has shapes of SVG.
    """

    folder: str
    style_sheets: Callable[[Link], Sequence[StyleSheet]]
    shown: list[Shown] = field(default_factory=list)
    text_length: int = 0
    prose_length: int = 0
    draws_lines: bool = False

    def __post_init__(self) -> None:
        super().__init__()
        self._sheets: list[StyleSheet] = []
        self._open: list[_OpenElement] = []
        self._css: list[str] | None = None
        self._picture_sources: list[Link] | None = None
        self._unseen = 0
        self._anchors = 0

    def read(self, document: bytes) -> None:
        """Parse the document and fill the attributes."""
        self.feed(decoded(document))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the element shows."""
        tag = tag.rpartition(":")[2]
        attributes = {name.rpartition(":")[2]: value or "" for name, value in reversed(attrs)}
        # Without a prefix, “href” or “src” counts before one with it.
        attributes |= {name: value or "" for name, value in attrs if ":" not in name}
        if tag == "base" and attributes.get("href"):
            self.folder = _based(self.folder, attributes["href"])
            self._open = [element._replace(folder=self.folder) for element in self._open]
        folder = self._folder
        if dict(attrs).get("xml:base"):
            folder = _based(folder, dict(attrs)["xml:base"] or "")
        names = element_names(tag, attributes)
        self._note_styles(tag, attributes, folder)
        found = self._note_element(tag, attributes, folder)
        self._note_background(names, attributes, folder)
        self._unseen += tag in _UNSEEN
        self._anchors += tag == "a"
        self.draws_lines = self.draws_lines or tag in _LINES
        if tag not in _VOID and len(self._open) < MAX_DEPTH:
            within = found if tag == "object" else self._object
            self._open.append(_OpenElement(tag, names, folder, within))

    def handle_endtag(self, tag: str) -> None:
        """Close the element, and what was left open in it."""
        tag = tag.rpartition(":")[2]
        if tag == "style" and self._css is not None:
            self._sheets.append(StyleSheet.parsed("".join(self._css), self._folder))
            self._css = None
        if tag == "picture":
            self._end_picture()
        self._unseen = max(0, self._unseen - (tag in _UNSEEN))
        self._anchors = max(0, self._anchors - (tag == "a"))
        for place in range(len(self._open) - 1, -1, -1):
            if self._open[place].tag == tag:
                del self._open[place:]
                return

    def handle_data(self, data: str) -> None:
        """Count the text, or keep it if it is a style sheet."""
        if self._css is not None:
            self._css.append(data)
        elif not self._unseen:
            length = len(data.strip())
            self.text_length += length
            self.prose_length += 0 if self._anchors else length

    def handle_pi(self, data: str) -> None:
        """Read the style sheet that an ``<?xml-stylesheet?>`` names."""
        match = re.search(r"""\shref\s{0,9}=\s{0,9}["']([^"']{1,2000})""", data[:5000])
        if data.startswith("xml-stylesheet") and match:
            self._add_style_sheet(match[1], self._folder)

    @property
    def _folder(self) -> str:
        return self._open[-1].folder if self._open else self.folder

    @property
    def _object(self) -> Shown | None:
        return self._open[-1].object if self._open else None

    def _note_styles(self, tag: str, attributes: dict[str, str], folder: str) -> None:
        if tag == "style":
            self._css = []
        relation = attributes.get("rel", "").lower().split()
        if tag == "link" and "stylesheet" in relation and attributes.get("href"):
            self._add_style_sheet(attributes["href"], folder)

    def _add_style_sheet(self, link: str, folder: str) -> None:
        if len(self._sheets) < MAX_SHEETS:
            self._sheets.extend(self.style_sheets(Link(folder, link)))

    def _note_element(self, tag: str, attributes: dict[str, str], folder: str) -> Shown | None:
        if tag == "picture":
            self._picture_sources = []
        if tag == "source" and self._picture_sources is not None:
            self._picture_sources.extend(
                Link(folder, link) for link in _candidates(attributes.get("srcset", ""))
            )
        is_image_button = tag == "input" and attributes.get("type", "").lower() == "image"
        wanted = ("src",) if is_image_button else _SOURCES.get(tag, ())
        written = [
            link
            for name in wanted
            for link in (_candidates if name == "srcset" else _alone)(attributes.get(name, ""))
        ]
        links = [Link(folder, link) for link in written]
        if tag == "img" and self._picture_sources:
            links, self._picture_sources = links + self._picture_sources, []
        return self._show(links)

    def _end_picture(self) -> None:
        self._show(self._picture_sources or [])
        self._picture_sources = None

    def _note_background(
        self, names: frozenset[str], attributes: dict[str, str], folder: str
    ) -> None:
        drawn = drawn_pictures(self._sheets, names, self._open)
        if "url(" in attributes.get("style", "").lower():
            drawn |= pictures_of(attributes["style"], folder)
        for links in drawn.values():
            for link in links:
                self._show([link])

    def _show(self, links: list[Link]) -> Shown | None:
        links = [link for link in links if link.text.strip()]
        if not links or len(self.shown) >= MAX_SHOWN:
            return None
        if self._object is not None:
            # What an object contains is shown only where its own data cannot be.
            self._object.links.extend(links)
            return None
        self.shown.append(Shown(links))
        return self.shown[-1]


def decoded(document: bytes) -> str:
    """Return the text of a document: by its byte order mark, as UTF-8, or as it declares."""
    if document.startswith(UTF16_MARKS):
        return document.decode("utf-16", errors="replace")
    try:
        return document.decode("utf-8-sig")
    except UnicodeDecodeError:
        declared = _DECLARED.search(document[:2000])
    try:
        return document.decode(declared[1].decode() if declared else "cp1252", errors="replace")
    except (LookupError, UnicodeError):
        return document.decode("utf-8", errors="replace")


def _based(folder: str, base: str) -> str:
    """Return the folder from which links lead below an element with this base."""
    return folder if is_outside(base) else posixpath.dirname(path_of(folder, f"{base}x"))


def _alone(link: str) -> list[str]:
    return [link] if link else []


def _candidates(srcset: str) -> list[str]:
    """Return the links of a ``srcset``, the largest picture first."""
    found: list[tuple[float, str]] = []
    for candidate in re.split(r",\s|(?<=\d[wxh]),", srcset):
        link, _, size = candidate.strip().strip(",").partition(" ")
        if link:
            number = re.fullmatch(r"\s*(\d{1,6}(?:\.\d{1,3})?)[wxh]\s*", size)
            found.append((float(number[1]) if number else 1.0, link))
    return [link for _, link in sorted(found, key=lambda one: -one[0])]

"""Read the metadata of an EPUB from its package document, of EPUB 2 or 3.

Source: EPUB 3.3, section 5.5 and appendix D.3; Open Packaging Format 2.0.1, section 2.2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from ...domain.library import CreatorRole
from .dates import date_parts
from .elements import comic_info_element
from .people import credited_names
from .recovery import recovered_root
from .roles import role_of
from .vocabulary import Vocabulary

PACKAGE = Vocabulary(
    "package",
    containers=("metadata", "dc-metadata", "x-metadata", "spine"),
    leaves=(
        *("title", "creator", "contributor", "subject", "description", "publisher", "date"),
        *("language", "identifier", "meta"),
    ),
    attributes=("page-progression-direction", "file-as"),
    allows_external_dtd=True,
)
_WHOLE = re.compile(r"(\d+)\.0+")
_ISBN = re.compile(r"(?:urn:)?(?:isbn:?\s*)?((?:97[89])?\d{9}[\dX])", re.IGNORECASE)
_EVENTS = {"publication": 0, "original-publication": 0, "modification": 2}
_NO_LANGUAGE = frozenset({"", "und", "zxx", "mul"})
_RIGHT_TO_LEFT = frozenset({"horizontal-rl", "vertical-rl"})


def as_comic_info(document: bytes) -> Element:
    """Return what the package document says as the elements of a ComicInfo.xml.

    Raises:
        UnreadableDocument: The document cannot be read.
    """
    package = _Package(recovered_root(document, PACKAGE))
    series, position = package.series()
    year, month, day = date_parts(package.date())
    return comic_info_element(
        {
            "Title": package.title(),
            "Series": series,
            "Number": _WHOLE.sub(r"\1", position) if _WHOLE.fullmatch(position) else position,
            "Summary": package.first("description"),
            "Year": year,
            "Month": month,
            "Day": day,
            "Publisher": package.first("publisher"),
            "Genre": ", ".join(dict.fromkeys(package.texts("subject"))),
            "LanguageISO": package.language(),
            "Manga": "YesAndRightToLeft" if package.is_right_to_left() else "",
            "GTIN": package.isbn(),
        },
        package.credits(),
    )


class _Package:
    """The elements of a package document, and what others say about each of them."""

    def __init__(self, root: Element) -> None:
        self._root = root
        self._metas: dict[str, str] = {}
        self._refined: dict[tuple[str, str], list[str]] = {}
        for meta in root.iter("meta"):
            name = meta.get("property") or meta.get("name") or ""
            value = (meta.get("content") or meta.text or "").strip()
            subject = meta.get("refines", "").removeprefix("#")
            if subject:
                self._refined.setdefault((subject, name), []).append(value)
            else:
                self._metas.setdefault(name, value)

    def texts(self, name: str) -> list[str]:
        """Return the texts of all elements of this name that have one."""
        return [text for element in self._root.iter(name) if (text := _text(element))]

    def first(self, name: str) -> str:
        """Return the text of the first element of this name that has one, or an empty text."""
        return next(iter(self.texts(name)), "")

    def title(self) -> str:
        """Return the main title, followed by the subtitle, if there is one."""
        typed = [
            (self._about(element, "title-type"), text)
            for element in self._root.iter("title")
            if (text := _text(element))
        ]
        mains = [text for kind, text in typed if kind == "main"]
        untyped = [text for kind, text in typed if not kind]
        main = next(iter([*mains, *untyped, *(text for _, text in typed)]), "")
        subtitle = next((text for kind, text in typed if kind == "subtitle"), "")
        return f"{main}: {subtitle}" if subtitle and subtitle != main else main

    def series(self) -> tuple[str, str]:
        """Return the series and the position in it; a set counts only where there is no series."""
        if self._metas.get("calibre:series"):
            return self._metas["calibre:series"], self._metas.get("calibre:series_index", "")
        collections = [
            meta
            for meta in self._root.iter("meta")
            if meta.get("property") == "belongs-to-collection" and _text(meta)
        ]
        if not collections:
            return "", ""
        best = min(collections, key=self._collection_rank)
        return _text(best), self._about(best, "group-position")

    def _collection_rank(self, meta: Element) -> int:
        kind = self._about(meta, "collection-type").casefold()
        return {"series": 0, "set": 2}.get(kind, 1)

    def date(self) -> str:
        """Return the date of publication, or else the one that is most like it."""
        dates = list(self._root.iter("date"))
        dates.sort(key=lambda date: _EVENTS.get(date.get("event", "").casefold(), 1))
        return next(filter(None, map(_text, dates)), "")

    def language(self) -> str:
        """Return the first language that says anything."""
        return next(
            (one for one in self.texts("language") if one.casefold() not in _NO_LANGUAGE), ""
        )

    def isbn(self) -> str:
        """Return the first identifier that is an ISBN, without hyphens, or an empty text."""
        identifiers = (text.replace("-", "") for text in self.texts("identifier"))
        return next((found[1] for one in identifiers if (found := _ISBN.fullmatch(one))), "")

    def is_right_to_left(self) -> bool:
        """Return whether the pages progress to the left, in the terms of EPUB or of Kindle."""
        spine = self._root.find("spine")
        declared = spine.get("page-progression-direction", "") if spine is not None else ""
        if declared in {"rtl", "ltr"}:
            return declared == "rtl"
        return self._metas.get("primary-writing-mode", "") in _RIGHT_TO_LEFT

    def credits(self) -> Iterator[tuple[str, CreatorRole]]:
        """Yield names and roles. Creators without a role are writers."""
        for name in ("creator", "contributor"):
            for element in self._root.iter(name):
                refined = self._refined.get((element.get("id", ""), "role"), [])
                words = [word for word in (element.get("role", ""), *refined) if word]
                roles = dict.fromkeys(role for word in words if (role := role_of(word)))
                if not roles and name == "creator":
                    roles = {CreatorRole.WRITER: None}
                sort_form = element.get("file-as") or self._about(element, "file-as")
                for person in credited_names(element.text or "", sort_form):
                    yield from ((person, role) for role in roles)

    def _about(self, element: Element, name: str) -> str:
        """Return what a meta element that refines the element says, or an empty text."""
        return next(iter(self._refined.get((element.get("id", ""), name), [])), "")


def _text(element: Element) -> str:
    return (element.text or "").strip()

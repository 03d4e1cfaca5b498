"""What a PDF or EPUB says about itself.

These are title, authors, genres, summary, language and date as text, and the XMP metadata.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from datetime import date
from xml.sax.saxutils import escape

from ..domain.library import ComicMetadata, CreatorRole
from .pages import Document

_XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/">
{properties}
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>"""
# RFC 5646, 2.1, without the forms that were never assigned.
_LANGUAGE_TAG = re.compile("[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_AUTHORS = (CreatorRole.WRITER, CreatorRole.PENCILLER, CreatorRole.INKER, CreatorRole.COLORIST)


def printable(text: str) -> str:
    """Return the text on one line, without control characters that PDF and XML cannot carry."""
    return " ".join(
        "".join(
            c for c in text if c.isspace() or unicodedata.category(c) not in {"Cc", "Cs"}
        ).split()
    )


def authors(document: Document) -> list[str]:
    """Return the writers and artists, each once; if there are none, the other creators."""
    credits = [creator for comic in document.comics for creator in comic.metadata.creators]
    makers = [creator for creator in credits if creator.role in _AUTHORS] or credits
    return list(dict.fromkeys(printable(creator.name) for creator in makers))


def language(document: Document) -> str:
    """Return the BCP 47 language tag that all comics share, or an empty text.

    Values that are no language tag are left out: the source may have any word there.
    """
    languages = {comic.metadata.language for comic in document.comics}
    shared = languages.pop().strip().replace("_", "-") if len(languages) == 1 else ""
    return shared if _LANGUAGE_TAG.fullmatch(shared) else ""


def genres(document: Document) -> list[str]:
    """Return the genres of all comics, each once."""
    found = (
        printable(genre) for comic in document.comics for genre in comic.metadata.genre.split(",")
    )
    return list(dict.fromkeys(filter(None, found)))


def summary(document: Document) -> str:
    """Return the summary of a single comic, or the titles of several."""
    if len(document.comics) == 1:
        return printable(document.comics[0].metadata.summary)
    return printable("; ".join(comic.metadata.title for comic in document.comics))


def xmp(document: Document) -> str:
    """Return the content of the XMP packet, in Dublin Core.

    It has title, creators, description, genres, language, publisher and date.
    """
    values = [("title", "Alt", [printable(document.title)]), ("creator", "Seq", authors(document))]
    values += [
        ("description", "Alt", [summary(document)]),
        ("subject", "Bag", genres(document)),
        ("language", "Bag", [language(document)]),
    ]
    publishers = dict.fromkeys(printable(comic.metadata.publisher) for comic in document.comics)
    values += [
        ("publisher", "Bag", list(publishers)),
        ("date", "Seq", [publication_date(document.comics[0].metadata)] if document.comics else []),
    ]
    lines = [_property(name, container, texts) for name, container, texts in values if any(texts)]
    return _XMP.format(properties="\n".join(lines))


def _property(name: str, container: str, texts: list[str]) -> str:
    attribute = ' xml:lang="x-default"' if container == "Alt" else ""
    items = "".join(f"<rdf:li{attribute}>{escape(text)}</rdf:li>" for text in texts if text)
    return f"   <dc:{name}><rdf:{container}>{items}</rdf:{container}></dc:{name}>"


def publication_date(metadata: ComicMetadata) -> str:
    """Return the date of publication as exactly as it is known, in ISO 8601.

    It is ``1994``, ``1994-03`` or ``1994-03-01``. Parts that make no real date are left out.
    """
    if metadata.year is None:
        return ""
    for known in ((metadata.month, metadata.day), (metadata.month,), ()):
        parts = [part for part in known if part is not None]
        if len(parts) == len(known) and _is_date(metadata.year, *parts):
            return "-".join([f"{metadata.year:04}", *(f"{part:02}" for part in parts)])
    return ""


def _is_date(year: int, month: int = 1, day: int = 1) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def file_identifier(document: Document) -> str:
    """Return 32 hex digits that depend on title and pages alone.

    PDF wants an identifier to name the content (ISO 32000-1, 14.4).
    """
    digest = hashlib.sha256(document.title.encode())
    for comic in document.comics:
        for page in comic.pages:
            digest.update(page.facts.sha256.encode())
    return digest.hexdigest()[:32].upper()

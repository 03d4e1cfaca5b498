"""The documents inside an EPUB: container, package, navigation and a page for every image."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from ...domain.library import CreatorRole, ReadingDirection
from ..chapters import Chapter, contents
from ..comicinfo.document import COMIC_INFO_NAME
from ..descriptions import (
    file_identifier,
    genres,
    language,
    printable,
    publication_date,
    summary,
)
from ..pages import Document

CONTAINER = b"""<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles>
    <rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
  </rootfiles>
</container>
"""
# EPUB demands a time; the real one would change the bytes.
_MODIFIED = "1980-01-01T00:00:00Z"
_UNKNOWN_LANGUAGE = "und"  # BCP 47
# EPUB names roles by MARC relator codes.
_RELATORS = {
    CreatorRole.WRITER: "aut",
    CreatorRole.PENCILLER: "art",
    CreatorRole.INKER: "ill",
    CreatorRole.COLORIST: "clr",
    CreatorRole.LETTERER: "cll",
    CreatorRole.COVER_ARTIST: "cov",
    CreatorRole.EDITOR: "edt",
    CreatorRole.TRANSLATOR: "trl",
}


@dataclass(frozen=True)
class EpubPage:
    """A page of the EPUB.

    Attributes:
        number: From 1, padded with zeros.
        width: In pixels.
        height: In pixels.
        media_type: Of its image.
        image: The path of its image.
        is_double: Whether it shows two pages at once.
    """

    number: str
    width: int
    height: int
    media_type: str
    image: str
    is_double: bool

    @property
    def document(self) -> str:
        """Return the name of the XHTML file that shows the page."""
        return f"page-{self.number}.xhtml"


def page_document(page: EpubPage) -> bytes:
    """Return the XHTML that shows the image and nothing else, at its own size."""
    size = f"width: {page.width}px; height: {page.height}px"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml">
<head>
<title>{int(page.number)}</title>
<meta name="viewport" content="width={page.width}, height={page.height}"/>
<style>body {{ margin: 0 }} img {{ display: block; {size} }}</style>
</head>
<body><img src="{page.image}" alt="Page {int(page.number)}"/></body>
</html>
""".encode()


def navigation(document: Document, pages: Sequence[EpubPage]) -> bytes:
    """Return the navigation document: the chapters, and the list of pages."""
    numbers = "\n".join(
        f'<li><a href="{page.document}">{int(page.number)}</a></li>' for page in pages
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
<head><title>{_text(document.title)}</title></head>
<body>
<nav epub:type="toc"><ol>
{_contents(document, pages)}
</ol></nav>
<nav epub:type="page-list" hidden="hidden"><ol>
{numbers}
</ol></nav>
</body>
</html>
""".encode()


def _contents(document: Document, pages: Sequence[EpubPage]) -> str:
    """Return the items of the table of contents; those of a lower level stand in a list."""
    front = Chapter(0, document.comics[0].metadata.title or document.title)
    items: list[tuple[str, list[str]]] = []
    for chapter in contents(document, front):
        link = f'<a href="{pages[chapter.page].document}">{_text(chapter.title)}</a>'
        if chapter.level == 0:
            items.append((link, []))
        else:
            items[-1][1].append(f"<li>{link}</li>")
    return "\n".join(
        f"<li>{link}<ol>{''.join(below)}</ol></li>" if below else f"<li>{link}</li>"
        for link, below in items
    )


def _text(value: str) -> str:
    return escape(printable(value)) or "–"


def package(document: Document, pages: Sequence[EpubPage], *, has_report: bool) -> bytes:
    """Return the package document: metadata, all files, and the order of the pages.

    Each page says on which side of the spread it lies.
    """
    right_to_left = {comic.metadata.reading_direction for comic in document.comics} == {
        ReadingDirection.RIGHT_TO_LEFT
    }
    comic_info = f'<item id="comic-info" href="{COMIC_INFO_NAME}" media-type="application/xml"/>'
    report = (
        '<item id="missing-pages" href="missing-pages.txt" media-type="text/plain"/>'
        if has_report
        else ""
    )
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">',
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">',
        *_metadata(document),
        *(_kindle_metadata(pages, document.cover, right_to_left) if document.for_kindle else ()),
        "</metadata>",
        "<manifest>",
        '<item id="navigation" href="navigation.xhtml" media-type="application/xhtml+xml" '
        'properties="nav"/>',
        *([comic_info] if document.with_metadata else []),
        *([report] if report else []),
        *_items(pages, document.cover),
        "</manifest>",
        f'<spine page-progression-direction="{"rtl" if right_to_left else "ltr"}">',
        *_spine(pages, right_to_left),
        "</spine>",
        "</package>",
    ]
    return "\n".join(lines).encode() + b"\n"


def _metadata(document: Document) -> Iterator[str]:
    yield f'<dc:identifier id="id">urn:uuid:{uuid.UUID(file_identifier(document))}</dc:identifier>'
    yield f"<dc:title>{_text(document.title)}</dc:title>"
    yield f"<dc:language>{escape(language(document)) or _UNKNOWN_LANGUAGE}</dc:language>"
    yield f'<meta property="dcterms:modified">{_MODIFIED}</meta>'
    yield '<meta property="rendition:layout">pre-paginated</meta>'
    yield '<meta property="rendition:orientation">auto</meta>'
    yield '<meta property="rendition:spread">landscape</meta>'
    if document.with_metadata:
        yield from _description(document)


def _kindle_metadata(pages: Sequence[EpubPage], cover: int, right_to_left: bool) -> Iterator[str]:
    """Yield what Amazon's guide asks of comics with fixed pages, in the form of EPUB 2.

    With it, Kindles show pages without margins, and panels one by one in reading order.
    """
    width, height = max(page.width for page in pages), max(page.height for page in pages)
    for name, content in (
        ("cover", f"image-{pages[cover].number}"),
        ("fixed-layout", "true"),
        ("original-resolution", f"{width}x{height}"),
        ("book-type", "comic"),
        ("primary-writing-mode", "horizontal-rl" if right_to_left else "horizontal-lr"),
        ("zero-gutter", "true"),
        ("zero-margin", "true"),
        ("ke-border-color", "#FFFFFF"),
        ("ke-border-width", "0"),
        ("orientation-lock", "none"),
    ):
        yield f'<meta name="{name}" content="{content}"/>'


def _description(document: Document) -> Iterator[str]:
    creators = dict.fromkeys(
        creator
        for comic in document.comics
        for creator in comic.metadata.creators
        if printable(creator.name)
    )
    for number, creator in enumerate(creators):
        yield f'<dc:creator id="creator-{number}">{_text(creator.name)}</dc:creator>'
        role = _RELATORS[creator.role]
        refined = f'refines="#creator-{number}"'
        yield f'<meta {refined} property="role" scheme="marc:relators">{role}</meta>'
    first = document.comics[0].metadata
    for name, value in (
        ("publisher", printable(first.publisher)),
        ("description", summary(document)),
        ("date", publication_date(first)),
        *(("subject", genre) for genre in genres(document)),
    ):
        if value:
            yield f"<dc:{name}>{escape(value)}</dc:{name}>"
    series = {comic.metadata.series for comic in document.comics}
    if len(series) == 1 and printable(first.series):
        yield f'<meta property="belongs-to-collection" id="series">{_text(first.series)}</meta>'
        yield '<meta refines="#series" property="collection-type">series</meta>'
        if len(document.comics) == 1 and first.number.replace(".", "", 1).isdecimal():
            yield f'<meta refines="#series" property="group-position">{first.number}</meta>'


def _items(pages: Sequence[EpubPage], cover: int) -> Iterator[str]:
    for place, page in enumerate(pages):
        marked = ' properties="cover-image"' if place == cover else ""
        kind = quoteattr(page.media_type)
        yield f'<item id="image-{page.number}" href="{page.image}" media-type={kind}{marked}/>'
        yield (
            f'<item id="page-{page.number}" href="{page.document}" '
            'media-type="application/xhtml+xml"/>'
        )


def _spine(pages: Sequence[EpubPage], right_to_left: bool) -> Iterator[str]:
    """Yield the pages in order, each with its side of the spread.

    The first page and double pages lie across the spread. The pages between them come in pairs that
    begin on the first side.
    """
    sides = (
        ("page-spread-right", "page-spread-left")
        if right_to_left
        else ("page-spread-left", "page-spread-right")
    )
    alone = 0  # Pages since the last one that lies across the spread.
    for place, page in enumerate(pages):
        if place == 0 or page.is_double:
            side, alone = "rendition:page-spread-center", 0
        else:
            side, alone = sides[alone % 2], alone + 1
        yield f'<itemref idref="page-{page.number}" properties="{side}"/>'

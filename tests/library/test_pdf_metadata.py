"""What a PDF says about itself: document information, XMP, language, direction, attachments."""

from __future__ import annotations

from pathlib import Path

import pikepdf
import pytest
from fpdf import FPDF

from comic_downloads.db.library import manifest_comics
from comic_downloads.domain.library import ComicMetadata, ReadingDirection
from comic_downloads.usecases.library.status import library_status

from .packed import write_pdf
from .shelf import Shelf, comic_info, image

XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"
 xmlns:pdf="http://ns.adobe.com/pdf/1.3/" xmlns:calibre="urn:c" xmlns:calibreSI="urn:s">
<dc:title><rdf:Alt><rdf:li xml:lang="de">Ebbe</rdf:li>
<rdf:li xml:lang="x-default">Low Water</rdf:li></rdf:Alt></dc:title>
<dc:creator><rdf:Seq><rdf:li>Li, Ann</rdf:li><rdf:li>Bo Roe</rdf:li></rdf:Seq></dc:creator>
<dc:description><rdf:Alt><rdf:li xml:lang="x-default">They sail.</rdf:li></rdf:Alt></dc:description>
<dc:subject><rdf:Bag><rdf:li>Crime</rdf:li><rdf:li>War</rdf:li></rdf:Bag></dc:subject>
<dc:publisher><rdf:Bag><rdf:li>Quay Press</rdf:li></rdf:Bag></dc:publisher>
<dc:language><rdf:Bag><rdf:li>fr</rdf:li></rdf:Bag></dc:language>
<dc:date><rdf:Seq><rdf:li>1994-03-01</rdf:li></rdf:Seq></dc:date>
<calibre:series rdf:parseType="Resource"><rdf:value>Harbour</rdf:value>
<calibreSI:series_index>3.00</calibreSI:series_index></calibre:series>
</rdf:Description></rdf:RDF></x:xmpmeta>"""
PICTURE_XMP = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>
<rdf:li xml:lang="x-default">A photograph</rdf:li></rdf:Alt></dc:title></rdf:Description>
</rdf:RDF>"""


def _metadata(shelf: Shelf) -> ComicMetadata:
    shelf.scan()
    with shelf.context.db.read() as session:
        return manifest_comics(session, [shelf.only().id])[0].metadata


def _pdf(path: Path, title: str = "", author: str = "", xmp: str = "") -> Path:
    pdf = FPDF(unit="pt")
    pdf.add_page(format=(300, 450))
    pdf.set_title(title)
    pdf.set_author(author)
    pdf.set_subject("A summary")
    pdf.set_keywords("sea, ships")
    pdf.set_lang("de-DE")
    if xmp:
        pdf.set_xmp_metadata(xmp)
    pdf.output(str(path))
    return path


def test_a_pdf_has_title_authors_summary_and_language(shelf: Shelf):
    _pdf(shelf.library / "x.pdf", "Low Water", "Ann Li, Bo Roe")
    found = _metadata(shelf)
    assert (found.title, found.summary, found.language) == ("Low Water", "A summary", "de-DE")
    assert [creator.name for creator in found.creators] == ["Ann Li", "Bo Roe"]
    assert found.details.tags == "sea, ships"


def test_xmp_says_more_than_the_document_information(shelf: Shelf):
    _pdf(shelf.library / "x.pdf", "Draft", "Somebody", XMP)
    found = _metadata(shelf)
    assert (found.title, found.series, found.number) == ("Low Water", "Harbour", "3")
    assert (found.year, found.month, found.day) == (1994, 3, 1)
    assert (found.summary, found.publisher, found.genre) == (
        "They sail.",
        "Quay Press",
        "Crime, War",
    )
    assert [creator.name for creator in found.creators] == ["Ann Li", "Bo Roe"]


def test_the_xmp_of_a_picture_says_nothing_about_the_pdf(shelf: Shelf):
    path = _pdf(shelf.library / "x.pdf", "Low Water")
    path.write_bytes(path.read_bytes() + PICTURE_XMP.encode())
    assert _metadata(shelf).title == "Low Water"


def test_a_pdf_that_is_read_from_the_right_says_so(shelf: Shelf):
    path = write_pdf(shelf.library / "x.pdf", [image()])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.Root.ViewerPreferences = pikepdf.Dictionary(Direction=pikepdf.Name.R2L)
        pdf.save(path)
    assert _metadata(shelf).reading_direction is ReadingDirection.RIGHT_TO_LEFT


@pytest.mark.parametrize(
    "title",
    ["untitled", "Untitled-2", "Microsoft Word - pages.doc", "harbour_final.indd", "Scan 12"],
)
def test_titles_that_programs_make_up_name_no_comic(shelf: Shelf, title: str):
    _pdf(shelf.library / "Harbour 003.pdf", title, "Unknown")
    found = _metadata(shelf)
    assert (found.title, found.series, found.creators) == ("Harbour #3", "Harbour", ())


def test_a_comic_info_attached_to_a_pdf_is_read(shelf: Shelf):
    path = _pdf(shelf.library / "x.pdf", "Draft", "Ann Li")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.attachments["ComicInfo.xml"] = comic_info(Title="Low Water", Volume="2")
        pdf.save(path)
    found = _metadata(shelf)
    assert (found.title, found.volume, found.language) == ("Low Water", 2, "de-DE")
    assert library_status(shelf.context).problems == ()

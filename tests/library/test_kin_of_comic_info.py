"""Metadata in MetronInfo.xml, CoMet.xml, ComicBookLover's comment, and package documents."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from comic_downloads.db.library import manifest_comics
from comic_downloads.domain.library import ComicMetadata, Creator, CreatorRole, ReadingDirection
from comic_downloads.usecases.library.status import library_status

from .packed import write_epub, write_rar5
from .shelf import Shelf, comic_info, image, write_zip

METRON = b"""<?xml version="1.0" encoding="UTF-8"?>
<MetronInfo xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <IDS><ID source="Metron" primary="true">12</ID></IDS>
  <Publisher id="3"><Name>Quay Press</Name><Imprint>Low Quay</Imprint></Publisher>
  <Series lang="fr"><Name>Harbour</Name><SortName>Harbour</SortName><Volume>2</Volume>
    <IssueCount>6</IssueCount><Format>Limited Series</Format></Series>
  <Number>004</Number>
  <Stories><Story>Low Water</Story><Story>The Pilot</Story></Stories>
  <Summary>They &lt;i&gt;sail&lt;/i&gt;.</Summary>
  <CoverDate>1994-03-01</CoverDate><StoreDate>1994-01-05</StoreDate>
  <Genres><Genre>Crime</Genre><Genre>War</Genre></Genres><Tags><Tag>sea</Tag></Tags>
  <Arcs><Arc><Name>Tides</Name><Number>2</Number></Arc></Arcs>
  <Characters><Character id="1">Ada</Character><Character>Bo</Character></Characters>
  <Teams><Team>Crew</Team></Teams><Locations><Location>Pier</Location></Locations>
  <GTIN><ISBN>9780306406157</ISBN></GTIN>
  <AgeRating>Mature</AgeRating>
  <URLs><URL>https://b.example</URL><URL primary="true">https://a.example</URL></URLs>
  <Credits>
    <Credit><Creator>Ann Li</Creator><Roles><Role>Writer</Role><Role>Cover</Role></Roles></Credit>
    <Credit><Creator>Bo Roe</Creator><Roles><Role>Color Assists</Role></Roles></Credit>
    <Credit><Creator>Cy Day</Creator><Roles><Role>President</Role></Roles></Credit>
  </Credits>
</MetronInfo>"""
COMET = b"""<?xml version="1.0" encoding="UTF-8"?>
<comet xmlns:comet="http://www.denvog.com/comet/"><title>Low Water</title><series>Harbour</series>
<issue>4</issue><volume>2</volume><description>They sail.</description><date>1994-03</date>
<publisher>Quay Press</publisher><genre>Crime</genre><genre>War</genre><character>Ada</character>
<language>French</language><readingDirection>rtl</readingDirection><writer>Ann Li</writer>
<coverDesigner>Bo Roe; Cy Day</coverDesigner></comet>"""
BOOK_INFO = {
    "appID": "ComicBookLover/888",
    "ComicBookInfo/1.0": {
        "series": "Harbour",
        "title": "Low Water",
        "issue": 4,
        "volume": 2.0,
        "publicationYear": 1994,
        "publicationMonth": 3,
        "publisher": "Quay Press",
        "language": "French",
        "genre": "Crime",
        "comments": "They sail.",
        "credits": [
            {"person": "Li, Ann", "role": "Writer", "primary": True},
            {"person": "Bo Roe", "role": "Artist"},
            {"role": "Editor"},
            "nobody",
        ],
        "tags": ["sea", 3, "war"],
    },
}


def _metadata(shelf: Shelf) -> ComicMetadata:
    shelf.scan()
    with shelf.context.db.read() as session:
        return manifest_comics(session, [shelf.only().id])[0].metadata


def _commented(path: Path, comment: object, files: dict[str, bytes] | None = None) -> None:
    write_zip(path, {**(files or {}), "1.jpg": image()})
    with zipfile.ZipFile(path, "a") as archive:
        archive.comment = json.dumps(comment).encode()


def _by_role(metadata: ComicMetadata) -> set[tuple[str, str]]:
    return {(creator.name, creator.role.value) for creator in metadata.creators}


def test_metron_info_is_read_where_there_is_no_comic_info(shelf: Shelf):
    write_zip(shelf.library / "x.cbz", {"MetronInfo.xml": METRON, "1.jpg": image()})
    found = _metadata(shelf)
    assert (found.title, found.series, found.number) == ("Low Water; The Pilot", "Harbour", "4")
    assert (found.volume, found.year, found.month, found.day) == (2, 1994, 3, 1)
    assert (found.summary, found.publisher, found.genre) == (
        "They sail.",
        "Quay Press",
        "Crime, War",
    )
    assert (found.language, found.age_rating) == ("fr", "Mature 17+")
    assert found.web == "https://a.example https://b.example"
    assert _by_role(found) == {
        ("Ann Li", "Writer"),
        ("Ann Li", "CoverArtist"),
        ("Bo Roe", "Colorist"),
    }
    details = found.details
    assert (details.count, details.imprint, details.format) == (6, "Low Quay", "Limited Series")
    assert (details.characters, details.teams, details.locations) == ("Ada, Bo", "Crew", "Pier")
    assert (details.story_arc, details.story_arc_number, details.tags) == ("Tides", "2", "sea")
    assert details.gtin == "9780306406157"


def test_comet_is_read_where_there_is_no_comic_info(shelf: Shelf):
    write_rar5(shelf.library / "x.cbr", {"CoMet.xml": COMET, "1.jpg": image()})
    found = _metadata(shelf)
    assert (found.title, found.series, found.number) == ("Low Water", "Harbour", "4")
    assert (found.volume, found.year, found.month, found.day) == (2, 1994, 3, None)
    assert (found.summary, found.publisher, found.genre) == (
        "They sail.",
        "Quay Press",
        "Crime, War",
    )
    assert (found.language, found.details.characters) == ("fr", "Ada")
    assert found.reading_direction is ReadingDirection.RIGHT_TO_LEFT
    assert _by_role(found) == {
        ("Ann Li", "Writer"),
        ("Bo Roe", "CoverArtist"),
        ("Cy Day", "CoverArtist"),
    }


def test_the_comment_of_comic_book_lover_is_read(shelf: Shelf):
    _commented(shelf.library / "x.cbz", BOOK_INFO)
    found = _metadata(shelf)
    assert (found.title, found.series, found.number) == ("Low Water", "Harbour", "4")
    assert (found.volume, found.year, found.month) == (2, 1994, 3)
    assert (found.language, found.genre, found.details.tags) == ("fr", "Crime", "sea, war")
    assert _by_role(found) == {("Ann Li", "Writer"), ("Bo Roe", "Penciller")}


def test_another_comment_is_no_metadata_and_no_problem(shelf: Shelf):
    _commented(shelf.library / "x.cbz", "scanned by nobody")
    assert _metadata(shelf).title == "x"
    assert library_status(shelf.context).problems == ()


@pytest.mark.parametrize("comment", [{"ComicBookInfo/1.0": 3}, "{ComicBookInfo/"])
def test_a_broken_comment_of_comic_book_lover_is_a_problem(shelf: Shelf, comment: object):
    _commented(shelf.library / "x.cbz", comment)
    assert _metadata(shelf).title == "x"
    assert library_status(shelf.context).problems == (
        "x.cbz: Its comment is not used: there is no ComicBookInfo in it.",
    )


def test_other_documents_complete_a_comic_info_about_the_same_issue(shelf: Shelf):
    info = comic_info(Title="High Water", Series="HARBOUR", Number="4", Writer="Dee Poe")
    files = {"ComicInfo.xml": info, "MetronInfo.xml": METRON, "CoMet.xml": COMET}
    _commented(shelf.library / "x.cbz", BOOK_INFO, files)
    found = _metadata(shelf)
    assert (found.title, found.series, _by_role(found)) == (
        "High Water",
        "HARBOUR",
        {("Dee Poe", "Writer")},
    )
    assert (found.year, found.month, found.publisher) == (1994, 3, "Quay Press")
    assert found.details.teams == "Crew"
    assert found.reading_direction is ReadingDirection.RIGHT_TO_LEFT


@pytest.mark.parametrize(
    "fields", [{"Series": "Lagoon"}, {"Series": "Harbour", "Number": "5"}, {"Year": "2010"}]
)
def test_documents_about_another_issue_complete_nothing(shelf: Shelf, fields: dict[str, str]):
    files = {"ComicInfo.xml": comic_info(Title="Own", **fields), "MetronInfo.xml": METRON}
    write_zip(shelf.library / "x.cbz", {**files, "1.jpg": image()})
    found = _metadata(shelf)
    assert (found.title, found.publisher, found.summary, found.creators) == ("Own", "", "", ())


def test_a_readable_document_counts_beside_a_broken_one(shelf: Shelf):
    files = {"ComicInfo.xml": b"<html>", "MetronInfo.xml": METRON, "1.jpg": image()}
    write_zip(shelf.library / "x.cbz", files)
    assert _metadata(shelf).series == "Harbour"
    assert library_status(shelf.context).problems == (
        "x.cbz: Its ComicInfo.xml is not used: there is no <ComicInfo> in it.",
    )


def _epub(shelf: Shelf, extra: str, *, rtl: bool = False) -> ComicMetadata:
    files = {"1.jpg": image()}
    write_epub(
        shelf.library / "x.epub", {"1.xhtml": '<img src="1.jpg"/>'}, files, extra=extra, rtl=rtl
    )
    return _metadata(shelf)


EPUB_2 = """<dc:creator opf:role="art" opf:file-as="Roe, Bo">Roe, Bo</dc:creator>
<dc:creator opf:role="clr">Sammy Davis, Jr.</dc:creator><dc:creator>Day, Cy; Poe, Dee</dc:creator>
<dc:contributor opf:role="bkp">a program</dc:contributor>
<dc:contributor opf:role="trl">Eve Orr</dc:contributor>
<dc:date opf:event="modification">2020-05-05</dc:date>
<dc:date opf:event="publication">1994-03-01T00:00:00+00:00</dc:date>
<meta name="calibre:series" content="Harbour"/><meta name="calibre:series_index" content="3.0"/>
<dc:subject>Crime</dc:subject><dc:subject>War</dc:subject>
<meta name="primary-writing-mode" content="horizontal-rl"/>
<dc:identifier opf:scheme="ISBN">978-0-306-40615-7</dc:identifier>
<dc:description>&lt;p&gt;First.&lt;/p&gt;
&lt;p&gt;A &amp;amp; B&lt;/p&gt;</dc:description>"""


def test_an_epub_2_says_who_did_what_and_when(shelf: Shelf):
    found = _epub(shelf, EPUB_2)
    assert (found.title, found.series, found.number) == ("Der Mond", "Harbour", "3")
    assert (found.year, found.month, found.day) == (1994, 3, 1)
    assert found.creators == (
        Creator("Ann Li", CreatorRole.WRITER),
        Creator("Cy Day", CreatorRole.WRITER),
        Creator("Dee Poe", CreatorRole.WRITER),
        Creator("Bo Roe", CreatorRole.PENCILLER),
        Creator("Sammy Davis, Jr.", CreatorRole.COLORIST),
        Creator("Eve Orr", CreatorRole.TRANSLATOR),
    )
    assert (found.genre, found.details.gtin) == ("Crime, War", "9780306406157")
    assert found.summary == "First.\nA & B"
    assert found.reading_direction is ReadingDirection.RIGHT_TO_LEFT


EPUB_3 = """<dc:title id="sub">A Tale</dc:title>
<meta refines="#sub" property="title-type">subtitle</meta>
<dc:creator id="c">Bo Roe</dc:creator>
<meta refines="#c" property="role" scheme="marc:relators">art</meta>
<meta refines="#c" property="role" scheme="marc:relators">clr</meta>
<meta property="belongs-to-collection" id="set">All of it</meta>
<meta refines="#set" property="collection-type">set</meta>
<meta refines="#set" property="group-position">9</meta>
<meta property="belongs-to-collection" id="series">Harbour</meta>
<meta refines="#series" property="collection-type">series</meta>
<meta refines="#series" property="group-position">10.00</meta><dc:date>1994</dc:date>"""


def test_an_epub_3_refines_what_it_says(shelf: Shelf):
    found = _epub(shelf, EPUB_3, rtl=True)
    assert (found.title, found.series, found.number, found.year) == (
        "Der Mond: A Tale",
        "Harbour",
        "10",
        1994,
    )
    assert _by_role(found) == {
        ("Ann Li", "Writer"),
        ("Bo Roe", "Penciller"),
        ("Bo Roe", "Colorist"),
    }
    assert found.reading_direction is ReadingDirection.RIGHT_TO_LEFT


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("van Rijn, Bo", ["Bo van Rijn"]),
        ("Le Roe, Ursula K.", ["Ursula K. Le Roe"]),
        ("Ann Li, Bo Roe", ["Ann Li", "Bo Roe"]),
        ("Ann Li, Bo Roe, Cy Day", ["Ann Li", "Bo Roe", "Cy Day"]),
        ("Ann Li; Bo Roe", ["Ann Li", "Bo Roe"]),
        ("Ann Li & Bo Roe", ["Ann Li", "Bo Roe"]),
        ("Sammy Davis, Jr.", ["Sammy Davis, Jr."]),
    ],
)
def test_names_in_a_package_document_are_told_apart_and_turned(
    shelf: Shelf, written: str, names: list[str]
):
    credit = f'<dc:creator id="c">{written.replace("&", "&amp;")}</dc:creator>'
    role = '<meta refines="#c" property="role">edt</meta>'
    found = _epub(shelf, credit + role)
    assert [one.name for one in found.creators if one.role is CreatorRole.EDITOR] == names

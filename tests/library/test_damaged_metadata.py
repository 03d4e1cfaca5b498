"""Metadata in documents that other programs wrote wrongly, or that were damaged on their way."""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comic_downloads.domain.library import ComicQuery, ReadingDirection
from comic_downloads.library.metadata.declared import declared_metadata
from comic_downloads.library.sources.documents import MAX_DOCUMENT_BYTES, Document, DocumentKind
from comic_downloads.usecases.library.browse import get_comic
from comic_downloads.usecases.library.status import library_status
from comic_downloads.usecases.library.summaries import ComicDetail

from .shelf import Shelf, image, write_folder

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>'
TITLE, SERIES = "Niña & Sea", "Café Métro"
FIELDS = (
    "<Title>Niña &amp; Sea</Title><Series>Café Métro</Series><Number>3</Number>"
    "<Manga>YesAndRightToLeft</Manga><Summary>They sail.</Summary>"
)


def document(
    before: str = DECLARATION, fields: str = FIELDS, behind: str = "", attributes: str = ""
) -> str:
    return f"{before}<ComicInfo{attributes}>{fields}</ComicInfo>{behind}"


def _prefixed(prefix: str) -> str:
    return FIELDS.replace("<", f"<{prefix}:").replace(f"<{prefix}:/", f"</{prefix}:")


DECLARATIONS = {
    "right": document(),
    "line break before": document("\n" + DECLARATION),
    "blanks before": document("   " + DECLARATION),
    "comment before": document("<!-- <ComicInfo><Title>Old</Title></ComicInfo> -->" + DECLARATION),
    "two declarations": document(DECLARATION * 2),
    "two marks": document("\ufeff\ufeff" + DECLARATION),
    "mark and a blank line": document("\ufeff\n" + DECLARATION),
    "bare document type": document(DECLARATION + "<!DOCTYPE ComicInfo>"),
    "empty document type": document(DECLARATION + "<!DOCTYPE ComicInfo []>"),
    "none": document(""),
}
ENDS = {
    "zeros behind": document(behind="\0\0\0"),
    "words behind": document(behind="end of file </x>"),
    "second root": document(behind="<ComicInfo><Title>Other</Title></ComicInfo>"),
    "root without its end": document().removesuffix("</ComicInfo>"),
    "cut in a tag": document().removesuffix("</Summary></ComicInfo>") + "</Sum",
    "cut in a short text": document(fields=FIELDS + "<Notes>Some</Notes>")[:-20],
}
CHARACTERS = {
    "bare ampersand": document().replace("&amp;", "&"),
    "reference to a control character": document().replace("&amp;", "&#x02;&amp;"),
    "raw control character": document().replace("&amp;", "\x02&amp;"),
    "raw zero": document().replace("&amp;", "&amp;\0"),
    "reference of HTML": document().replace("ñ", "&ntilde;").replace("é", "&eacute;"),
    "no-break space": document().replace(" &amp;", "&nbsp;&amp;"),
    "CDATA": document().replace("Niña &amp; Sea", "<![CDATA[Niña & Sea]]>"),
    "CDATA without an end": document().replace("They sail.", "<![CDATA[They sail."),
    "comment without an end": document().replace("They sail.", "<!--They sail."),
}
MARKUP = {
    "double attribute": document(attributes=' a="1" a="2"'),
    "namespace": document(attributes=' xmlns="urn:example:comic"'),
    "unknown prefix of an attribute": document(attributes=' xsi:type="ComicInfo"'),
    "prefix": f'<ci:ComicInfo xmlns:ci="urn:example">{_prefixed("ci")}</ci:ComicInfo>',
    "unknown prefix": f"<ci:ComicInfo>{_prefixed('ci')}</ci:ComicInfo>",
    "lower case": document()
    .lower()
    .replace("niña", "Niña")
    .replace("sea", "Sea")
    .replace("café métro", SERIES)
    .replace("they", "They"),
    "inside another root": f"{DECLARATION}<Tags>{document('')}</Tags>",
    "empty title first": document(fields="<Title/><Title> </Title>" + FIELDS),
    "text without its end tag": document().replace("</Title>", ""),
    "misspelled end tag": document().replace("</Title>", "</Titel>"),
    "end tags too many": document(fields="</p></Notes>" + FIELDS + "</Extra>"),
    "attribute without its quote": document(fields=FIELDS + '<Pages><Page Image="0/></Pages>'),
    "longer than a mebibyte": document(fields=f"<Notes>{'note ' * 300_000}</Notes>{FIELDS}"),
}
LATIN = DECLARATION.replace("utf-8", "iso-8859-1")
ENCODINGS = {
    "Windows-1252 called UTF-8": document().encode("cp1252"),
    "Windows-1252 without a declaration": document("").encode("cp1252"),
    "Latin-1": document(LATIN).encode("latin-1"),
    "UTF-8 called Latin-1": document(LATIN).encode(),
    "UTF-8 called UTF-16": document(DECLARATION.replace("utf-8", "utf-16")).encode(),
    "UTF-16 called UTF-8": document().encode("utf-16"),
    "UTF-16 without a mark": document().encode("utf-16-le"),
    "UTF-16 of the other order without a mark": document().encode("utf-16-be"),
    "UTF-32": document().encode("utf-32"),
    "unknown encoding": document(DECLARATION.replace("utf-8", "x-none")).encode(),
    "one wrong byte": document(behind="<!-- - -->").encode().replace(b" - ", b" \xe9 "),
    "cut in a character": document(fields=FIELDS + "<Notes>é").encode()[:-13],
}
TEXTS = DECLARATIONS | ENDS | CHARACTERS | MARKUP
DOCUMENTS = {name: text.encode() for name, text in TEXTS.items()} | ENCODINGS


def _facts(comic: ComicDetail) -> tuple[object, ...]:
    return comic.title, comic.series, comic.number, comic.reading_direction, comic.summary


def _scan(shelf: Shelf, documents: Iterable[tuple[str, bytes]]) -> dict[str, ComicDetail]:
    """Return the comics that have these documents, by the names of their folders."""
    for name, data in documents:
        write_folder(shelf.library / name, {"ComicInfo.xml": data, "1.jpg": image()})
    shelf.scan()
    listed = shelf.comics(ComicQuery(limit=200))
    details = (get_comic(shelf.context, comic.id) for comic in listed)
    return {comic.path: comic for comic in details}


def test_documents_are_read_however_they_were_written(shelf: Shelf):
    right = (TITLE, SERIES, "3", ReadingDirection.RIGHT_TO_LEFT, "They sail.")
    comics = _scan(shelf, DOCUMENTS.items())
    found = {name: _facts(comic) for name, comic in comics.items()}
    assert found == dict.fromkeys(DOCUMENTS, right)


REFUSED = {
    "entities": (
        '<!DOCTYPE ComicInfo [<!ENTITY sea "Sea">]>' + document(""),
        "it declares entities or an external DTD, which may do harm",
    ),
    "external DTD": (
        '<!DOCTYPE ComicInfo SYSTEM "https://example.org/comic.dtd">' + document(""),
        "it declares entities or an external DTD, which may do harm",
    ),
    "page of a server": (
        "<!DOCTYPE html><html><body>Not found</body></html>",
        "there is no <ComicInfo> in it",
    ),
    "nothing": ("", "there is no <ComicInfo> in it"),
    "far too many tags": ("<ComicInfo>" + "<Title/>" * 200_000, "it has more than 200,000 tags"),
    "far too large": (
        "<ComicInfo><Notes>" + "x" * MAX_DOCUMENT_BYTES,
        "it cannot be unpacked, or is larger than 16 MB",
    ),
}


def test_what_cannot_be_read_is_among_the_problems_and_keeps_no_comic_away(shelf: Shelf):
    comics = _scan(shelf, ((name, text.encode()) for name, (text, _) in REFUSED.items()))
    assert {comic.title: comic.error for comic in comics.values()} == dict.fromkeys(REFUSED, "")
    assert list(library_status(shelf.context).problems) == [
        f"{name}: Its ComicInfo.xml is not used: {reason}."
        for name, (_, reason) in sorted(REFUSED.items())
    ]


def test_a_problem_with_metadata_stays_until_the_document_is_mended(shelf: Shelf):
    _scan(shelf, [("Harbour", b"<html>")])
    shelf.scan()
    assert len(library_status(shelf.context).problems) == 1
    _scan(shelf, [("Harbour", document().encode())])
    assert library_status(shelf.context).problems == ()


SUMMARIES = {
    "plain": ("a &lt; b, I &lt;3 you", "a < b, I <3 you"),
    "bare": ("a < b, I <3 you <b and c>", "a < b, I <3 you <b and c>"),
    "elements": ("<p>First.</p><p>A &amp; B</p>", "First.\nA & B"),
    "escaped": ("&lt;p&gt;First.&lt;/p&gt;\n&lt;p&gt;A &amp;amp; B&lt;/p&gt;", "First.\nA & B"),
    "CDATA": ("<![CDATA[<div>First.<br/>A &amp; B</div>]]>", "First.\nA & B"),
    "escaped twice": ("&amp;lt;p&amp;gt;First.&amp;lt;/p&amp;gt;", "First."),
    "break": ("First.<br>Second", "First.\nSecond"),
    "list": ("<ul><li>One</li>\n<li>Two</li></ul>", "One\nTwo"),
    "inline": ("An <i>odd</i>\n<a href='#'>sea</a>", "An odd\nsea"),
    "hidden": ("<style>p { color: red }</style><p>Seen</p><script>x < 1</script>", "Seen"),
    "references": ("Tom &amp;amp; Jerry&amp;nbsp;&amp;hellip;", "Tom & Jerry …"),
    "lines": ("First.\n\nSecond", "First.\n\nSecond"),
}


def test_summaries_in_html_become_text(shelf: Shelf):
    documents = {
        name: f"<ComicInfo><Summary>{written}</Summary></ComicInfo>".encode()
        for name, (written, _) in SUMMARIES.items()
    }
    comics = _scan(shelf, documents.items())
    assert {name: comic.summary for name, comic in comics.items()} == {
        name: text for name, (_, text) in SUMMARIES.items()
    }


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("Ann Li, Bo Roe", ["Ann Li", "Bo Roe"]),
        ("Ann Li; Bo Roe", ["Ann Li", "Bo Roe"]),
        ("Sammy Davis, Jr.", ["Sammy Davis, Jr."]),
        ("Ann Li, Sammy Davis, Jr., Bo Roe", ["Ann Li", "Sammy Davis, Jr.", "Bo Roe"]),
        ("Ann Li,, Bo Roe; ", ["Ann Li", "Bo Roe"]),
        ("Ann Li</Writer><Writer>Bo Roe", ["Ann Li", "Bo Roe"]),
    ],
)
def test_commas_and_semicolons_separate_creators(shelf: Shelf, written: str, names: list[str]):
    text = f"<ComicInfo><Writer>{written}</Writer></ComicInfo>"
    (comic,) = _scan(shelf, [("Harbour", text.encode())]).values()
    assert [creator.name for creator in comic.creators] == names


def test_many_creators_of_one_role_push_out_no_other_role(shelf: Shelf):
    many = ", ".join(f"Penciller {number}" for number in range(5000))
    text = f"<ComicInfo><Penciller>{many}</Penciller><Editor>Bo Roe</Editor></ComicInfo>"
    (comic,) = _scan(shelf, [("Harbour", text.encode())]).values()
    assert len(comic.creators) > 100
    assert comic.creators[-1].name == "Bo Roe"


def test_names_in_elements_of_their_own_have_a_limit_for_each_role(shelf: Shelf):
    many = "".join(f"<Inker>Inker {number}</Inker>" for number in range(3000))
    text = f"<ComicInfo>{many}<Editor>Bo Roe</Editor></ComicInfo>"
    (comic,) = _scan(shelf, [("Harbour", text.encode())]).values()
    assert len(comic.creators) == 1001
    assert comic.creators[-1].name == "Bo Roe"


MARKUP_PARTS = st.sampled_from(
    [
        *("<ComicInfo>", "</ComicInfo>", "<Title>", "</Title>", "<Pages><Page Image='1'/>", "<p>"),
        *("<![CDATA[", "]]>", "<!--", "-->", "<!DOCTYPE ", "&amp;", "&#xD83D;", "&", '"', "'", "<"),
        *(">", "\0", "\ufeff", "é", "<Summary", 'Image="', "<?xml ", " encoding='utf-16'?>"),
    ]
)
BYTES = st.one_of(
    st.lists(MARKUP_PARTS, max_size=40).map(lambda parts: "".join(parts).encode()),
    st.lists(MARKUP_PARTS, max_size=40).map(lambda parts: "".join(parts).encode("utf-16")),
    st.binary(max_size=300),
)


@settings(max_examples=500)
@given(BYTES, st.sampled_from(DocumentKind))
def test_any_bytes_give_metadata_or_a_problem(data: bytes, kind: DocumentKind):
    declared = declared_metadata([Document(kind, "document", data)])
    assert (declared.metadata is None) == (declared.problem != "")

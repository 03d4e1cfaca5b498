"""EPUB comics: all that a page shows is found, or it is a page with a reason."""

from __future__ import annotations

import base64
import unicodedata
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from comic_downloads.domain.errors import ComicUnreadable
from comic_downloads.library.sources import open_comic
from comic_downloads.usecases.library.status import library_status

from .packed import CONTAINER, write_epub
from .shelf import Shelf, image, write_zip

RED, BLUE, GREEN = image("red"), image("blue"), image("green")
LOGO = image("gold", (12, 9), "PNG")
COLOURS = {"1.jpg": RED, "2.jpg": BLUE, "3.jpg": GREEN}
PROSE = "<p>" + "Once upon a time. " * 80 + "</p>"


def pages_of(path: Path) -> list[bytes]:
    with open_comic(path) as comic:
        return [comic.open_page(name).read() for name in comic.names()]


def reason_of(path: Path) -> str:
    with pytest.raises(ComicUnreadable) as raised:
        open_comic(path).close()
    return raised.value.detail


def changed(path: Path, changes: Mapping[str, bytes], renamed: Mapping[str, str]) -> Path:
    """Replace the content or the names of files in the archive."""
    with zipfile.ZipFile(path) as archive:
        entries = {renamed.get(name, name): archive.read(name) for name in archive.namelist()}
    return write_zip(path, {**entries, **changes})


@pytest.mark.parametrize(
    ("entry", "link"),
    [
        ("Æther é.jpg", unicodedata.normalize("NFD", "Æther é.jpg")),
        (unicodedata.normalize("NFD", "é.jpg"), "é.jpg"),
        (unicodedata.normalize("NFD", "がぎ.jpg"), unicodedata.normalize("NFD", "がぎ.jpg")),
        ("각.jpg", unicodedata.normalize("NFD", "각.jpg")),
        ("001.JPG", "001.jpg"),
        ("k.jpg", "\N{KELVIN SIGN}.jpg"),
        ("\N{CJK COMPATIBILITY IDEOGRAPH-F900}.jpg", "\u8c48.jpg"),
        ("a b.jpg", " a b.jpg\n"),
        ("a b.jpg", "a%20b.jpg"),
        ("a%20b.jpg", "a%20b.jpg"),
        ("a%20b.jpg", "a b.jpg"),
        ("ü.jpg", "%FC.jpg"),
        ("#1?.jpg", "#1?.jpg"),
        ("x#1.jpg", "x#1.jpg"),
        ("100%.jpg", "100%.jpg"),
        ("img/1.jpg", "img\\1.jpg"),
        ("img/1.jpg", "./x/../img//1.jpg"),
        ("1.jpg", "/OEBPS/1.jpg"),
        ("1.jpg", "OEBPS/1.jpg"),
        (f"{'long' * 50}/{'name' * 50}.jpg", f"{'long' * 50}/{'name' * 50}.jpg"),
    ],
)
def test_picture_is_found_however_its_name_is_written(tmp_path: Path, entry: str, link: str):
    pages = {"1.xhtml": '<img src="0.jpg"/>', "2.xhtml": f'<img src="{link}"/>'}
    assert pages_of(write_epub(tmp_path / "a.epub", pages, {"0.jpg": BLUE, entry: RED})) == [
        BLUE,
        RED,
    ]


def test_exact_name_wins_over_a_similar_one(tmp_path: Path):
    pages = {"1.xhtml": '<img src="a.jpg"/>', "2.xhtml": '<img src="A.jpg"/>'}
    files = {"A.jpg": RED, "a.jpg": BLUE}
    assert pages_of(write_epub(tmp_path / "a.epub", pages, files)) == [BLUE, RED]


@pytest.mark.parametrize(
    ("name", "stored"),
    [("p 1.xhtml", "p 1.xhtml"), ("café.xhtml", unicodedata.normalize("NFD", "café.xhtml"))],
)
def test_document_is_found_however_its_name_is_written(tmp_path: Path, name: str, stored: str):
    pages = {"1.xhtml": '<img src="1.jpg"/>', name: '<img src="2.jpg"/>'}
    path = write_epub(tmp_path / "a.epub", pages, COLOURS)
    assert pages_of(changed(path, {}, {f"OEBPS/{name}": f"OEBPS/{stored}"})) == [RED, BLUE]


@pytest.mark.parametrize("full_path", ["./OEBPS/content.opf", "/OEBPS/content.opf", "content.opf"])
def test_package_is_found_by_any_path(tmp_path: Path, full_path: str):
    path = write_epub(tmp_path / "a.epub", {"1.xhtml": '<img src="1.jpg"/>'}, COLOURS)
    container = CONTAINER.replace(b"OEBPS/content.opf", full_path.encode())
    assert pages_of(changed(path, {"META-INF/container.xml": container}, {})) == [RED]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"<package", b"\n<?xml version='1.0'?><package"),
        (b"Der Mond", b"Sun & Moon &nbsp; &unknown;"),
        (b'xmlns="http://www.idpf.org/2007/opf"', b""),
        (b'xmlns="http://www.idpf.org/2007/opf"', b'xmlns="http://openebook.org/namespaces/oeb/"'),
        (b'xmlns:dc="http://purl.org/dc/elements/1.1/"', b""),
        (b"</package>", b""),
    ],
)
def test_package_that_is_not_well_formed_is_read(shelf: Shelf, old: bytes, new: bytes):
    pages = {"b.xhtml": '<img src="2.jpg"/>', "a.xhtml": '<img src="1.jpg"/>'}
    path = write_epub(shelf.library / "a.epub", pages, COLOURS, rtl=True)
    with zipfile.ZipFile(path) as archive:
        package = archive.read("OEBPS/content.opf")
    assert old in package
    changed(path, {"OEBPS/content.opf": package.replace(old, new)}, {})
    shelf.scan()
    assert [page.name for page in shelf.only().pages] == ["OEBPS/2.jpg", "OEBPS/1.jpg"]


CSS = """/* .p2 { background: url(3.jpg) } */
@media all { .paper { background: url("logo.png") } }
.p2 { color: red; background-image: url( '2.jpg' ) } div.other { background: url(3.jpg) }"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:x="http://www.w3.org/1999/xlink">{}</svg>'
DATA = f"data:image/jpeg;base64,{base64.b64encode(BLUE).decode()}"


@pytest.mark.parametrize(
    ("body", "files"),
    [
        ('<div style="background-image: url(2.jpg)"></div>', {}),
        ("<div style=\"background: #fff url('2.jpg') no-repeat; color: red\"></div>", {}),
        (f'<style>{CSS}</style><div class="big p2"></div>', {}),
        (f'<style>{CSS}</style><div class="paper"><p class="p2">&#160;</p></div>', {}),
        ('<style>#x .y { background: url(2.jpg) }</style><p id="x"><b class="y"/></p>', {}),
        (
            '<link rel="stylesheet" href="c/s.css"/><div class="p2"/>',
            {"c/s.css": CSS.replace("'2.jpg'", "'../2.jpg'").encode()},
        ),
        (
            '<link rel="stylesheet" href="c/s.css"/><div class="p2"/>',
            {"c/s.css": b'@import "t.css";', "c/t.css": b".p2{background:url(../2.jpg)}"},
        ),
        ("<style>p::before { content: url(2.jpg) }</style><p></p>", {}),
        ('<s:svg xmlns:s="http://www.w3.org/2000/svg"><s:image y:href="2.jpg"/></s:svg>', {}),
        (SVG.format('<image x:href="2.jpg"/>'), {}),
        (SVG.format('<image href="2.jpg"/>'), {}),
        ('<object data="2.jpg" type="image/jpeg"><img src="3.jpg"/></object>', {}),
        ('<object data="gone.jpg" type="image/jpeg"><img src="2.jpg"/></object>', {}),
        ('<embed src="2.jpg"/>', {}),
        ('<input type="image" src="2.jpg"/>', {}),
        ('<video poster="2.jpg" src="film.mp4"></video>', {"film.mp4": b"film"}),
        ('<table background="2.jpg"><tr><td/></tr></table>', {}),
        ('<picture><source srcset="3.jpg"/><img src="2.jpg"/></picture>', {}),
        ('<picture><source srcset="1.jpg 1x, 2.jpg 2x"/></picture>', {}),
        ('<img srcset="1.jpg 480w,2.jpg 800w,3.jpg 120w" alt=""/>', {}),
        (f'<img src="{DATA}"/>', {}),
        (f'<p style="background:url({DATA})"></p>', {}),
        ('<iframe src="in/frame.xhtml"></iframe>', {"in/frame.xhtml": b'<img src="../2.jpg"/>'}),
        ('<img src="w.svg"/>', {"w.svg": SVG.format('<image x:href="2.jpg"/>').encode()}),
        ('<img src="w.svg"/>', {"w.svg": SVG.format(f'<image x:href="{DATA}"/>').encode()}),
        ('<base href="deep/"/><img src="../2.jpg"/>', {}),
        ('<div xml:base="deep/x.html"><img src="../2.jpg"/></div>', {}),
        ('<img src="2.jpg"/><img src="2.jpg" class="magnified"/>', {}),
        ('<img src="2.jpg"/><img src="logo.png"/>', {}),
        ('<img src="2.jpg"/><img src="https://example.org/3.jpg"/>', {}),
    ],
)
def test_picture_is_found_however_it_is_drawn(tmp_path: Path, body: str, files: dict[str, bytes]):
    pages = {"1.xhtml": '<img src="1.jpg"/>', "2.xhtml": body, "3.xhtml": '<img src="3.jpg"/>'}
    path = write_epub(tmp_path / "a.epub", pages, {**COLOURS, "logo.png": LOGO, **files})
    assert pages_of(path) == [RED, BLUE, GREEN]


def test_data_url_has_a_name_and_a_type(shelf: Shelf):
    pages = {"1.xhtml": f'<img src="{DATA}"/><img src="{DATA}"/>', "2.xhtml": '<img src="2.jpg"/>'}
    write_epub(shelf.library / "a.epub", pages, COLOURS)
    shelf.scan()
    found = [(page.name, page.media_type, page.error) for page in shelf.only().pages]
    assert found == [
        ("OEBPS/1-1.jpg", "image/jpeg", ""),
        ("OEBPS/1-2.jpg", "image/jpeg", ""),
        ("OEBPS/2.jpg", "image/jpeg", ""),
    ]


def test_same_picture_on_two_pages_is_two_pages(shelf: Shelf):
    pages = {f"{n}.xhtml": f'<img src="{n % 2}.jpg"/>' for n in range(4)}
    write_epub(shelf.library / "a.epub", pages, {"0.jpg": RED, "1.jpg": BLUE})
    shelf.scan()
    assert [(page.name, page.error) for page in shelf.only().pages] == [
        ("OEBPS/0.jpg", ""),
        ("OEBPS/1.jpg", ""),
        ("OEBPS/0_1.jpg", ""),
        ("OEBPS/1_1.jpg", ""),
    ]
    assert pages_of(shelf.library / "a.epub") == [RED, BLUE, RED, BLUE]


@pytest.mark.parametrize("size", [(12, 9), (40, 60)], ids=["small", "large"])
def test_logo_on_every_page_is_not_a_page(tmp_path: Path, size: tuple[int, int]):
    pages = {f"{n}.xhtml": f'<img src="logo.png"/><img src="{n}.jpg"/>' for n in (1, 2, 3)}
    path = write_epub(
        tmp_path / "a.epub", pages, {**COLOURS, "logo.png": image("gold", size, "PNG")}
    )
    assert pages_of(path) == [RED, BLUE, GREEN]


def test_large_pictures_of_one_document_are_pages_in_their_order(tmp_path: Path):
    pages = {"1.xhtml": '<img src="2.jpg"/><img src="logo.png"/><img src="1.jpg"/>'}
    path = write_epub(tmp_path / "a.epub", pages, {**COLOURS, "logo.png": LOGO})
    assert pages_of(path) == [BLUE, RED]


@pytest.mark.parametrize(
    ("body", "name", "reason"),
    [
        ('<img src="gone.jpg"/>', "gone.jpg", "“OEBPS/gone.jpg” is not in the archive."),
        (SVG.format('<path d="M0 0L9 9"/>'), "2.xhtml", "“OEBPS/2.xhtml” is drawn with lines"),
        ('<img src="lines.svg"/>', "lines.svg", "“OEBPS/lines.svg” is drawn with lines"),
        ('<iframe src="gone.xhtml"/>', "gone.xhtml", "“OEBPS/gone.xhtml” is not in the archive."),
    ],
)
def test_page_that_cannot_be_shown_says_why(shelf: Shelf, body: str, name: str, reason: str):
    pages = {"1.xhtml": '<img src="1.jpg"/>', "2.xhtml": body, "3.xhtml": '<img src="3.jpg"/>'}
    lines = SVG.format('<circle r="5"/>').encode()
    write_epub(shelf.library / "a.epub", pages, {**COLOURS, "lines.svg": lines})
    shelf.scan()
    comic = shelf.only()
    assert [bool(page.error) for page in comic.pages] == [False, True, False]
    assert comic.pages[1].name == f"OEBPS/{name}"
    assert comic.pages[1].error.startswith(reason)


@pytest.mark.parametrize("place", [1, 2, 3, 13, 14, 15])
def test_imprint_is_left_out_and_told(shelf: Shelf, place: int):
    pages = {f"{n}.xhtml": '<img src="1.jpg"/>' for n in range(1, 16)}
    pages[f"{place}.xhtml"] = PROSE
    write_epub(shelf.library / "a.epub", pages, COLOURS)
    shelf.scan()
    assert [page.error for page in shelf.only().pages] == [""] * 14
    (problem,) = library_status(shelf.context).problems
    assert problem.startswith("a.epub: Left out") and f"“OEBPS/{place}.xhtml”" in problem


def test_text_among_the_pictures_is_a_page_that_cannot_be_shown(shelf: Shelf):
    pages = {f"{n}.xhtml": '<img src="1.jpg"/>' for n in range(1, 16)}
    pages["8.xhtml"] = PROSE
    write_epub(shelf.library / "a.epub", pages, COLOURS)
    shelf.scan()
    found = {page.name: page.error for page in shelf.only().pages if page.error}
    assert list(found) == ["OEBPS/8.xhtml"]
    assert found["OEBPS/8.xhtml"].startswith("“OEBPS/8.xhtml” is text.")
    assert library_status(shelf.context).problems == ()


def test_picture_on_the_web_is_a_page_that_cannot_be_shown(shelf: Shelf):
    pages = {"1.xhtml": '<img src="1.jpg"/>', "2.xhtml": '<img src="https://example.org/2.jpg"/>'}
    write_epub(shelf.library / "a.epub", pages, COLOURS)
    shelf.scan()
    assert [page.error for page in shelf.only().pages] == [
        "",
        "“https://example.org/2.jpg” is not in the EPUB.",
    ]


def test_document_that_is_missing_is_a_page_with_a_reason(shelf: Shelf):
    pages = {"1.xhtml": '<img src="1.jpg"/>', "2.xhtml": ""}
    path = write_epub(shelf.library / "a.epub", pages, COLOURS)
    changed(path, {}, {"OEBPS/2.xhtml": "OEBPS/elsewhere.xhtml"})
    shelf.scan()
    assert [page.error for page in shelf.only().pages] == [
        "",
        "“OEBPS/2.xhtml” is not in the archive.",
    ]


@pytest.mark.parametrize(
    "body", ["", "<h1>Chapter 2</h1>", "".join(f'<a href="{n}.xhtml">{PROSE}</a>' for n in "123")]
)
def test_empty_page_or_contents_or_heading_is_no_loss(tmp_path: Path, body: str):
    pages = {"1.xhtml": '<img src="1.jpg"/>', "2.xhtml": body, "3.xhtml": '<img src="3.jpg"/>'}
    assert pages_of(write_epub(tmp_path / "a.epub", pages, COLOURS)) == [RED, GREEN]


def test_fixed_layout_of_text_is_refused_in_true_words(tmp_path: Path):
    path = write_epub(tmp_path / "a.epub", {"1.xhtml": PROSE, "2.xhtml": "<p>The end</p>"}, {})
    assert reason_of(path) == (
        "The pages of this EPUB are text in a fixed layout. "
        "Only pages that are pictures can be read from an EPUB."
    )


def test_archive_with_its_pictures_elsewhere_is_read_by_the_paths_from_its_top(tmp_path: Path):
    pages = {"1.xhtml": '<img src="pictures/1.jpg"/>'}
    path = write_epub(tmp_path / "a.epub", pages, {"1.jpg": RED})
    assert pages_of(changed(path, {}, {"OEBPS/1.jpg": "pictures/1.jpg"})) == [RED]


def test_documents_within_each_other_end(tmp_path: Path):
    frame = '<iframe src="{}.xhtml"/><img src="{}.jpg"/>'
    pages = {"1.xhtml": frame.format(2, 1), "2.xhtml": frame.format(1, 2)}
    assert pages_of(write_epub(tmp_path / "a.epub", pages, COLOURS)) == [BLUE, RED, RED, BLUE]

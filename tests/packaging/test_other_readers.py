"""Other programs read our files: a tagger reads a CBZ, and pdf.js shows a PDF."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from comicapi.comicarchive import ComicArchive
from comicapi.genericmetadata import GenericMetadata
from PIL import Image
from playwright.sync_api import Browser

from comic_downloads.domain.library import ComicMetadata, Creator, CreatorRole, ReadingDirection
from comic_downloads.packaging.cbz import write_cbz
from comic_downloads.packaging.pages import Document, OutputComic
from comic_downloads.packaging.pdf.writer import write_pdf
from tests.packaging.test_converting import near
from tests.packaging.zoo import CORNERS, ZOO, drawing, encoded, page, silent

# The folder of Debian's package libjs-pdf.
PDF_JS = Path("/usr/share/javascript/pdf/build")

EVERYTHING = ComicMetadata(
    title="The <Long> Way & Back",
    series="Réunion",
    number="12.5",
    volume=2,
    year=1994,
    month=3,
    day=14,
    summary="Line one\nline two",
    publisher="Press",
    genre="Drama",
    web="https://example.org/1",
    language="fr",
    age_rating="Teen",
    creators=tuple(Creator(f"Ann {role}", role) for role in CreatorRole),
    reading_direction=ReadingDirection.RIGHT_TO_LEFT,
)


def as_a_tagger_reads(book: Document, folder: Path) -> tuple[ComicArchive, GenericMetadata]:
    path = folder / "comic.cbz"
    write_cbz(book, path, silent)
    archive = ComicArchive(path)
    assert archive.is_zip() and archive.seems_to_be_a_comic_archive() and archive.has_cix()
    return archive, archive.read_cix()


def test_tagger_reads_every_field(tmp_path: Path):
    sizes = [(700, 1000), (1400, 1000)]
    pages = [page(f"{n}.jpg", encoded(drawing(*size), "JPEG")) for n, size in enumerate(sizes)]
    archive, found = as_a_tagger_reads(Document("B", (OutputComic(EVERYTHING, pages),)), tmp_path)
    fields = {
        "series": "Réunion",
        "issue": "12.5",
        "title": "The <Long> Way & Back",
        "publisher": "Press",
        "month": 3,
        "year": 1994,
        "day": 14,
        "volume": 2,
        "genre": "Drama",
        "language": "fr",
        "comments": "Line one\nline two",
        "notes": "Translated by Ann Translator.",
        "web_link": "https://example.org/1",
        "manga": "YesAndRightToLeft",
        "page_count": 2,
        "maturity_rating": "Teen",
    }
    assert {name: getattr(found, name) for name in fields} == fields
    empty = {"tag_origin", "issue_id", "is_empty", "credits", "tags", "pages", *fields}
    assert not {name: value for name, value in vars(found).items() if name not in empty and value}
    assert sorted((credit["role"], credit["person"]) for credit in found.credits) == sorted(
        ({"CoverArtist": "Cover"}.get(role, str(role)), f"Ann {role}")
        for role in CreatorRole
        if role != CreatorRole.TRANSLATOR
    )
    attributes = ("Image", "Type", "DoublePage", "ImageWidth", "ImageHeight", "ImageSize")
    assert [tuple(one.get(name) for name in attributes) for one in found.pages] == [
        (0, "FrontCover", None, "700", "1000", str(pages[0].facts.size_bytes)),
        (1, None, True, "1400", "1000", str(pages[1].facts.size_bytes)),
    ]
    assert archive.get_page_name_list() == ["001.jpg", "002.jpg"]
    with pages[1].open() as stream:
        assert archive.get_page(1) == stream.read()


def test_tagger_reads_several_comics_as_one_with_bookmarks(tmp_path: Path):
    data = encoded(drawing(), "JPEG")
    comics = [
        OutputComic(
            ComicMetadata(f"Part {n}", series="S", number=str(n), language="en"),
            [page("1.jpg", data)] * 2,
        )
        for n in (1, 2)
    ]
    _, found = as_a_tagger_reads(Document("S 1-2", comics), tmp_path)
    assert (found.title, found.series, found.issue, found.language, found.page_count) == (
        "S 1-2",
        "S",
        "",
        "en",
        4,
    )
    assert [one.get("Bookmark") for one in found.pages] == ["Part 1", None, "Part 2", None]


READ_WITH_PDF_JS = """async (data) => {
  pdfjsLib.GlobalWorkerOptions.workerSrc = "/pdf.worker.js";
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const document_ = await pdfjsLib.getDocument({data: bytes, stopAtErrors: true}).promise;
  const pages = [];
  for (let number = 1; number <= document_.numPages; number++) {
    const page = await document_.getPage(number);
    const viewport = page.getViewport({scale: 1});
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [viewport.width, viewport.height];
    const context = canvas.getContext("2d");
    await page.render({canvasContext: context, viewport}).promise;
    const {width, height} = canvas;
    const places = [0.2, 0.85];
    const spots = places.flatMap((y) => places.map((x) => [x * width | 0, y * height | 0]));
    const colour = ([x, y]) => [...context.getImageData(x, y, 1, 1).data].slice(0, 3);
    pages.push([width, height, spots.map(colour)]);
  }
  const outline = (await document_.getOutline() || []).map((entry) => entry.title);
  const {info, metadata} = await document_.getMetadata();
  return {
    pages, outline, title: info.Title, author: info.Author, language: info.Language,
    xmpTitle: metadata && metadata.get("dc:title"), labels: await document_.getPageLabels(),
    layout: await document_.getPageLayout(), preferences: await document_.getViewerPreferences(),
  };
}"""


@pytest.mark.skipif(not PDF_JS.is_dir(), reason="not installed here: pdf.js (libjs-pdf)")
def test_pdf_js_shows_every_kind_of_page_and_what_is_known(tmp_path: Path, browser: Browser):
    # The interlaced PNG has only 2 x 2 pixels.
    kinds = [kind for kind in ZOO if kind != "png interlaced"]
    pages = [page(kind, ZOO[kind]()) for kind in kinds]
    write_pdf(
        Document("Réunion 12.5", (OutputComic(EVERYTHING, pages),)), tmp_path / "comic.pdf", silent
    )
    shown = as_pdf_js_shows(tmp_path / "comic.pdf", browser)
    assert [(width, height) for width, height, _ in shown["pages"]] == [
        (one.facts.width, one.facts.height) for one in pages
    ]
    upright = {
        kind: colours
        for kind, (_, _, colours) in zip(kinds, shown["pages"], strict=True)
        if "turned" not in kind
    }
    gray = [
        tuple([value] * 3)
        for value in drawing().convert("L").resize((2, 2), Image.Resampling.BOX).tobytes()
    ]
    for kind, colours in upright.items():
        colourless = any(word in kind for word in ("gray", "16-bit", "bilevel"))
        # The first is dithered, and one corner of the second shows the paper.
        if kind not in {"png bilevel", "png clear palette"}:
            assert near(
                [tuple(colour) for colour in colours],
                gray if colourless else list(CORNERS.values()),
                60,
            ), kind
    assert (shown["title"], shown["xmpTitle"], shown["language"]) == (
        "Réunion 12.5",
        "Réunion 12.5",
        "fr",
    )
    assert "Ann Writer" in shown["author"]
    assert shown["outline"][0] == "Cover" and len(shown["labels"]) == len(pages)
    assert (shown["preferences"]["Direction"], shown["layout"]) == ("R2L", "TwoPageRight")


def as_pdf_js_shows(path: Path, browser: Browser) -> dict[str, Any]:
    """Open the PDF with pdf.js in Chromium; nothing leaves this machine."""
    context = browser.new_context(base_url="http://reader.invalid")
    try:
        tab = context.new_page()
        tab.route(
            "**/*", lambda route: route.fulfill(body="<!doctype html>", content_type="text/html")
        )
        tab.route("**/pdf.worker.js", lambda route: route.fulfill(path=PDF_JS / "pdf.worker.js"))
        tab.goto("/")
        tab.add_script_tag(path=PDF_JS / "pdf.js")
        return tab.evaluate(READ_WITH_PDF_JS, base64.b64encode(path.read_bytes()).decode())
    finally:
        context.close()

"""PDFs, opened with programs that are not ours."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pypdfium2
import pytest
from PIL import Image, ImageOps

from comic_downloads.domain.errors import FileTooLarge
from comic_downloads.domain.library import (
    ComicMetadata,
    Creator,
    CreatorRole,
    PageMarks,
    ReadingDirection,
)
from comic_downloads.packaging.pages import Document, OutputComic, OutputPage
from comic_downloads.packaging.pdf import objects
from comic_downloads.packaging.pdf.writer import write_pdf
from tests.packaging.test_converting import corners, near
from tests.packaging.tools import needs, run
from tests.packaging.zoo import (
    TURNED,
    ZOO,
    book,
    drawing,
    encoded,
    numbered_pages,
    page,
    silent,
    small_jpeg,
)

JPEGS = [kind for kind in ZOO if kind.startswith("jpeg") and kind not in {"jpeg 2000", "jpeg xl"}]


def pdf_of(target: Path, *kinds: str) -> Path:
    write_pdf(book([page(kind, ZOO[kind]()) for kind in kinds]), target, silent)
    return target


def rendered(path: Path, folder: Path) -> list[Image.Image]:
    """Return every page as poppler shows it, with one pixel for each point."""
    run("pdftoppm", "-r", "72", "-png", path, folder / "page")
    return [Image.open(file).convert("RGB") for file in sorted(folder.glob("page-*.png"))]


@needs("qpdf")
def test_qpdf_finds_no_fault_with_any_kind_of_page(tmp_path: Path):
    said = run("qpdf", "--check", pdf_of(tmp_path / "zoo.pdf", *ZOO))
    assert "No syntax or stream encoding errors" in said
    assert run("qpdf", "--show-npages", tmp_path / "zoo.pdf").strip() == str(len(ZOO))


@needs("pdfimages")
@pytest.mark.parametrize("kind", JPEGS)
def test_jpeg_data_is_byte_identical(kind: str, tmp_path: Path):
    run("pdfimages", "-all", pdf_of(tmp_path / "one.pdf", kind), tmp_path / "image")
    (extracted,) = tmp_path.glob("image-*")
    assert extracted.read_bytes() == ZOO[kind]()


@needs("pdfimages")
@pytest.mark.parametrize("kind", [kind for kind in ZOO if kind not in JPEGS and "cmyk" not in kind])
def test_other_pages_lose_nothing(kind: str, tmp_path: Path):
    run("pdfimages", "-png", pdf_of(tmp_path / "one.pdf", kind), tmp_path / "image")
    extracted = Image.open(sorted(tmp_path.glob("image-*"))[0])
    original = Image.open(io.BytesIO(ZOO[kind]()))
    if "16-bit" in kind:
        assert near(corners(extracted.convert("L")), corners(drawing().convert("L")), 1)
    else:
        wanted = (
            original.convert("RGBA").convert("RGB")
            if "A" in original.mode
            else original.convert("RGB")
        )
        assert extracted.convert("RGB").tobytes() == wanted.tobytes()


@pytest.mark.parametrize("kind", ["png", "png palette", "png gray", "png 16-bit", "png bilevel"])
def test_png_data_goes_in_without_being_packed_again(kind: str, tmp_path: Path):
    data = ZOO[kind]()
    start = data.index(b"IDAT") + 4
    packed = data[start : start + int.from_bytes(data[start - 8 : start - 4])]
    assert packed in pdf_of(tmp_path / "one.pdf", kind).read_bytes()


@needs("pdftoppm")
@pytest.mark.parametrize(
    "kind", [kind for kind in ZOO if kind not in {"png 16-bit", "png bilevel"}]
)
def test_poppler_shows_the_page_as_it_is(kind: str, tmp_path: Path):
    (shown,) = rendered(pdf_of(tmp_path / "one.pdf", kind), tmp_path)
    with Image.open(io.BytesIO(ZOO[kind]())) as original:
        upright = ImageOps.exif_transpose(original)
        paper = Image.new("RGBA", upright.size, "white")
        paper.alpha_composite(upright.convert("RGBA"))
    if kind == "png interlaced":
        # The smallest page that readers accept.
        assert shown.size == (3, 3)
        return
    assert shown.size == upright.size
    assert near(corners(shown), corners(paper), 60 if "cmyk" in kind else 12)


def test_chromiums_engine_shows_every_page_as_it_is(tmp_path: Path):
    document = pypdfium2.PdfDocument(pdf_of(tmp_path / "zoo.pdf", *ZOO))
    assert len(document) == len(ZOO)
    for shown, (kind, make) in zip(document, ZOO.items(), strict=True):
        # Pillow shows the first too bright, and the second is smaller than a page can be.
        if kind in {"png 16-bit", "png interlaced"}:
            continue
        with Image.open(io.BytesIO(make())) as original:
            upright = ImageOps.exif_transpose(original)
            paper = Image.new("RGBA", upright.size, "white")
            paper.alpha_composite(upright.convert("RGBA"))
        assert near(
            corners(shown.render(scale=1).to_pil()), corners(paper), 60 if "cmyk" in kind else 12
        ), kind


@needs("pdftoppm")
def test_turned_pages_all_look_like_pillow_turns_them(tmp_path: Path):
    shown = rendered(pdf_of(tmp_path / "turned.pdf", *TURNED), tmp_path)
    for image, make in zip(shown, TURNED.values(), strict=True):
        expected = ImageOps.exif_transpose(Image.open(io.BytesIO(make())))
        assert image.size == expected.size
        assert near(corners(image), corners(expected), 10)


@needs("pdfinfo")
def test_title_author_and_other_facts_are_set(tmp_path: Path):
    metadata = ComicMetadata(
        title="Der Weg",
        summary="Two\nlines",
        year=1994,
        month=3,
        genre="Drama,Crime",
        language="de",
        publisher="Haus & Hof",
        creators=(
            Creator("Jörg 漫", CreatorRole.WRITER),
            Creator("Bo", CreatorRole.INKER),
            Creator("X", CreatorRole.EDITOR),
        ),
    )
    write_pdf(
        book(numbered_pages(2), metadata, "Reihe 003 – Der Weg"), tmp_path / "out.pdf", silent
    )
    facts = run("pdfinfo", "-isodates", tmp_path / "out.pdf")
    assert re.search(r"Title: +Reihe 003 – Der Weg\n", facts)
    assert re.search(r"Author: +Jörg 漫, Bo\n", facts)
    assert re.search(r"Subject: +Drama, Crime\n", facts)
    assert "CreationDate" not in facts
    description = run("pdfinfo", "-meta", tmp_path / "out.pdf")
    for part in (
        "Jörg 漫",
        "Haus &amp; Hof",
        "1994-03",
        "<rdf:li>de</rdf:li>",
        "<rdf:li>Crime</rdf:li>",
        "Two lines",
        "Reihe 003 – Der Weg",
    ):
        assert part in description


@needs("pdfinfo")
def test_metadata_can_be_left_out(tmp_path: Path):
    write_pdf(replace(book(numbered_pages(2)), with_metadata=False), tmp_path / "out.pdf", silent)
    facts = run("pdfinfo", tmp_path / "out.pdf")
    assert "Title" not in facts and "Author" not in facts
    assert re.search(r"Metadata Stream: +no", facts)


@needs("pdfinfo")
def test_pages_have_the_size_of_their_images(tmp_path: Path):
    sizes = [(300, 500), (1000, 700), (40, 15_000)]
    write_pdf(
        book([page("p", encoded(drawing(*size), "JPEG")) for size in sizes]),
        tmp_path / "out.pdf",
        silent,
    )
    facts = run("pdfinfo", "-f", "1", "-l", "3", tmp_path / "out.pdf")
    shown = [(float(w), float(h)) for w, h in re.findall(r"size: +([\d.]+) x ([\d.]+) pts", facts)]
    assert shown == [(300, 500), (1000, 700), (38.4, 14_400)]


def catalog(path: Path) -> str:
    data = path.read_bytes()
    found = re.search(rb"<<\n(?:(?!endobj).)*/Type /Catalog.*?endobj", data, re.S)
    assert found is not None
    return found[0].decode("latin-1")


def directed(direction: ReadingDirection, target: Path) -> str:
    write_pdf(
        book(numbered_pages(2), ComicMetadata("T", reading_direction=direction)), target, silent
    )
    return catalog(target)


def test_tiny_picture_keeps_its_proportions(tmp_path: Path):
    data = encoded(Image.new("RGB", (5, 1), "red"), "PNG")
    write_pdf(book([page("1", data)]), tmp_path / "out.pdf", silent)
    with pypdfium2.PdfDocument(tmp_path / "out.pdf") as pdf:
        assert pdf[0].get_size() == (15, 3)


def test_manga_reads_from_right_to_left_in_pairs_after_the_cover(tmp_path: Path):
    text = directed(ReadingDirection.RIGHT_TO_LEFT, tmp_path / "out.pdf")
    assert "/Direction /R2L" in text and "/PageLayout /TwoPageRight" in text


def test_ltr_is_kept_for_other_comics(tmp_path: Path):
    assert "/R2L" not in directed(ReadingDirection.LEFT_TO_RIGHT, tmp_path / "out.pdf")
    assert "/PageLayout /OneColumn" in directed(ReadingDirection.VERTICAL, tmp_path / "strip.pdf")


def chaptered(titles: dict[int, str]) -> tuple[OutputPage, ...]:
    """Return three pages, with chapters that begin at these places."""
    return tuple(
        replace(one, marks=PageMarks(bookmark=titles.get(place, "")))
        for place, one in enumerate(numbered_pages(3))
    )


@needs("qpdf")
def test_outline_and_labels_follow_the_comics(tmp_path: Path):
    comics = (
        OutputComic(ComicMetadata("Första"), tuple(numbered_pages(2))),
        OutputComic(ComicMetadata("Second"), tuple(numbered_pages(3))),
    )
    write_pdf(Document("Both", comics), tmp_path / "out.pdf", silent)
    document = json.loads(
        run("qpdf", "--json", "--json-key=outlines", "--json-key=pagelabels", tmp_path / "out.pdf")
    )
    assert [(entry["title"], entry["destpageposfrom1"]) for entry in document["outlines"]] == [
        ("Första", 1),
        ("Second", 3),
    ]
    prefixes = [label["label"].get("/P") for label in document["pagelabels"]]
    assert prefixes[0] != prefixes[-1]


@needs("qpdf")
@pytest.mark.parametrize(
    ("first", "entries"),
    [(0, [("Dawn", 1), ("Dusk", 3)]), (1, [("Cover", 1), ("Dawn", 2), ("Dusk", 3)])],
)
def test_chapters_of_a_comic_are_its_outline(
    tmp_path: Path, first: int, entries: list[tuple[str, int]]
):
    titles = {first: "Dawn", 2: "Dusk"}
    write_pdf(book(chaptered(titles)), tmp_path / "out.pdf", silent)
    document = json.loads(run("qpdf", "--json", "--json-key=outlines", tmp_path / "out.pdf"))
    assert [
        (entry["title"], entry["destpageposfrom1"]) for entry in document["outlines"]
    ] == entries


@needs("qpdf")
def test_chapters_of_several_comics_stand_below_them(tmp_path: Path):
    comics = (
        OutputComic(ComicMetadata("First"), chaptered({0: "Dawn", 2: "Dusk"})),
        OutputComic(ComicMetadata("Second"), tuple(numbered_pages(2))),
    )
    write_pdf(Document("Both", comics), tmp_path / "out.pdf", silent)
    run("qpdf", "--check", tmp_path / "out.pdf")
    document = json.loads(run("qpdf", "--json", "--json-key=outlines", tmp_path / "out.pdf"))
    first, second = document["outlines"]
    assert [first["title"], second["title"]] == ["First", "Second"]
    assert [(entry["title"], entry["destpageposfrom1"]) for entry in first["kids"]] == [
        ("Dawn", 1),
        ("Dusk", 3),
    ]
    assert second["destpageposfrom1"] == 4 and not second["kids"]


@needs("qpdf")
def test_single_comic_has_cover_and_pages_in_its_outline(tmp_path: Path):
    write_pdf(book(numbered_pages(3)), tmp_path / "out.pdf", silent)
    document = json.loads(run("qpdf", "--json", "--json-key=outlines", tmp_path / "out.pdf"))
    assert [(entry["title"], entry["destpageposfrom1"]) for entry in document["outlines"]] == [
        ("Cover", 1),
        ("Pages", 2),
    ]


@needs("pdfdetach", "qpdf")
def test_left_out_pages_are_listed_in_an_attachment(tmp_path: Path):
    comic = OutputComic(ComicMetadata("Holes"), tuple(numbered_pages(2)), missing=(4,))
    write_pdf(Document("Holes", (comic,)), tmp_path / "out.pdf", silent)
    run("qpdf", "--check", tmp_path / "out.pdf")
    run("pdfdetach", "-saveall", "-o", tmp_path, tmp_path / "out.pdf")
    assert "Holes: page 5" in (tmp_path / "missing-pages.txt").read_text()


def test_pages_that_share_a_profile_share_its_object(tmp_path: Path):
    kinds = ["jpeg with profile"] * 3 + ["png with profile"]
    data = pdf_of(tmp_path / "out.pdf", *kinds).read_bytes()
    assert data.count(b"/Alternate /DeviceRGB") == 1
    assert data.count(b"/ICCBased") == 4


def test_file_identifier_depends_on_the_pages(tmp_path: Path):
    def identifier(number: int) -> bytes:
        write_pdf(book([page("1.jpg", small_jpeg(number))]), tmp_path / "out.pdf", silent)
        found = re.search(rb"/ID \[<(\w{32})>", (tmp_path / "out.pdf").read_bytes())
        assert found is not None
        return found[1]

    assert identifier(1) == identifier(1) != identifier(2)


@needs("qpdf")
def test_jpeg_that_readers_do_not_decode_goes_in_decoded(tmp_path: Path):
    data = bytearray(ZOO["jpeg"]())
    # 0xC9 marks arithmetic coding, which PDF does not support.
    data[data.index(b"\xff\xc0") + 1] = 0xC9
    write_pdf(book([page("x", bytes(data))]), tmp_path / "out.pdf", silent)
    assert b"/DCTDecode" not in (tmp_path / "out.pdf").read_bytes()
    run("qpdf", "--check", tmp_path / "out.pdf")


@pytest.mark.parametrize("left_over", [0, 1], ids=["images", "structure"])
def test_a_pdf_whose_table_could_not_name_a_place_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_over: int
):
    whole = pdf_of(tmp_path / "whole.pdf", *JPEGS).read_bytes()
    places = [match.start() for match in re.finditer(rb"\n\d+ 0 obj", whole)]
    monkeypatch.setattr(
        objects, "MAX_PDF_BYTES", places[-1] + left_over if left_over else places[3]
    )

    with pytest.raises(
        FileTooLarge, match=r"more than 10 GB.*Pick fewer pages, a lower quality, or CBZ\."
    ) as refused:
        pdf_of(tmp_path / "large.pdf", *JPEGS)

    assert not refused.value.retryable
    assert not (tmp_path / "large.pdf").exists()


@needs("pdftoppm")
def test_inks_without_an_adobe_marker_are_shown_as_pillow_and_browsers_show_them(tmp_path: Path):
    marked = ZOO["jpeg cmyk"]()
    start = marked.index(b"\xff\xee")
    unmarked = marked[:start] + marked[start + 2 + int.from_bytes(marked[start + 2 : start + 4]) :]
    write_pdf(book([page("unmarked.jpg", unmarked)]), tmp_path / "one.pdf", silent)
    (shown,) = rendered(tmp_path / "one.pdf", tmp_path)
    assert near(corners(shown), corners(Image.open(io.BytesIO(unmarked)).convert("RGB")), 60)

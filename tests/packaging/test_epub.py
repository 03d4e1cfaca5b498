"""EPUBs, read by a checker that is not ours."""

from __future__ import annotations

import re
import shutil
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from comic_downloads.domain.library import (
    ComicMetadata,
    Creator,
    CreatorRole,
    PageMarks,
    ReadingDirection,
)
from comic_downloads.packaging.epub.writer import write_epub
from comic_downloads.packaging.pages import Document, OutputComic
from tests.packaging.tools import needs, run
from tests.packaging.zoo import ZOO, book, drawing, encoded, numbered_pages, page, silent

FULL = ComicMetadata(
    "Der <Weg> & mehr",
    series="Reihe",
    number="3",
    year=1994,
    month=3,
    summary="Worte",
    genre="Drama, Krimi & mehr",
    publisher="Haus",
    language="de",
    creators=tuple(Creator(f"Name {role}", role) for role in CreatorRole),
    reading_direction=ReadingDirection.RIGHT_TO_LEFT,
)


NONSENSE = ComicMetadata("B", number="-1½", year=2021, month=2, day=31, language="no language!")


OPF = "EPUB/package.opf"


def member(path: Path, name: str) -> str:
    with zipfile.ZipFile(path) as archive:
        return archive.read(name).decode()


@needs("java", "epubcheck")
@pytest.mark.parametrize(
    "metadata",
    [FULL, ComicMetadata(""), NONSENSE],
    ids=["everything known", "nothing known", "nonsense"],
)
def test_epubcheck_finds_no_fault(metadata: ComicMetadata, tmp_path: Path):
    pages = [page(kind, make()) for kind, make in ZOO.items()]
    comics = (
        OutputComic(metadata, tuple(pages)),
        OutputComic(
            metadata,
            tuple(
                replace(one, marks=PageMarks(bookmark="A < B", double_page=True))
                for one in numbered_pages(2)
            ),
            missing=(1,),
        ),
    )
    write_epub(Document("Zwei & mehr", comics), tmp_path / "out.epub", silent)
    said = run(
        "java", "-jar", shutil.which("epubcheck") or "", "--failonwarnings", tmp_path / "out.epub"
    )
    assert "No errors or warnings detected" in said


@needs("java", "epubcheck")
@pytest.mark.parametrize(
    ("direction", "mode"),
    [
        (ReadingDirection.RIGHT_TO_LEFT, "horizontal-rl"),
        (ReadingDirection.LEFT_TO_RIGHT, "horizontal-lr"),
    ],
)
def test_kindles_are_told_that_it_is_a_comic(
    direction: ReadingDirection, mode: str, tmp_path: Path
):
    pages = [page("a", encoded(drawing(300, 400), "JPEG")), *numbered_pages(2)]
    comic = replace(FULL, reading_direction=direction)
    document = replace(book(pages, comic), for_kindle=True)
    write_epub(document, tmp_path / "out.epub", silent)
    said = dict(
        re.findall(r'<meta name="([^"]+)" content="([^"]+)"', member(tmp_path / "out.epub", OPF))
    )
    assert said == {
        "cover": "image-001",
        "fixed-layout": "true",
        "original-resolution": "300x400",
        "book-type": "comic",
        "primary-writing-mode": mode,
        "zero-gutter": "true",
        "zero-margin": "true",
        "ke-border-color": "#FFFFFF",
        "ke-border-width": "0",
        "orientation-lock": "none",
    }
    assert len(sides(tmp_path / "out.epub")) == 3
    checked = run(
        "java", "-jar", shutil.which("epubcheck") or "", "--failonwarnings", tmp_path / "out.epub"
    )
    assert "No errors or warnings detected" in checked


def test_other_readers_are_told_nothing_about_kindles(tmp_path: Path):
    write_epub(book(numbered_pages(2)), tmp_path / "out.epub", silent)
    assert "<meta name=" not in member(tmp_path / "out.epub", OPF)


def test_pages_readers_know_go_in_unchanged_and_others_as_png(tmp_path: Path):
    write_epub(
        book([page("a", ZOO["jpeg"]()), page("b", ZOO["webp lossless"]())]),
        tmp_path / "out.epub",
        silent,
    )
    with zipfile.ZipFile(tmp_path / "out.epub") as archive:
        assert archive.namelist()[0] == "mimetype"
        assert archive.read("EPUB/images/001.jpg") == ZOO["jpeg"]()
        assert archive.read("EPUB/images/002.png").startswith(b"\x89PNG")


def sides(path: Path) -> list[str]:
    return re.findall(
        r'itemref idref="[^"]+" properties="[\w:]*page-spread-(\w+)"',
        member(path, "EPUB/package.opf"),
    )


def test_spreads_pair_pages_after_cover_and_double_pages(tmp_path: Path):
    wide = page("wide", encoded(drawing(400, 200), "JPEG"))
    pages = [*numbered_pages(4), wide, *numbered_pages(2)]
    write_epub(book(pages), tmp_path / "ltr.epub", silent)
    assert sides(tmp_path / "ltr.epub") == [
        "center",
        "left",
        "right",
        "left",
        "center",
        "left",
        "right",
    ]
    manga = ComicMetadata("M", reading_direction=ReadingDirection.RIGHT_TO_LEFT)
    write_epub(book(pages, manga), tmp_path / "rtl.epub", silent)
    assert sides(tmp_path / "rtl.epub") == [
        "center",
        "right",
        "left",
        "right",
        "center",
        "right",
        "left",
    ]
    assert 'page-progression-direction="rtl"' in member(tmp_path / "rtl.epub", "EPUB/package.opf")


def test_chapters_of_comics_are_the_contents_and_a_front_cover_is_the_cover(tmp_path: Path):
    first, second, third = numbered_pages(3)
    pages = [
        first,
        replace(second, marks=PageMarks(type="FrontCover", bookmark="Dawn")),
        replace(third, marks=PageMarks(bookmark="Dusk")),
    ]
    write_epub(book(pages, ComicMetadata("One")), tmp_path / "one.epub", silent)
    assert contents(tmp_path / "one.epub") == ["001 One", "002 Dawn", "003 Dusk"]
    assert 'href="images/002.jpg" media-type="image/jpeg" properties="cover-image"' in member(
        tmp_path / "one.epub", "EPUB/package.opf"
    )
    both = (
        OutputComic(ComicMetadata("One"), pages),
        OutputComic(ComicMetadata("Two"), numbered_pages(2)),
    )
    write_epub(Document("Both", both), tmp_path / "both.epub", silent)
    assert contents(tmp_path / "both.epub") == ["001 One", "002 Dawn", "003 Dusk", "004 Two"]
    navigation = member(tmp_path / "both.epub", "EPUB/navigation.xhtml")
    assert re.search(
        r">One</a><ol><li><a[^>]*>Dawn</a></li><li><a[^>]*>Dusk</a></li></ol></li>", navigation
    )


def contents(path: Path) -> list[str]:
    """Return number and title of every entry in the table of contents."""
    toc = member(path, "EPUB/navigation.xhtml").partition("</nav>")[0]
    return [" ".join(found) for found in re.findall(r'page-(\d+)\.xhtml">([^<]+)', toc)]


def test_every_page_states_its_size(tmp_path: Path):
    write_epub(book([page("x", encoded(drawing(300, 500), "PNG"))]), tmp_path / "out.epub", silent)
    assert "width=300, height=500" in member(tmp_path / "out.epub", "EPUB/page-001.xhtml")


def test_same_book_gives_the_same_bytes(tmp_path: Path):
    digests = {
        write_epub(book(numbered_pages(3), FULL), tmp_path / f"{n}.epub", silent).sha256
        for n in range(2)
    }
    assert len(digests) == 1

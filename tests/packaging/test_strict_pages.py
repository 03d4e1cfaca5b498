"""A page that breaks rules which do not matter stays as it is in a CBZ, and is mended elsewhere."""

from __future__ import annotations

import io
import shutil
import zipfile
import zlib
from pathlib import Path

import pytest
from PIL import Image

from comic_downloads.domain.library import ImageTrait
from comic_downloads.packaging.cbz import write_cbz
from comic_downloads.packaging.epub.writer import write_epub
from comic_downloads.packaging.pdf.check import check_pdf
from comic_downloads.packaging.pdf.writer import write_pdf
from tests.packaging.odd_images import SHOWN, chunk, png_with
from tests.packaging.test_odd_images import corners
from tests.packaging.tools import needs, run
from tests.packaging.zoo import ZOO, book, drawing, encoded, facts_of, page, silent

LOOSE = {kind: make for kind, make in SHOWN.items() if ImageTrait.LOOSE in facts_of(make()).traits}


def images_in(epub: Path) -> list[bytes]:
    with zipfile.ZipFile(epub) as archive:
        return [archive.read(name) for name in archive.namelist() if "/images/" in name]


def test_whole_kinds_are_not_loose():
    loose = {kind for kind, make in ZOO.items() if ImageTrait.LOOSE in facts_of(make()).traits}
    assert loose == set()
    assert {kind.split()[0] for kind in LOOSE} == {"jpeg", "png", "gif", "webp"}


@pytest.mark.parametrize("kind", LOOSE)
def test_loose_page_goes_into_a_cbz_as_it_is(kind: str, tmp_path: Path):
    data = LOOSE[kind]()
    write_cbz(book([page("1", data)]), tmp_path / "out.cbz", silent)
    with zipfile.ZipFile(tmp_path / "out.cbz") as archive:
        assert archive.read(archive.namelist()[0]) == data


@needs("qpdf")
def test_qpdf_finds_no_fault_with_loose_pages(tmp_path: Path):
    pages = [page(kind, make()) for kind, make in LOOSE.items()]
    write_pdf(book(pages), tmp_path / "out.pdf", silent)
    assert check_pdf(tmp_path / "out.pdf") == len(pages)
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", tmp_path / "out.pdf")


def test_strict_decoders_open_the_pages_of_an_epub(tmp_path: Path):
    write_epub(
        book([page(kind, make()) for kind, make in LOOSE.items()]), tmp_path / "o.epub", silent
    )
    for kind, data in zip(LOOSE, images_in(tmp_path / "o.epub"), strict=True):
        assert facts_of(data).traits == ()
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            wanted = corners(drawing().convert("L" if "gray" in kind else "RGB"))
            pairs = zip(corners(image), wanted, strict=True)
            assert max(abs(a - b) for pair in pairs for a, b in zip(*pair, strict=True)) < 12, kind


def test_mended_page_keeps_its_own_bytes(tmp_path: Path):
    jpeg, gif = ZOO["jpeg"](), ZOO["gif"]()
    broken = png_with(chunk(b"tEXt", b"a\0b", 0))
    # Without its last chunk, and without half of the checksum before it.
    cut = ZOO["png"]()[:-14]
    pages = [page("1", jpeg[:-2]), page("2", gif[:-1]), page("3", broken), page("4", cut)]
    write_epub(book(pages), tmp_path / "out.epub", silent)
    assert images_in(tmp_path / "out.epub") == [jpeg, gif, ZOO["png"](), ZOO["png"]()]


@needs("java", "epubcheck")
def test_inks_become_colours_in_an_epub(tmp_path: Path):
    inks = encoded(drawing().convert("CMYK"), "JPEG", quality=95)
    assert facts_of(inks).traits == (ImageTrait.UNCOMMON,)
    write_epub(book([page("1", inks), page("2", inks[:-2])]), tmp_path / "out.epub", silent)
    for data in images_in(tmp_path / "out.epub"):
        with Image.open(io.BytesIO(data)) as image:
            assert (image.format, image.mode) == ("JPEG", "RGB")
    said = run(
        "java", "-jar", shutil.which("epubcheck") or "", "--failonwarnings", tmp_path / "out.epub"
    )
    assert "No errors or warnings detected" in said


def test_png_keeps_its_packed_pixels_in_a_pdf_whatever_text_is_before_them(tmp_path: Path):
    with_text = png_with(*(chunk(b"tEXt", b"k\0" + bytes(1_000_000)) for _ in range(3)))
    for name, data in (("plain", ZOO["png"]()), ("text", with_text)):
        write_pdf(book([page("1", data)]), tmp_path / name, silent)
    plain, text = (tmp_path / name for name in ("plain", "text"))
    assert abs(plain.stat().st_size - text.stat().st_size) < 100


def test_png_with_a_little_packed_text_stays_as_it_is():
    texts = (
        chunk(b"zTXt", b"k\0\0" + zlib.compress(b"text")),
        chunk(b"iTXt", b"k\0\0\0\0\0t" * 500),
    )
    assert facts_of(png_with(*texts)).traits == ()


def test_animations_are_known():
    animated = encoded(drawing(), "PNG", save_all=True, append_images=[drawing().rotate(180)])
    assert facts_of(animated).traits == (ImageTrait.ANIMATED,)
    assert facts_of(ZOO["gif animated"]()).traits == (ImageTrait.ANIMATED,)
    moving = encoded(drawing(), "WEBP", save_all=True, append_images=[drawing().rotate(180)])
    assert facts_of(moving).traits == (ImageTrait.ANIMATED,)

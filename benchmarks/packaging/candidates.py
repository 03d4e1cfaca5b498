"""The candidates: our writers and their peers.

Each is a function of the pages and the target, or a command line.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from PIL import Image

from comic_downloads.domain.library import ComicMetadata, ImageFacts
from comic_downloads.domain.quality import Preset
from comic_downloads.files.output import write_whole
from comic_downloads.packaging.cbz import write_cbz
from comic_downloads.packaging.images import convert_parts, probe
from comic_downloads.packaging.pages import Document, OutputComic, OutputPage, Writer
from comic_downloads.packaging.pdf.writer import write_pdf

MAX_PIXELS = 100_000_000
PRESET = Preset("1080p", max_height=1080)
Prepared = Callable[[Path], None]
# Prepares, before the clock starts, what a worker knows from the library.
Candidate = Callable[[Sequence[Path]], Prepared]


def facts_of(page: Path) -> ImageFacts:
    """Return the facts of a page, as the library has them."""
    with page.open("rb") as stream:
        return probe(stream, MAX_PIXELS)


def ours(write: Writer, *, synced: bool) -> Candidate:
    """Return our writer as the worker calls it.

    With ``synced`` it waits at the end until the disk has the file, which no peer does.
    """

    def prepare(pages: Sequence[Path]) -> Prepared:
        output = tuple(
            OutputPage(page.name, facts_of(page), partial(page.open, "rb")) for page in pages
        )
        book = Document(
            "Benchmark",
            (OutputComic(ComicMetadata("Benchmark", series="Series", number="1"), output),),
        )

        def run(target: Path) -> None:
            if not synced:
                os.fsync = lambda descriptor: None
            write(book, target, lambda pages_done, bytes_done: None)

        return run

    return prepare


def python_zipfile(pages: Sequence[Path]) -> Prepared:
    """Write a ZIP with the standard library."""

    def run(target: Path) -> None:
        with zipfile.ZipFile(target, "w") as archive:
            for page in pages:
                archive.write(page, page.name)

    return run


def zipstream_ng(pages: Sequence[Path]) -> Prepared:
    """Write a ZIP with zipstream-ng."""
    from zipstream import ZipStream

    def run(target: Path) -> None:
        stream = ZipStream(sized=True)
        for page in pages:
            stream.add_path(page, page.name)
        with target.open("wb") as file:
            file.writelines(stream)

    return run


def img2pdf_convert(pages: Sequence[Path]) -> Prepared:
    """Write a PDF with img2pdf."""
    import img2pdf

    def run(target: Path) -> None:
        with target.open("wb") as file:
            img2pdf.convert([str(page) for page in pages], outputstream=file)

    return run


def pikepdf_jpegs(pages: Sequence[Path]) -> Prepared:
    """Write a PDF with pikepdf; the JPEGs are embedded as they are."""
    import pikepdf

    def run(target: Path) -> None:
        document = pikepdf.new()
        for page in pages:
            with Image.open(page) as image:
                width, height = image.size
            pixels = pikepdf.Stream(document, page.read_bytes())
            pixels.update(
                pikepdf.Dictionary(
                    Type=pikepdf.Name.XObject,
                    Subtype=pikepdf.Name.Image,
                    Width=width,
                    Height=height,
                    ColorSpace=pikepdf.Name.DeviceRGB,
                    BitsPerComponent=8,
                    Filter=pikepdf.Name.DCTDecode,
                )
            )
            added = document.add_blank_page(page_size=(width, height))
            added.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Im=pixels))
            added.Contents = pikepdf.Stream(
                document, f"q {width} 0 0 {height} 0 0 cm /Im Do Q".encode()
            )
        document.save(target)

    return run


def stock_fpdf2(pages: Sequence[Path]) -> Prepared:
    """Write a PDF with fpdf2 and its defaults."""
    from fpdf import FPDF

    def run(target: Path) -> None:
        document = FPDF(unit="pt")
        for page in pages:
            with Image.open(page) as image:
                size = image.size
            document.add_page(format=size)
            document.image(page, 0, 0, *size)
        document.output(target)

    return run


def hashed(peer: Candidate) -> Candidate:
    """Return the peer with a SHA-256 of its file added, which our writers include."""

    def prepare(pages: Sequence[Path]) -> Prepared:
        make = peer(pages)

        def run(target: Path) -> None:
            make(target)
            with target.open("rb") as file:
                hashlib.file_digest(file, "sha256")

        return run

    return prepare


def our_conversion(threads: int) -> Candidate:
    """Return our conversion with that many threads."""

    def prepare(pages: Sequence[Path]) -> Prepared:
        known = [(page, facts_of(page)) for page in pages]

        def run(target: Path) -> None:
            def one(page: Path, facts: ImageFacts) -> None:
                with page.open("rb") as stream:
                    (made,) = convert_parts(stream, facts, PRESET, {0}, MAX_PIXELS)
                write_whole(target / page.name, made.data)

            target.mkdir()
            with ThreadPoolExecutor(threads) as pool:
                for done in [pool.submit(one, page, facts) for page, facts in known]:
                    done.result()

        return run

    return prepare


def plain_pillow(pages: Sequence[Path]) -> Prepared:
    """Convert the pages with Pillow, decoding each at its full size."""

    def run(target: Path) -> None:
        target.mkdir()
        for page in pages:
            with Image.open(page) as image:
                size = PRESET.fit(*image.size)
                image.resize(size, Image.Resampling.LANCZOS).save(target / page.name, quality=85)

    return run


def vips_thumbnail(pages: Sequence[Path]) -> Prepared:
    """Convert the pages with libvips."""
    import pyvips

    def run(target: Path) -> None:
        target.mkdir()
        for page in pages:
            image = pyvips.Image.thumbnail(  # pyright: ignore[reportAttributeAccessIssue]
                str(page), 10_000, height=1080, size="down"
            )
            image.write_to_file(str(target / page.name), Q=85)

    return run


CBZ: dict[str, Candidate] = {
    "Comic Downloads": ours(write_cbz, synced=False),
    "Comic Downloads, synced": ours(write_cbz, synced=True),
    "zipfile": python_zipfile,
    "zipstream-ng": zipstream_ng,
    "zipstream-ng, SHA-256": hashed(zipstream_ng),
}
JPEG_PDF: dict[str, Candidate] = {
    "Comic Downloads": ours(write_pdf, synced=False),
    "Comic Downloads, synced": ours(write_pdf, synced=True),
    "img2pdf": img2pdf_convert,
    "img2pdf, SHA-256": hashed(img2pdf_convert),
    "pikepdf": pikepdf_jpegs,
    "fpdf2, as it comes": stock_fpdf2,
}
PNG_PDF: dict[str, Candidate] = {
    "Comic Downloads": ours(write_pdf, synced=False),
    "Comic Downloads, synced": ours(write_pdf, synced=True),
    "img2pdf": img2pdf_convert,
    "fpdf2, as it comes": stock_fpdf2,
}
CONVERSION: dict[str, Candidate] = {
    "Comic Downloads, 1 thread": our_conversion(1),
    "Comic Downloads, 2 threads": our_conversion(2),
    "Pillow, full decode": plain_pillow,
    "pyvips": vips_thumbnail,
}
GROUPS = {"cbz": CBZ, "jpeg-pdf": JPEG_PDF, "png-pdf": PNG_PDF, "conversion": CONVERSION}


def commands(group: str) -> dict[str, str]:
    """Return shell lines for the peers that are programs and are installed.

    In them, ``$PAGES`` is the folder of pages, ``$ONE`` one file with the bytes of all pages, and
    ``$OUT`` the output.
    """
    copies = {
        "cp -r": 'cp -r "$PAGES" "$OUT"',
        "cp -r, synced": 'cp -r "$PAGES" "$OUT" && sync "$OUT"/*',
    }
    whole = {"cp": 'cp "$ONE" "$OUT"', "cp, synced": 'cp "$ONE" "$OUT" && sync "$OUT"'}
    magick = next(
        (program for program in ("magick", "convert-im6", "convert") if shutil.which(program)), None
    )
    convert_one = f'{magick} "$p" -resize x1080 -quality 85 "$OUT/${{p##*/}}"'
    convert_all = f'mkdir "$OUT" && for p in "$PAGES"/*; do {convert_one}; done'
    found = {
        "cbz": {
            **whole,
            "zip -0": 'zip -q -0 -r "$OUT" "$PAGES"',
            "7z -mx0": '7z a -tzip -mx0 "$OUT" "$PAGES" >/dev/null',
        },
        "jpeg-pdf": copies,
        "png-pdf": copies,
        "conversion": {"ImageMagick": convert_all} if magick else {},
    }[group]
    return {
        name: line
        for name, line in found.items()
        if shutil.which(line.split()[0]) or line.startswith("mkdir")
    }

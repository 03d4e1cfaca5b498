"""Draw the comics whose finished files are pinned, the same bytes on every machine.

Every pixel comes from integer arithmetic, and no name or page depends on the machine or the time.
The pages are encoded by the pinned Pillow.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

from PIL import Image, ImageDraw

from tests.library.packed import write_7z, write_epub, write_rar5
from tests.packaging.zoo import encoded, exif, profile

SERIES = "Pinned Tales"
EVERY_KIND = "The Lamp"
SECOND = "The Ladder"
TORN = "Torn"
LOST = "Lost"
PROFILED = "Profiled"
SOURCES = {
    "stored zip": "Stored",
    "deflated zip": "Deflated",
    "pdf": "Document",
    "epub": "Der Mond",
    "cbr": "Rar",
    "cb7": "Seven",
}
_PERIOD = 512
# The earliest date that a ZIP can hold.
_EARLIEST = (1980, 1, 1, 0, 0, 0)

_INFO = """<?xml version="1.0" encoding="utf-8"?>
<ComicInfo><Title>{title}</Title><Series>Pinned Tales</Series><Number>{number}</Number>
<Volume>2</Volume><Summary>A lamp &amp; a ladder.</Summary><Year>2019</Year><Month>7</Month>
<Writer>Ann Li, Bo Ek</Writer><Penciller>Cy Ode</Penciller><Translator>Di Fo</Translator>
<Publisher>Small Press</Publisher><Genre>Adventure</Genre><Tags>night, harbour</Tags>
<CommunityRating>4.5</CommunityRating><LanguageISO>en</LanguageISO><Manga>{manga}</Manga></ComicInfo>
"""


def picture(width: int, height: int, seed: int = 1) -> Image.Image:
    """Return an RGB page of bent colour waves with a white gutter and a black frame."""
    wave = bytes(
        abs((x * (channel + 2) + 60 * seed) % _PERIOD - _PERIOD // 2) * 255 // 256
        for x in range(width + _PERIOD)
        for channel in range(3)
    )
    starts = (3 * (y * y // (97 + seed) % _PERIOD) for y in range(height))
    rows = b"".join(wave[start : start + 3 * width] for start in starts)
    image = Image.frombytes("RGB", (width, height), rows)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, height // 2 - 8, width, height // 2 + 8), fill="white")
    draw.rectangle((width // 8, height // 8, width // 2, height // 3), outline="black", width=4)
    return image


def _with_margin(width: int, height: int) -> Image.Image:
    page = Image.new("RGB", (width, height), "white")
    page.paste(picture(width - 120, height - 140, 3), (60, 70))
    return page


def _palette(width: int, height: int) -> Image.Image:
    """Return a page of sixteen colours."""
    squares = bytes((x // 25 + y // 30 * 5) % 16 for y in range(height) for x in range(width))
    page = Image.frombytes("P", (width, height), squares)
    colours = ((n * 17, 255 - n * 11, n * 53 % 256) for n in range(16))
    page.putpalette([value for colour in colours for value in colour])
    return page


def _see_through(width: int, height: int) -> Image.Image:
    page = picture(width, height, 4).convert("RGBA")
    page.paste((0, 0, 0, 0), (40, 40, width // 2, height // 2))
    return page


def _pages_of_every_kind() -> dict[str, bytes]:
    """Return the pages of one comic by name: every shape and kind that is treated differently."""
    return {
        "scan 01.jpg": encoded(picture(1700, 2550), "JPEG", quality=80),
        "scan 02 spread.jpg": encoded(picture(1200, 900, 2), "JPEG", quality=88),
        "scan 03 strip.png": encoded(picture(300, 2400, 5), "PNG"),
        "scan 04 gray.jpg": encoded(picture(600, 900, 6).convert("L"), "JPEG", quality=90),
        "scan 05 palette.png": encoded(_palette(600, 900), "PNG", bits=4),
        "scan 06.webp": encoded(picture(600, 900, 7), "WEBP", quality=80),
        "scan 07 margin.jpg": encoded(_with_margin(600, 900), "JPEG", quality=90),
        "scan 08 see-through.png": encoded(_see_through(300, 450), "PNG"),
        "scan 09.gif": encoded(_palette(300, 450), "GIF"),
        "scan 10 turned.jpg": encoded(picture(450, 300, 8), "JPEG", quality=85, exif=exif(6)),
    }


def _small_pages(seed: int, count: int = 3) -> dict[str, bytes]:
    drawn = (picture(400, 600, seed + n) for n in range(count))
    return {f"{n}.jpg": encoded(page, "JPEG", quality=85) for n, page in enumerate(drawn, 1)}


def _info(title: str, number: int, manga: str) -> dict[str, bytes]:
    return {"ComicInfo.xml": _INFO.format(title=title, number=number, manga=manga).encode()}


def _write_folder(folder: Path, files: dict[str, bytes]) -> None:
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _write_zip(path: Path, files: dict[str, bytes], method: int) -> None:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name, _EARLIEST), data, method)


def _write_pdf(path: Path, jpeg: bytes) -> None:
    """Write a PDF of two pages: one is a JPEG of 400 x 600 pixels, one is drawn with lines."""
    content = (
        b"q 400 0 0 600 0 0 cm /Im Do Q",
        b"0.2 0.4 0.8 rg 40 60 200 300 re f 6 w 100 500 m 350 500 l S",
    )
    drawing = b"/Resources << /XObject << /Im 7 0 R >> >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 600] /Contents %d 0 R %s >>"
    size = b"/Width 400 /Height 600 /ColorSpace /DeviceRGB /BitsPerComponent 8"
    image = b"/Type /XObject /Subtype /Image /Filter /DCTDecode %s" % size
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
        page % (5, drawing),
        page % (6, drawing),
        *(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(text), text) for text in content),
        b"<< %s /Length %d >>\nstream\n%s\nendstream" % (image, len(jpeg), jpeg),
    ]
    data, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    trailer = b"trailer\n<< /Size 8 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % len(data)
    path.write_bytes(data + b"xref\n0 8\n0000000000 65535 f \n" + table + trailer)


def write_library(library: Path) -> None:
    """Write all comics into the folder.

    There are a series of two, one comic of every kind of source, one with a colour profile, one
    with a page cut short, and one that ``lose_a_page`` deletes a page of.
    """
    _write_folder(library / SERIES / "001", _pages_of_every_kind() | _info(EVERY_KIND, 1, "No"))
    right_to_left = _small_pages(20) | _info(SECOND, 2, "YesAndRightToLeft")
    _write_folder(library / SERIES / "002", right_to_left)
    _write_zip(library / "Stored.cbz", _small_pages(30), zipfile.ZIP_STORED)
    _write_zip(library / "Deflated.cbz", _small_pages(40), zipfile.ZIP_DEFLATED)
    _write_pdf(library / "Document.pdf", _small_pages(50, 1)["1.jpg"])
    documents = {f"{n}.xhtml": f'<img src="{n}.jpg"/>' for n in range(1, 4)}
    write_epub(library / "Book.epub", documents, _small_pages(60), rtl=True)
    write_rar5(library / "Rar.cbr", _small_pages(70))
    write_7z(library / "Seven.cb7", _small_pages(80))
    profiled = encoded(picture(400, 600, 110), "JPEG", quality=85, icc_profile=profile())
    _write_folder(library / PROFILED, {"1.jpg": profiled})
    torn = _small_pages(90)
    _write_folder(library / TORN, torn | {"2.jpg": torn["2.jpg"][:300]})
    _write_folder(library / LOST, _small_pages(100))


def lose_a_page(library: Path) -> None:
    """Delete a page that the scan has already seen, so that the worker finds it missing."""
    (library / LOST / "2.jpg").unlink()

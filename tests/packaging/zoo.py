"""Images of every kind that comics contain, drawn here, and books made of them."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Sequence
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO

from PIL import Image, ImageCms, ImageDraw

from comic_downloads.domain.library import ComicMetadata, ImageFacts
from comic_downloads.domain.quality import Preset
from comic_downloads.files.output import write_whole
from comic_downloads.packaging.images import convert_parts, probe
from comic_downloads.packaging.pages import Document, OutputComic, OutputPage

MAX_PIXELS = 20_000_000
WIDTH, HEIGHT = 120, 200
CORNERS = {
    "red": (200, 30, 40),
    "green": (20, 160, 60),
    "blue": (30, 60, 200),
    "yellow": (220, 210, 40),
}


@cache
def drawing(width: int = WIDTH, height: int = HEIGHT) -> Image.Image:
    """Draw four flat corners: red and green above, blue and yellow below.

    They differ so that turned and mirrored pages are noticed.
    """
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    half_width, half_height = width // 2, height // 2
    for (x, y), colour in zip(((0, 0), (1, 0), (0, 1), (1, 1)), CORNERS.values(), strict=True):
        draw.rectangle(
            (x * half_width, y * half_height, (x + 1) * half_width - 1, (y + 1) * half_height - 1),
            fill=colour,
        )
    return image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    output = io.BytesIO()
    image.save(output, kind, **options)
    return output.getvalue()


@cache
def profile() -> bytes:
    made = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # Bytes 24 to 35 hold the time of creation.
    return made[:24] + bytes(12) + made[36:]


def convert(
    stream: BinaryIO,
    facts: ImageFacts,
    preset: Preset,
    target: Path,
    max_pixels: int,
    part: int = 0,
) -> ImageFacts:
    """Write one part of a page, or a page that has only one part, to ``target``."""
    (made,) = convert_parts(stream, facts, preset, {part}, max_pixels)
    write_whole(target, made.data)
    return made.facts


def exif(orientation: int) -> Image.Exif:
    values = Image.Exif()
    values[0x0112] = orientation
    return values


def _sixteen_bits() -> Image.Image:
    return drawing().convert("L").convert("I").point(lambda value: value * 257).convert("I;16")


def _see_through() -> Image.Image:
    image = drawing().convert("RGBA")
    image.paste((0, 0, 0, 0), (40, 40, 80, 80))
    return image


ZOO: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: encoded(drawing(), "JPEG", quality=92),
    "jpeg gray": lambda: encoded(drawing().convert("L"), "JPEG", quality=92),
    "jpeg progressive": lambda: encoded(drawing(), "JPEG", progressive=True, quality=92),
    "jpeg cmyk": lambda: encoded(drawing().convert("CMYK"), "JPEG", quality=95),
    "jpeg with profile": lambda: encoded(drawing(), "JPEG", icc_profile=profile(), quality=92),
    "jpeg with restarts": lambda: encoded(drawing(), "JPEG", restart_marker_blocks=3, quality=92),
    "jpeg mpo": lambda: encoded(
        drawing(), "MPO", save_all=True, append_images=[drawing()], quality=92
    ),
    "png": lambda: encoded(drawing(), "PNG"),
    "png gray": lambda: encoded(drawing().convert("L"), "PNG"),
    "png bilevel": lambda: encoded(drawing().convert("1"), "PNG"),
    "png palette": lambda: encoded(drawing().quantize(16), "PNG"),
    "png 4-bit palette": lambda: encoded(drawing().quantize(16), "PNG", bits=4),
    "png 16-bit": lambda: encoded(_sixteen_bits(), "PNG"),
    "png alpha": lambda: encoded(_see_through(), "PNG"),
    "png gray alpha": lambda: encoded(_see_through().convert("LA"), "PNG"),
    "png clear palette": lambda: encoded(drawing().quantize(16), "PNG", transparency=2),
    "png with profile": lambda: encoded(drawing(), "PNG", icc_profile=profile()),
    "webp": lambda: encoded(drawing(), "WEBP", quality=95),
    "webp lossless": lambda: encoded(_see_through(), "WEBP", lossless=True),
    "gif": lambda: encoded(drawing().quantize(16), "GIF"),
    "gif animated": lambda: encoded(
        drawing().quantize(16), "GIF", save_all=True, append_images=[drawing().rotate(180)]
    ),
    "bmp": lambda: encoded(drawing(), "BMP"),
    "tiff": lambda: encoded(drawing(), "TIFF", compression="tiff_lzw"),
    "tiff cmyk": lambda: encoded(drawing().convert("CMYK"), "TIFF"),
    "avif": lambda: encoded(drawing(), "AVIF", quality=95),
    "jpeg 2000": lambda: encoded(drawing(), "JPEG2000"),
}
if find_spec("pillow_heif"):
    importlib.import_module("pillow_heif").register_heif_opener()
    ZOO["heic"] = lambda: encoded(drawing(), "HEIF", quality=95)
if find_spec("pillow_jxl"):
    importlib.import_module("pillow_jxl")
    ZOO["jpeg xl"] = lambda: encoded(drawing(), "JXL", quality=95)
TURNED = {
    f"jpeg turned {n}": partial(encoded, drawing(), "JPEG", quality=95, exif=exif(n))
    for n in range(1, 9)
}
ZOO |= TURNED


def interlaced_png() -> bytes:
    """Return a 2 x 2 RGB PNG in seven passes (Adam7), which Pillow reads but does not write."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    red, green, blue, white = b"\xff\0\0", b"\0\xff\0", b"\0\0\xff", b"\xff\xff\xff"
    # Pass 1 is the top left pixel, pass 6 the top right one, and pass 7 the row below.
    rows = b"\0" + red + b"\0" + green + b"\0" + blue + white
    head = struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 1)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


ZOO["png interlaced"] = interlaced_png


def facts_of(data: bytes) -> ImageFacts:
    return probe(io.BytesIO(data), MAX_PIXELS)


def page(name: str, data: bytes, facts: ImageFacts | None = None) -> OutputPage:
    return OutputPage(name, facts or facts_of(data), lambda: io.BytesIO(data))


def small_jpeg(number: int) -> bytes:
    """Draw a page that is different for every number."""
    image = drawing().copy()
    ImageDraw.Draw(image).text((10, 10), str(number), fill="black")
    return encoded(image, "JPEG")


def book(
    pages: Sequence[OutputPage], metadata: ComicMetadata | None = None, title: str = "A book"
) -> Document:
    return Document(title, (OutputComic(metadata or ComicMetadata(title), tuple(pages)),))


def numbered_pages(count: int) -> list[OutputPage]:
    return [page(f"scan {number}.jpg", small_jpeg(number)) for number in range(count)]


def silent(pages_done: int, bytes_done: int) -> None:
    """Ignore the progress."""

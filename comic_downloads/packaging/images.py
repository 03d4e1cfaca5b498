"""Images: what is in them, whether they are whole, and smaller ones made from them. The only owner of Pillow.

Pixels are bounded before anything is decoded, formats are a white list, and every fault of a file ends as
PageUnreadable with a reason that a reader understands.
"""

from __future__ import annotations

import hashlib
import io
import struct
import tempfile
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from PIL import Image, ImageChops, ImageCms, ImageOps

from ..domain.errors import PageUnreadable
from ..domain.library import ImageFacts
from ..domain.quality import OutputImage, Preset
from .output import write_whole
from .structure import structure_of

CHUNK_BYTES = 1024 * 1024
SPOOL_BYTES = 16 * 1024 * 1024  # above it a stream that cannot seek goes through a temporary file
THUMBNAIL_QUALITY = 80
JPEG_MAX_SIDE = 65_500  # libjpeg's limit
WEBP_MAX_SIDE = 16_383  # 14 bits in the VP8 header

MEDIA_TYPES = {
    "JPEG": "image/jpeg",
    "MPO": "image/jpeg",  # a JPEG with further pictures behind it; the first one counts
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
    "AVIF": "image/avif",
    "JPEG2000": "image/jp2",
}

_ORIENTATION = 0x0112  # EXIF 2.32, table 4
_SIDEWAYS = frozenset({5, 6, 7, 8})
_CLOSED = frozenset({"image/png", "image/webp", "image/gif"})  # kinds whose end is sure: without it they are damaged
_FAULTS = (OSError, SyntaxError, ValueError, TypeError, LookupError, EOFError, ArithmeticError, struct.error, zlib.error)

# Our own limit is checked right after the header; Pillow's warning would only repeat it.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)


@contextmanager
def _faults_named() -> Iterator[None]:
    """Turns what Pillow or a damaged archive raises into PageUnreadable; errors of the disk pass through."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise PageUnreadable("It has more pixels than this server opens (MAX_PAGE_PIXELS).") from error
    except Image.UnidentifiedImageError as error:
        raise PageUnreadable("It is not an image of a kind that can be read here.") from error
    except zipfile.BadZipFile as error:
        raise PageUnreadable("Its data in the archive is damaged.") from error
    except _FAULTS as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise PageUnreadable("Its image data is damaged or cut short.") from error


def _open(stream: BinaryIO, max_pixels: int) -> Image.Image:
    """The image with its header read and nothing decoded."""
    Image.MAX_IMAGE_PIXELS = max_pixels
    image = Image.open(stream, formats=[name for name in MEDIA_TYPES if name != "MPO"])
    width, height = image.size
    if width < 1 or height < 1:
        raise PageUnreadable("It has no pixels.")
    if width * height > max_pixels:
        limit = max_pixels // 1_000_000
        raise PageUnreadable(f"It has {width} x {height} pixels; the limit is {limit} million (MAX_PAGE_PIXELS).")
    return image


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 to 8. Pillow turns TIFF by itself; a PNG's late eXIf chunk would cost a decode."""
    if image.format == "TIFF" or (image.format == "PNG" and "exif" not in image.info):
        return 1
    value = image.getexif().get(_ORIENTATION, 1)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _media_type(image: Image.Image) -> str:
    return MEDIA_TYPES[image.format or ""]


@contextmanager
def _seekable(stream: BinaryIO) -> Iterator[BinaryIO]:
    if stream.seekable():
        yield stream
        return
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as spool:
        while chunk := stream.read(CHUNK_BYTES):
            spool.write(chunk)
        spool.seek(0)
        yield spool  # pyright: ignore[reportReturnType]


def probe(stream: BinaryIO, max_pixels: int) -> ImageFacts:
    """What the image is, read in one pass in constant memory; the stream starts at its first byte.

    Raises PageUnreadable with the reason when it is no image of a known kind, has too many pixels, or is damaged or
    cut short. JPEG, PNG and WebP are judged by their structure, other kinds by decoding them.
    """
    with _faults_named(), _seekable(stream) as source:
        image = _open(source, max_pixels)
        media_type, size, turned = _media_type(image), image.size, _orientation(image) in _SIDEWAYS
        structure = structure_of(media_type)
        source.seek(0)
        digest, crc32, size_bytes = hashlib.sha256(), 0, 0
        while chunk := source.read(CHUNK_BYTES):
            digest.update(chunk)
            crc32 = zlib.crc32(chunk, crc32)
            size_bytes += len(chunk)
            if structure is not None:
                structure.feed(chunk)
        if structure is not None and structure.fault:
            raise PageUnreadable(structure.fault)
        if structure is not None and not structure.whole and media_type in _CLOSED:
            raise PageUnreadable("Its image data is cut short.")
        if structure is None or not structure.whole or media_type == "image/gif":
            check_decodes(source, max_pixels)
    width, height = reversed(size) if turned else size
    return ImageFacts(media_type, width, height, size_bytes, crc32, digest.hexdigest())


def check_decodes(stream: BinaryIO, max_pixels: int) -> None:
    """Decodes the first picture to its last row. Raises PageUnreadable when that fails."""
    with _faults_named():
        stream.seek(0)
        with _open(stream, max_pixels) as image:
            if image.format == "JPEG":
                image.draft(None, (image.width // 8, image.height // 8))
            image.load()


def _decoded(stream: BinaryIO, max_pixels: int, wanted: tuple[int, int] | None) -> Image.Image:
    """The picture upright; at least twice ``wanted`` large where the decoder can shrink on the way."""
    stream.seek(0)
    image = _open(stream, max_pixels)
    orientation, media_type = _orientation(image), _media_type(image)
    if wanted is not None and media_type == "image/jpeg":
        across, down = reversed(wanted) if orientation in _SIDEWAYS else wanted
        # draft() picks the smallest n/8 that is not below the request; twice the target keeps LANCZOS its detail.
        image.draft(None, (across, down))
    image.load()
    upright = ImageOps.exif_transpose(image) if orientation != 1 else image
    upright.info = dict(image.info)
    return upright


def _plain(image: Image.Image) -> Image.Image:
    """The picture in one of L, LA, RGB, RGBA with 8 bits a channel."""
    if image.mode in {"L", "LA", "RGB", "RGBA"}:
        return image
    if image.mode == "1":
        return image.convert("L")
    if image.mode == "P":
        return _from_palette(image)
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if image.mode in {"I", "F"}:
        low, high = image.getextrema()
        span = max(float(high) - float(low), 1.0)  # pyright: ignore[reportArgumentType]
        return image.convert("F").point(lambda value: value * (255 / span) - float(low) * 255 / span).convert("L")  # pyright: ignore[reportArgumentType]
    if image.mode == "CMYK":
        return _from_cmyk(image)
    if image.mode in {"PA", "La", "RGBa"}:
        return image.convert("RGBA")
    return image.convert("RGB")


def _from_palette(image: Image.Image) -> Image.Image:
    if "transparency" in image.info:
        return image.convert("RGBA")
    palette = bytes(image.getpalette("RGB") or b"")
    gray = palette[0::3] == palette[1::3] == palette[2::3]
    return image.convert("L" if gray else "RGB")


def _from_cmyk(image: Image.Image) -> Image.Image:
    """Through the embedded profile where there is one that works: the plain formula makes ink too bright."""
    profile = image.info.get("icc_profile")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError):
            return image.convert("RGB")
        if converted is not None:
            return converted
    return image.convert("RGB")


def thumbnail(stream: BinaryIO, max_pixels: int, height: int, width: int | None = None) -> tuple[bytes, str]:
    """A small WebP of the page, at most ``height`` (and ``width``) pixels, never enlarged, and its media type.

    Raises PageUnreadable.
    """
    with _faults_named(), _seekable(stream) as source:
        turned = _upright_size(_open(source, max_pixels))
        size = Preset("", max_width=width, max_height=height).fit(*turned)
        image = _plain(_decoded(source, max_pixels, size))
        if image.size != size:
            image = image.resize(size, Image.Resampling.LANCZOS)
        output = io.BytesIO()
        image.save(output, "WEBP", quality=THUMBNAIL_QUALITY, method=3)
        return output.getvalue(), "image/webp"


def _upright_size(image: Image.Image) -> tuple[int, int]:
    width, height = image.size
    return (height, width) if _orientation(image) in _SIDEWAYS else (width, height)


def convert(stream: BinaryIO, facts: ImageFacts, preset: Preset, target: Path, max_pixels: int) -> ImageFacts:
    """Writes the page as the preset wants it to ``target``, whole or not at all, and gives the facts of the new image.

    The same page, preset and Pillow give the same bytes. Any number of threads may convert at once (Pillow lets go of
    the interpreter). Raises PageUnreadable, DiskFull or StorageUnavailable.
    """
    with _faults_named(), _seekable(stream) as source:
        size = preset.fit(facts.width, facts.height)
        original = _decoded(source, max_pixels, size)
        image = _plain(original)
        if preset.grayscale and image.mode not in {"L", "LA"}:
            image = image.convert("LA" if image.mode == "RGBA" else "L")
        if image.size != size:
            image = image.resize(size, Image.Resampling.LANCZOS)
        media_type = _output_type(facts.media_type, preset.output, size)
        profile = original.info.get("icc_profile") if original.mode == image.mode else None
        data = _encode(image, media_type, preset.jpeg_quality, profile)
    write_whole(target, data)
    return ImageFacts(media_type, *size, len(data), zlib.crc32(data), hashlib.sha256(data).hexdigest())


def _output_type(source: str, output: OutputImage, size: tuple[int, int]) -> str:
    """Lossy kinds stay lossy in a form every reader opens, lossless ones become PNG."""
    as_source = {"image/jpeg": "image/jpeg", "image/avif": "image/jpeg", "image/jp2": "image/jpeg", "image/webp": "image/webp"}
    chosen = {OutputImage.JPEG: "image/jpeg", OutputImage.WEBP: "image/webp"}.get(output) or as_source.get(source, "image/png")
    limit = {"image/jpeg": JPEG_MAX_SIDE, "image/webp": WEBP_MAX_SIDE}.get(chosen)
    return "image/png" if limit is not None and max(size) > limit else chosen


def _encode(image: Image.Image, media_type: str, quality: int, profile: bytes | None) -> bytes:
    output = io.BytesIO()
    if media_type == "image/jpeg":
        _flat(image).save(output, "JPEG", quality=quality, icc_profile=profile)
    elif media_type == "image/webp":
        image.save(output, "WEBP", quality=quality, method=4, icc_profile=profile or b"")
    else:
        _without_idle_channels(image).save(output, "PNG", icc_profile=profile)
    return output.getvalue()


def _flat(image: Image.Image) -> Image.Image:
    """Transparent parts on white paper: JPEG has no alpha."""
    if image.mode not in {"LA", "RGBA"}:
        return image
    opaque = image.mode.removesuffix("A")
    paper = Image.new(opaque, image.size, "white")
    paper.paste(image.convert(opaque), mask=image.getchannel("A"))
    return paper


def _without_idle_channels(image: Image.Image) -> Image.Image:
    """Without an alpha that hides nothing and without colour in which nothing is coloured: a third of the bytes."""
    if image.mode in {"LA", "RGBA"} and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert(image.mode.removesuffix("A"))
    if image.mode == "RGB":
        red, green, blue = image.split()
        if ImageChops.difference(red, green).getbbox() is None and ImageChops.difference(red, blue).getbbox() is None:
            return red
    return image

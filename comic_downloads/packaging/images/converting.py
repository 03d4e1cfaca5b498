"""New images from pages: converted pages, thumbnails, and lossless copies for PDF."""

from __future__ import annotations

import hashlib
import io
import zlib
from pathlib import Path
from typing import BinaryIO

from PIL import Image

from ...domain.library import ImageFacts
from ...domain.quality import OutputImage, Preset
from ..output import write_whole
from .colours import fitting_profile, flat, gray, plain, without_idle_channels
from .opening import decoded, faults_named, open_image, seekable, upright_size

_THUMBNAIL_QUALITY = 80
_MAX_SIDE = {"image/jpeg": 65_500, "image/webp": 16_383}  # libjpeg's limit; 14 bits in the VP8 header
_LOSSY = {"image/jpeg": "image/jpeg", "image/avif": "image/jpeg", "image/jp2": "image/jpeg", "image/webp": "image/webp"}
_CHOSEN = {OutputImage.JPEG: "image/jpeg", OutputImage.WEBP: "image/webp"}


def thumbnail(stream: BinaryIO, max_pixels: int, height: int, width: int | None = None) -> tuple[bytes, str]:
    """A small WebP of the page, at most ``height`` (and ``width``) pixels, never enlarged, and its media type.

    Raises PageUnreadable.
    """
    with faults_named(), seekable(stream) as source:
        full_width, full_height = upright_size(open_image(source, max_pixels))
        scale = min(1.0, height / full_height, 1.0 if width is None else width / full_width)
        size = max(1, round(full_width * scale)), max(1, round(full_height * scale))
        image = plain(decoded(source, max_pixels, size))
        output = io.BytesIO()
        _resized(image, size).save(output, "WEBP", quality=_THUMBNAIL_QUALITY, method=3)
        return output.getvalue(), "image/webp"


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS)


def convert(stream: BinaryIO, facts: ImageFacts, preset: Preset, target: Path, max_pixels: int) -> ImageFacts:
    """Writes the page as the preset wants it to ``target``, whole or not at all, and gives the facts of the new image.

    The same page, preset and Pillow give the same bytes. Any number of threads may convert at once (Pillow lets go of
    the interpreter). Raises PageUnreadable, DiskFull or StorageUnavailable.
    """
    with faults_named(), seekable(stream) as source:
        size = preset.fit(facts.width, facts.height)
        original = decoded(source, max_pixels, size)
        image = plain(original)
        if preset.grayscale:
            image = gray(image)
        media_type = _output_type(facts.media_type, preset.output, size)
        data = _encoded(_resized(image, size), media_type, preset.jpeg_quality, original.info.get("icc_profile"))
    write_whole(target, data)
    return ImageFacts(media_type, *size, len(data), zlib.crc32(data), hashlib.sha256(data).hexdigest())


def _output_type(source: str, output: OutputImage, size: tuple[int, int]) -> str:
    """Lossy kinds stay lossy in a form every reader opens, lossless ones become PNG."""
    chosen = _CHOSEN.get(output) or _LOSSY.get(source, "image/png")
    return "image/png" if max(size) > _MAX_SIDE.get(chosen, max(size)) else chosen


def _encoded(image: Image.Image, media_type: str, quality: int, profile: bytes | None) -> bytes:
    output = io.BytesIO()
    if media_type == "image/jpeg":
        image = flat(image)
        image.save(output, "JPEG", quality=quality, icc_profile=fitting_profile(profile, image))
    elif media_type == "image/webp":
        image.save(output, "WEBP", quality=quality, method=4, icc_profile=fitting_profile(profile, image) or b"")
    else:
        image = without_idle_channels(image)
        image.info.pop("transparency", None)
        image.save(output, "PNG", icc_profile=fitting_profile(profile, image))
    return output.getvalue()


def opaque_png(stream: BinaryIO, max_pixels: int) -> tuple[bytes, bytes | None]:
    """The page upright as a PNG without transparency, and its alpha channel as another PNG where it has one.

    Lossless but for 16-bit colour, which Pillow reads with 8 bits. Raises PageUnreadable.
    """
    with faults_named(), seekable(stream) as source:
        original = decoded(source, max_pixels)
        image = original if original.mode == "I;16" else plain(original)
        alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
        if alpha is not None:
            image = image.convert(image.mode.removesuffix("A"))
        return _png(image, original.info.get("icc_profile")), None if alpha is None else _png(alpha, None)


def _png(image: Image.Image, profile: bytes | None) -> bytes:
    output = io.BytesIO()
    image.info.pop("transparency", None)
    image.save(output, "PNG", icc_profile=fitting_profile(profile, image))
    return output.getvalue()

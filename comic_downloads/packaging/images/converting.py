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
from .colours import fitting_profile, gray, plain
from .encoding import MAX_SIDE, Encoded, Encoding, encoded, encoded_within
from .opening import decoded, faults_named, open_image, seekable, upright_size
from .shaping import resized, screen_of_strip, without_margins

_THUMBNAIL_QUALITY = 80
_CROP_RESERVE = 1.5  # a cropped page is shrunk less: that much more has to be decoded
_LOSSY = {
    "image/webp": "image/webp",
    **dict.fromkeys(("image/jpeg", "image/avif", "image/jp2", "image/heic", "image/jxl"), "image/jpeg"),
}
_CHOSEN = {OutputImage.JPEG: "image/jpeg", OutputImage.WEBP: "image/webp"}


def thumbnail(stream: BinaryIO, max_pixels: int, height: int, width: int | None = None) -> tuple[bytes, str]:
    """A small WebP of the page, at most ``height`` (and ``width``) pixels, never enlarged, and its media type.

    Raises PageUnreadable.
    """
    with faults_named(), seekable(stream) as source:
        full_width, full_height = upright_size(open_image(source, max_pixels))
        scale = min(1.0, height / full_height, 1.0 if width is None else width / full_width)
        size = max(1, round(full_width * scale)), max(1, round(full_height * scale))
        output = io.BytesIO()
        resized(plain(decoded(source, max_pixels, size)), size).save(output, "WEBP", quality=_THUMBNAIL_QUALITY, method=3)
        return output.getvalue(), "image/webp"


def convert(stream: BinaryIO, facts: ImageFacts, preset: Preset, target: Path, max_pixels: int, part: int = 0) -> ImageFacts:
    """Writes the page as the preset wants it to ``target``, whole or not at all, and gives the facts of the new image.

    ``part`` counts the screens of a strip that the preset cuts (``Preset.parts``). The same page, preset and Pillow give
    the same bytes. Any number of threads may convert at once (Pillow lets go of the interpreter). Raises PageUnreadable,
    TargetSizeImpossible, DiskFull or StorageUnavailable.
    """
    with faults_named(), seekable(stream) as source:
        max_bytes = preset.page_limit(facts.size_bytes)
        if max_bytes is not None and facts.size_bytes <= max_bytes and not preset.reshapes(facts.width, facts.height):
            source.seek(0)
            made = Encoded(source.read(), facts.media_type, (facts.width, facts.height))
        else:
            made = _redrawn(source, facts, preset, max_pixels, part, max_bytes)
    write_whole(target, made.data)
    return ImageFacts(made.media_type, *made.size, len(made.data), zlib.crc32(made.data), hashlib.sha256(made.data).hexdigest())


def _redrawn(source: BinaryIO, facts: ImageFacts, preset: Preset, max_pixels: int, part: int, max_bytes: int | None) -> Encoded:
    parts = preset.parts(facts.width, facts.height)
    original = decoded(source, max_pixels, _wanted(facts, preset, parts))
    image = plain(original)
    shrunk = image.width / facts.width  # by the decoder
    if parts > 1:
        image = screen_of_strip(image, part, parts)
    if preset.crop_margins:
        image = without_margins(image)
    if preset.grayscale:
        image = gray(image)
    size = preset.fit(round(image.width / shrunk), round(image.height / shrunk))
    how = Encoding(
        _output_type(facts.media_type, preset, size), preset.jpeg_quality, original.info.get("icc_profile"), _levels(preset)
    )
    image = resized(image, size)
    if max_bytes is None:
        return encoded(image, how)
    return encoded_within(image, how, max_bytes // parts, fill=preset.max_height is preset.max_width is None)


def _wanted(facts: ImageFacts, preset: Preset, parts: int) -> tuple[int, int] | None:
    """How large the decoder has to deliver the page."""
    if parts > 1:
        return None
    width, height = preset.fit(facts.width, facts.height)
    reserve = _CROP_RESERVE if preset.crop_margins else 1
    return min(facts.width, round(width * reserve)), min(facts.height, round(height * reserve))


def _levels(preset: Preset) -> int:
    return preset.gray_levels if preset.grayscale else 256


def _output_type(source: str, preset: Preset, size: tuple[int, int]) -> str:
    """Lossy kinds stay lossy in a form every reader opens, lossless ones become PNG.

    So do pages with few gray levels: JPEG would blur them, and is no smaller (16 levels, dithered: 285 kB against 211
    for flat colours, 458 against 482 for scans).
    """
    chosen = _CHOSEN.get(preset.output)
    if chosen is None:
        chosen = "image/png" if _levels(preset) < 256 else _LOSSY.get(source, "image/png")
    return "image/png" if max(size) > MAX_SIDE.get(chosen, max(size)) else chosen


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


def lossless_png(stream: BinaryIO, max_pixels: int) -> bytes:
    """The page upright as one PNG, transparency kept. Raises PageUnreadable."""
    with faults_named(), seekable(stream) as source:
        original = decoded(source, max_pixels)
        return _png(plain(original), original.info.get("icc_profile"))


def _png(image: Image.Image, profile: bytes | None) -> bytes:
    output = io.BytesIO()
    image.info.pop("transparency", None)
    image.save(output, "PNG", icc_profile=fitting_profile(profile, image))
    return output.getvalue()

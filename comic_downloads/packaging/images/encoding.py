"""Pictures into bytes: JPEG, WebP or PNG, within a number of bytes where one is given."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass, replace

from PIL import Image

from ...domain.errors import TargetSizeImpossible
from .colours import fitting_profile, flat, without_idle_channels
from .shaping import resized, to_gray_levels

MAX_SIDE = {"image/jpeg": 65_500, "image/webp": 16_383}  # libjpeg's limit; 14 bits in the VP8 header
_MIN_QUALITY, _MAX_QUALITY = 30, 97
_FINE_QUALITY = 93  # from here on colours are stored at full resolution
_MIN_SIDE = 160  # pixels; a page made smaller than that shows nothing any more
_MAX_BOUND_PROFILE_BYTES = 4096  # of an ICC profile where bytes are counted; sRGB's has 3 kB


@dataclass(frozen=True)
class Encoding:
    """How to encode. ``gray_levels`` below 256 asks for that many, in a PNG; quality is Pillow's 1 to 95 and beyond."""

    media_type: str
    quality: int
    profile: bytes | None = None
    gray_levels: int = 256


@dataclass(frozen=True)
class Encoded:
    data: bytes
    media_type: str
    size: tuple[int, int]


def encoded(image: Image.Image, how: Encoding) -> Encoded:
    """The picture (one of L, LA, RGB, RGBA) as a file. The same picture gives the same bytes."""
    output = io.BytesIO()
    if how.media_type == "image/jpeg":
        picture = flat(image)
        subsampling = "4:4:4" if how.quality >= _FINE_QUALITY else "4:2:0"
        profile = fitting_profile(how.profile, picture)
        picture.save(output, "JPEG", quality=how.quality, subsampling=subsampling, icc_profile=profile)
    elif how.media_type == "image/webp":
        image.save(output, "WEBP", quality=how.quality, method=4, icc_profile=fitting_profile(how.profile, image) or b"")
    elif how.gray_levels < 256 and image.mode == "L":
        levels = to_gray_levels(image, how.gray_levels)
        levels.save(output, "PNG", bits=next(bits for bits in (1, 2, 4, 8) if 2**bits >= how.gray_levels))
    else:
        picture = without_idle_channels(image)
        picture.info.pop("transparency", None)
        picture.save(output, "PNG", icc_profile=fitting_profile(how.profile, picture))
    return Encoded(output.getvalue(), how.media_type, image.size)


def encoded_within(image: Image.Image, how: Encoding, max_bytes: int, *, fill: bool) -> Encoded:
    """The best that fits into so many bytes; with ``fill``, better than asked for if there is room.

    Lossless first, then lossy with less and less quality, then with fewer pixels. Raises TargetSizeImpossible.
    """
    if how.profile is not None and len(how.profile) > _MAX_BOUND_PROFILE_BYTES:
        how = replace(how, profile=None)
    lossless = how.media_type == "image/png"
    if lossless or not fill:
        natural = encoded(image, how)
        if len(natural.data) <= max_bytes:
            return natural
    lossy = replace(how, media_type="image/jpeg") if lossless else how
    best = _MAX_QUALITY if fill or lossless else how.quality
    while True:
        found = _best_quality(image, lossy, best, max_bytes)
        if isinstance(found, Encoded):
            return found
        scale = min(0.9, math.sqrt(max_bytes / found) * 0.97)
        width, height = max(1, round(image.width * scale)), max(1, round(image.height * scale))
        if max(width, height) < _MIN_SIDE:
            raise TargetSizeImpossible("A page cannot be made that small. Allow a larger file, or pick fewer pages.")
        image = resized(image, (width, height))


def _best_quality(image: Image.Image, how: Encoding, best: int, max_bytes: int) -> Encoded | int:
    """The encoding of the highest quality that fits, or how many bytes the lowest one takes."""
    fitting = encoded(image, replace(how, quality=_MIN_QUALITY))
    if len(fitting.data) > max_bytes:
        return len(fitting.data)
    low, high = _MIN_QUALITY, best
    while low < high:
        middle = (low + high + 1) // 2
        attempt = encoded(image, replace(how, quality=middle))
        if len(attempt.data) <= max_bytes:
            low, fitting = middle, attempt
        else:
            high = middle - 1
    return fitting

"""Encode pictures as JPEG, WebP or PNG, within a number of bytes if one is given."""

from __future__ import annotations

import io
import math
import os
import tempfile
import zlib
from dataclasses import dataclass, replace
from typing import IO

from PIL import Image

from ...domain.errors import DiskFull, TargetSizeImpossible, is_disk_full
from .colours import fitting_profile, flat, without_idle_channels
from .resizing import resized
from .shaping import MAX_ROUNDING, ROUNDINGS_A_BIT, rounded_colours, to_gray_levels

# The limit of libjpeg, and the 14 bits of the VP8 header.
MAX_SIDE = {"image/jpeg": 65_500, "image/webp": 16_383}
_MIN_QUALITY, _MAX_QUALITY = 30, 100
# From this quality on, colours are stored at full resolution.
_FINE_QUALITY = 93
# For the smallest pages: 160 x 160 pixels of colour noise take 1.3 kB with it, 6.9 kB with 30.
_LAST_QUALITY = 5
# A page with a longer side below this many pixels shows nothing any more.
_MIN_SIDE = 160
# The largest ICC profile under a limit, in bytes and as a part of the limit; sRGB's has 3 kB.
_MAX_BOUND_PROFILE_BYTES = 4096
_MAX_PROFILE_SHARE = 0.1
# Pictures with more pixels are encoded the quick way.
_TIGHT_PIXELS = 1_000_000
# A page that uses less of its limit is tried with qualities between the whole numbers.
_WELL_FILLED = 0.95
_NO_ROOM = (
    "The disk is full, so a page could not be made. Free some space; the download is then tried "
    "again."
)
_LOSSLESS_KINDS = frozenset({"image/png", "image/webp"})
# The effort for WebP, of 100. With 85 it takes twice as long for 0.3 % fewer bytes.
_LOSSLESS_EFFORT = 20
# How hard zlib works at a PNG: twice as fast as Pillow's choice, for 3 % more bytes. Level 3 is no
# faster, and makes 5 % more of flat colours.
_PNG_EFFORT = {"compress_level": 4, "compress_type": zlib.Z_DEFAULT_STRATEGY}
# The part of its limit that a page with rounded colours aims at.
_ROUNDED_TO = 0.975
# The most roundings that are tried; two or three usually suffice.
_ROUNDINGS = 5


Tables = tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Encoding:
    """How to encode a picture.

    Attributes:
        media_type: JPEG, WebP or PNG.
        quality: Pillow's quality, 1 to 100.
        profile: The ICC profile to embed if it fits the picture.
        gray_levels: Below 256, a PNG gets that many.
        tight: Make a JPEG a tenth smaller, or more if it is tiny. It takes longer and 3 bytes of
            memory per pixel.
        lossless: Encode a WebP without loss.
        tables: The quantization tables of a JPEG, in place of those of the quality.
    """

    media_type: str
    quality: int
    profile: bytes | None = None
    gray_levels: int = 256
    tight: bool = False
    lossless: bool = False
    tables: Tables = ()


@dataclass(frozen=True)
class Encoded:
    """An encoded picture; ``size`` is its width and height in pixels."""

    data: bytes
    media_type: str
    size: tuple[int, int]


def encoded(image: Image.Image, how: Encoding) -> Encoded:
    """Encode the picture, which has one of the modes L, LA, RGB and RGBA.

    The same picture gives the same bytes.
    """
    output = io.BytesIO()
    if how.media_type == "image/jpeg":
        output.write(_jpeg(flat(image), how))
    elif how.media_type == "image/webp":
        profile = fitting_profile(how.profile, image) or b""
        quality = _LOSSLESS_EFFORT if how.lossless else how.quality
        image.save(
            output, "WEBP", quality=quality, method=4, lossless=how.lossless, icc_profile=profile
        )
    elif how.gray_levels < 256 and image.mode in {"L", "LA"}:
        # Transparency would add levels of its own.
        levels = to_gray_levels(flat(image), how.gray_levels)
        bits = next(bits for bits in (1, 2, 4, 8) if 2**bits >= how.gray_levels)
        # Without ``icc_profile`` Pillow keeps that of the source, or one that holds the time.
        levels.save(output, "PNG", bits=bits, icc_profile=None)
    else:
        output.write(png(without_idle_channels(image), how.profile))
    return Encoded(output.getvalue(), how.media_type, image.size)


def png(picture: Image.Image, profile: bytes | None) -> bytes:
    """Encode the picture as a PNG without loss, with the ICC profile if it fits the picture."""
    output = io.BytesIO()
    picture.info.pop("transparency", None)
    picture.save(output, "PNG", icc_profile=fitting_profile(profile, picture), **_PNG_EFFORT)
    return output.getvalue()


def _jpeg(picture: Image.Image, how: Encoding) -> bytes:
    # The buffer of Pillow is too small for a finer picture that is tight.
    tight = how.tight and how.quality < _FINE_QUALITY
    try:
        return _jpeg_written(picture, how, tight=tight)
    except OSError as error:
        if not tight or error.errno is not None:
            raise
        # Strong noise takes more than a byte per pixel, the size of Pillow's buffer.
        return _jpeg_written(picture, how, tight=False)


def _jpeg_written(picture: Image.Image, how: Encoding, *, tight: bool) -> bytes:
    subsampling = "4:4:4" if how.quality >= _FINE_QUALITY else "4:2:0"
    profile = fitting_profile(how.profile, picture)
    fineness = (
        {"qtables": [list(table) for table in how.tables]}
        if how.tables
        else {"quality": how.quality}
    )
    with _scratch_file() as output:
        try:
            picture.save(
                output,
                "JPEG",
                subsampling=subsampling,
                icc_profile=profile,
                optimize=tight,
                **fineness,
            )
        except OSError as error:
            if is_disk_full(error):
                raise DiskFull(_NO_ROOM) from error
            raise
        output.seek(0)
        return output.read()


def _scratch_file() -> IO[bytes]:
    """Open a file for one image, in memory where the system has such files.

    While Pillow encodes a JPEG into a real file other threads may run; into BytesIO, they wait.
    """
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("page"), "w+b")
    return tempfile.TemporaryFile()


def with_small_profile(how: Encoding, max_bytes: int) -> Encoding:
    """Drop a colour profile that would take too much of ``max_bytes``."""
    small = how.profile is None or len(how.profile) <= min(
        _MAX_BOUND_PROFILE_BYTES, max_bytes * _MAX_PROFILE_SHARE
    )
    return how if small else replace(how, profile=None)


def encoded_within(
    image: Image.Image, how: Encoding, max_bytes: int, natural_bytes: int | None
) -> Encoded:
    """Return the best encoding that fits, for a picture that does not fit as it was asked for.

    It is lossy, with the highest quality that fits; then with fewer pixels; and at the smallest
    size with hardly any quality. If the highest quality leaves much of the limit unused, it is
    nearly lossless.

    Args:
        image: The picture.
        how: The encoding that was asked for.
        max_bytes: The limit.
        natural_bytes: The size of the encoding that was asked for, if it is known.

    Raises:
        TargetSizeImpossible: Even the smallest picture does not fit.
    """
    lossless = how.media_type == "image/png"
    lossy = replace(how, media_type="image/jpeg" if lossless else how.media_type)
    least, size = _MIN_QUALITY, image.size
    while True:
        tight = replace(lossy, tight=size[0] * size[1] <= _TIGHT_PIXELS)
        found = _best_quality(resized(image, size), tight, (least, _MAX_QUALITY), max_bytes)
        if isinstance(found, Encoded):
            roomy = (
                size == image.size
                and len(found.data) < max_bytes * _WELL_FILLED
                and (lossless or natural_bytes is None)
            )
            finer = _nearly_lossless(image, how, max_bytes, natural_bytes) if roomy else None
            return found if finer is None or len(finer.data) < len(found.data) else finer
        if least == _LAST_QUALITY:
            raise TargetSizeImpossible(
                "A page cannot be made that small. Allow a larger file, or pick fewer pages."
            )
        if max(size) <= _MIN_SIDE:
            least = _LAST_QUALITY
        size = _smaller(size, math.sqrt(max_bytes / found))


def _nearly_lossless(
    image: Image.Image, how: Encoding, max_bytes: int, natural_bytes: int | None
) -> Encoded | None:
    """Encode without loss after rounding the colours no more than needed; None if that fails.

    It is for pages whose finest JPEG is small: for a painted page, half the size of a PNG.
    """
    if how.media_type not in _LOSSLESS_KINDS:
        return None
    how = replace(how, lossless=True, gray_levels=256)
    # ``low`` is too large, and ``high`` would fit.
    low, high = (-1 if natural_bytes is None else 0), MAX_ROUNDING + 1
    # The bytes of noise that one step saves.
    step_bytes = image.width * image.height * _colours(image) / (8 * ROUNDINGS_A_BIT)
    aim = max_bytes * _ROUNDED_TO
    step = (
        0
        if natural_bytes is None
        else _between_steps(low, high, (natural_bytes - aim) / step_bytes)
    )
    fitting: Encoded | None = None
    for _ in range(_ROUNDINGS):
        attempt = encoded(rounded_colours(image, step), how)
        size_bytes = len(attempt.data)
        if size_bytes <= max_bytes:
            high, fitting = step, attempt
        else:
            low = step
        if max_bytes * _WELL_FILLED <= size_bytes <= max_bytes or high - low < 2:
            break
        step = _between_steps(low, high, step + (size_bytes - aim) / step_bytes)
    return fitting


def _colours(image: Image.Image) -> int:
    return len(image.getbands()) - ("A" in image.getbands())


def _between_steps(low: int, high: int, step: float) -> int:
    """Return the nearest whole step strictly between ``low`` and ``high``."""
    return min(max(round(step), low + 1), high - 1)


def _smaller(size: tuple[int, int], scale: float) -> tuple[int, int]:
    """Return a size a little below the scaled one, but not below the smallest side.

    It is a little below because fewer pixels have denser detail.
    """
    scale = max(min(0.9, scale * 0.97), min(1.0, _MIN_SIDE / max(size)))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _best_quality(
    image: Image.Image, how: Encoding, qualities: tuple[int, int], max_bytes: int
) -> Encoded | int:
    """Return the encoding of the highest quality that fits, or the size of the lowest one."""
    low, high = qualities
    fitting = encoded(image, replace(how, quality=low))
    if len(fitting.data) > max_bytes:
        return len(fitting.data)
    while low < high:
        middle = (low + high + 1) // 2
        attempt = encoded(image, replace(how, quality=middle))
        if len(attempt.data) <= max_bytes:
            low, fitting = middle, attempt
        else:
            high = middle - 1
    if (
        how.media_type != "image/jpeg"
        or low == qualities[1]
        or len(fitting.data) >= max_bytes * _WELL_FILLED
    ):
        return fitting
    fitting = _between(image, replace(how, quality=low), fitting, max_bytes)
    if low + 1 == _FINE_QUALITY and len(fitting.data) < max_bytes * _WELL_FILLED:
        return _with_coarser_colours(image, replace(how, quality=_FINE_QUALITY), fitting, max_bytes)
    return fitting


def _between(image: Image.Image, how: Encoding, fitting: Encoded, max_bytes: int) -> Encoded:
    """Return the best encoding between this quality, which fits, and the next, which does not.

    Some steps of the table come from the finer quality. From one quality to the next can be a third
    more bytes, where noise is as strong as a step.
    """
    coarse = _tables(image, how)
    fine = _tables(image, replace(how, quality=how.quality + 1))
    low, high = 0, sum(map(len, coarse))
    while low < high:
        middle = (low + high + 1) // 2
        attempt = encoded(image, replace(how, tables=_mixed(fine, coarse, middle)))
        if len(attempt.data) <= max_bytes:
            low, fitting = middle, attempt
        else:
            high = middle - 1
    return fitting


def _with_coarser_colours(
    image: Image.Image, how: Encoding, fitting: Encoded, max_bytes: int
) -> Encoded:
    """Return the best encoding of this quality that fits, with coarser colours.

    The full resolution of colours can take a third more bytes.
    """
    brightness, *colours = _tables(image, how)
    low, high = _MIN_QUALITY - 1, how.quality - 1 if colours else 0
    while low < high:
        middle = (low + high + 1) // 2
        tables = (brightness, *_tables(image, replace(how, quality=middle))[1:])
        attempt = encoded(image, replace(how, tables=tables))
        if len(attempt.data) > max_bytes:
            high = middle - 1
            continue
        low = middle
        if len(attempt.data) > len(fitting.data):
            fitting = attempt
    return fitting


def _tables(image: Image.Image, how: Encoding) -> Tables:
    sample = encoded(image.crop((0, 0, 8, 8)), replace(how, profile=None, tight=False)).data
    with Image.open(io.BytesIO(sample)) as opened:
        tables: dict[int, list[int]] = opened.quantization  # pyright: ignore[reportAttributeAccessIssue]
        return tuple(tuple(table) for table in tables.values())


def _mixed(fine: Tables, coarse: Tables, count: int) -> Tables:
    """Return tables with the first ``count`` steps from ``fine`` and the others from ``coarse``."""
    steps = [step for table in fine for step in table][:count] + [
        step for table in coarse for step in table
    ][count:]
    return tuple(tuple(steps[start : start + 64]) for start in range(0, len(steps), 64))

"""Make new images from pages: converted pages, thumbnails, and lossless copies for PDF."""

from __future__ import annotations

import hashlib
import io
import math
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import BinaryIO

from PIL import Image

from ...domain.library import ImageFacts, StripPlace
from ...domain.quality import MIN_PAGE_BYTES, Margins, Preset, size_of_spread_part
from .colours import flat, gray, in_srgb, plain, without_idle_channels, without_large_profile
from .encoding import (
    MAX_SIDE,
    Encoded,
    Encoding,
    encoded,
    encoded_within,
    png,
    with_small_profile,
)
from .levels import level_table, with_levels
from .opening import decoded, faults_named, open_image, seekable, upright_size
from .palette import encoded_with_few_colours, has_few_colours, with_all_its_few_colours
from .resizing import resized
from .right_pixels import deep_alpha
from .screens import GUTTER_REACH, PageOfStrip, Screens, StripPage
from .shaping import cropped, margins_of, spread_part, without_margins

_THUMBNAIL_QUALITY = 80
_JPEG_THUMBNAIL_QUALITY = 88
# WebP with losses has half the resolution in colours, and blurs pictures made of single pixels.
# Without losses, one this small takes at most 50 kB.
_LOSSLESS_THUMBNAIL_PIXELS = 128 * 128
# Nothing of it is seen, and the colours keep their full resolution.
_COMMON_JPEG_QUALITY = 95
# Pages for screens with fewer gray levels are reduced to these, as a PNG.
_LEVELS_OF_JPEG = 16
# A cropped page is shrunk less, so more of it has to be decoded.
_CROP_RESERVE = 1.5
# Margins are measured on a page that the decoder has shrunk, if it can, to no less than this.
_MEASURED_SIDE = 400
# A screen that is cut between panels may be shorter than an even one by this factor.
_CUT_RESERVE = 1 + 2 * GUTTER_REACH
_LOSSY = {
    "image/webp": "image/webp",
    **dict.fromkeys(
        ("image/jpeg", "image/avif", "image/jp2", "image/heic", "image/jxl"), "image/jpeg"
    ),
}


def thumbnail(stream: BinaryIO, max_pixels: int, height: int) -> tuple[bytes, str]:
    """Return a small WebP of the page and its media type.

    Args:
        stream: The page.
        max_pixels: The largest page that is decoded.
        height: The height of the thumbnail in pixels; the page is never enlarged.

    Raises:
        PageUnreadable: The page cannot be decoded.
    """
    with faults_named(), seekable(stream) as source:
        small = _shrunk(source, max_pixels, height)
        output = io.BytesIO()
        small.save(
            output,
            "WEBP",
            lossless=small.width * small.height <= _LOSSLESS_THUMBNAIL_PIXELS,
            quality=_THUMBNAIL_QUALITY,
            method=2,
            icc_profile=b"",
        )
        return output.getvalue(), "image/webp"


def jpeg_thumbnail(stream: BinaryIO, max_pixels: int, height: int) -> tuple[bytes, str]:
    """Return a small JPEG of the page and its media type, for programs that know no WebP.

    Takes and raises the same as ``thumbnail``.
    """
    with faults_named(), seekable(stream) as source:
        output = io.BytesIO()
        small = flat(_shrunk(source, max_pixels, height))
        small.save(output, "JPEG", quality=_JPEG_THUMBNAIL_QUALITY, icc_profile=b"")
        return output.getvalue(), "image/jpeg"


def _shrunk(source: BinaryIO, max_pixels: int, height: int) -> Image.Image:
    """Return the page in sRGB and at most ``height`` pixels high. Raises PageUnreadable."""
    full_width, full_height = upright_size(open_image(source, max_pixels))
    scale = min(1.0, height / full_height)
    size = max(1, round(full_width * scale)), max(1, round(full_height * scale))
    page = decoded(source, max_pixels, size)
    return in_srgb(resized(plain(page), size), page.info.get("icc_profile"))


@dataclass(frozen=True)
class ConvertedPart:
    """A part of a converted page, counted from 0; see ``Preset.parts``."""

    part: int
    facts: ImageFacts
    data: bytes


def convert_parts(
    stream: BinaryIO,
    facts: ImageFacts,
    preset: Preset,
    wanted: Collection[int],
    max_pixels: int,
) -> Iterator[ConvertedPart]:
    """Convert a page, and yield each of the wanted parts as soon as it is made.

    The page is decoded once. The same page, preset and Pillow give the same bytes. Any number of
    threads may convert at the same time, because Pillow releases the interpreter.

    Args:
        stream: The page.
        facts: What is known about the page.
        preset: What to do to it.
        wanted: The parts to make.
        max_pixels: The largest page that is decoded.

    Raises:
        PageUnreadable: The page cannot be decoded.
        TargetSizeImpossible: The page does not fit into the bytes it may have.
    """
    yield from _converted(_Source(stream, facts, preset, max_pixels), wanted)


def convert_screens(
    stream: BinaryIO, page: PageOfStrip, preset: Preset, wanted: Collection[int], max_pixels: int
) -> Iterator[ConvertedPart]:
    """Convert a page of a strip to the screens that begin on it, as ``convert_parts`` does."""
    source = _Source(stream, page.facts, preset, max_pixels, page.strip)
    yield from _converted(source, wanted)


def _converted(page: _Source, wanted: Collection[int]) -> Iterator[ConvertedPart]:
    with faults_named(), seekable(page.stream) as source:
        for part, made in _made(replace(page, stream=source), sorted(wanted)):
            yield ConvertedPart(part, _facts_of(made), made.data)


def _facts_of(made: Encoded) -> ImageFacts:
    width, height = made.size
    return ImageFacts(
        made.media_type,
        width,
        height,
        size_bytes=len(made.data),
        crc32=zlib.crc32(made.data),
        sha256=hashlib.sha256(made.data).hexdigest(),
    )


@dataclass(frozen=True)
class _Source:
    """The bytes of a page, and what is to be made of them."""

    stream: BinaryIO
    facts: ImageFacts
    preset: Preset
    max_pixels: int
    strip: Sequence[StripPage] = ()

    def page(self) -> _Page:
        """Decode the page, and of its strip what its screens need."""
        facts, preset = self.facts, self.preset
        original = decoded(self.stream, self.max_pixels, wanted_size(facts, preset))
        image, profile = without_large_profile(plain(original), original.info.get("icc_profile"))
        del original
        screens = None
        if facts.strip is not None:
            own = next(at for at, page in enumerate(self.strip) if page.facts.key == facts.key)
            count = preset.parts(facts.width, facts.strip.height)
            screens = Screens(self.strip, own, image, preset.screens(facts, facts.strip), count)
        return _Page(facts, preset, image, profile, screens)


def decoded_strip_page(
    stream: BinaryIO, facts: ImageFacts, preset: Preset, max_pixels: int
) -> Image.Image:
    """Return a page of a strip as it is decoded for its own screens. Raises PageUnreadable."""
    with faults_named(), seekable(stream) as source:
        original = decoded(source, max_pixels, wanted_size(facts, preset))
        return without_large_profile(plain(original), original.info.get("icc_profile"))[0]


def _made(source: _Source, wanted: Sequence[int]) -> Iterator[tuple[int, Encoded]]:
    facts, preset = source.facts, source.preset
    max_bytes = preset.page_limit(facts)
    if max_bytes is not None and facts.size_bytes <= max_bytes and not preset.reshapes(facts):
        yield 0, _untouched(source.stream, facts)
        return
    page = source.page()
    pieces = page.pieces()
    if not pieces:
        yield 0, page.untouched_or_drawn(source.stream, max_bytes)
        return
    limits = page.limits(pieces, max_bytes)
    for part in wanted:
        yield part, page.drawn(pieces[part](), limits[part])


def _untouched(source: BinaryIO, facts: ImageFacts) -> Encoded:
    source.seek(0)
    return Encoded(source.read(), facts.media_type, (facts.width, facts.height))


# Returns a part of a decoded page.
_Piece = Callable[[], Image.Image]


@dataclass(frozen=True)
class _Page:
    """A decoded page and what is to be made of it."""

    facts: ImageFacts
    preset: Preset
    image: Image.Image
    profile: bytes | None
    screens: Screens | None = None

    def untouched_or_drawn(self, source: BinaryIO, max_bytes: int | None) -> Encoded:
        """Return the whole page, unchanged where possible.

        It stays byte for byte if it fits and only its margins were to change, but it has none.
        """
        if not self._redrawn and (max_bytes is None or self.facts.size_bytes <= max_bytes):
            return _untouched(source, self.facts)
        return self.drawn(self.image, max_bytes)

    @cached_property
    def _redrawn(self) -> bool:
        """True if the page has to be drawn in any case.

        If False, only the size of the source is a problem, and the page may use all the bytes it
        can have.
        """
        if replace(self.preset, crop_margins=False, levels=False).reshapes(self.facts):
            return True
        if self._levels is not None:
            return True
        return self.preset.crop_margins and self._cropped(self.image).size != self.image.size

    @cached_property
    def _levels(self) -> list[int] | None:
        """The new gray values of the page, or of all its parts; None if they stay."""
        return level_table(self.image) if self.preset.levels else None

    def _cropped(self, image: Image.Image) -> Image.Image:
        margins = self.preset.margins
        if margins is None:
            return without_margins(image)
        # The screens of a strip have to stay as wide as each other.
        return image if self.facts.strip is not None else cropped(image, margins)

    def pieces(self) -> Sequence[_Piece]:
        """Return how to draw each part of a strip or a double page; nothing for other pages."""
        if spread := self.preset.spread_parts(self.facts):
            return [partial(spread_part, self.image, part) for part in spread]
        if self.screens is None:
            return []
        return [partial(self.screens.image, number) for number in range(len(self.screens))]

    def limits(self, pieces: Sequence[_Piece], max_bytes: int | None) -> Sequence[int | None]:
        """Return how many bytes each part may take: more for parts with more detail."""
        parts = len(pieces)
        if max_bytes is None:
            return [None] * parts
        weights = [len(encoded(self._shaped(piece()), self._how((1, 1))).data) for piece in pieces]
        left = max_bytes - MIN_PAGE_BYTES * parts
        return [MIN_PAGE_BYTES + left * weight // sum(weights) for weight in weights]

    def drawn(self, image: Image.Image, max_bytes: int | None) -> Encoded:
        """Draw the picture as the preset asks, within ``max_bytes`` if there is a limit."""
        image = self._shaped(image)
        how = self._how(image.size)
        if max_bytes is None:
            return self._natural(image, how)
        how = with_small_profile(how, max_bytes)
        if how.media_type != "image/png" and not self._redrawn:
            return encoded_within(image, how, max_bytes, None)
        natural = self._natural(image, how)
        if len(natural.data) <= max_bytes:
            return natural
        natural_bytes = len(natural.data)
        del natural
        return encoded_within(image, how, max_bytes, natural_bytes)

    def _natural(self, image: Image.Image, how: Encoding) -> Encoded:
        """Encode the picture in the form that fits it best, whatever its size in bytes."""
        made = encoded(image, how)
        if how.media_type != "image/png" or how.gray_levels < 256 or not self._has_few_colours:
            return made
        few = encoded_with_few_colours(image, how)
        return few if few is not None and len(few.data) < len(made.data) else made

    @cached_property
    def _has_few_colours(self) -> bool:
        return has_few_colours(self.image)

    def _shaped(self, image: Image.Image) -> Image.Image:
        """Crop the picture, remove its colour and shrink it, as the preset asks."""
        # The decoder may have shrunk the page already.
        shrunk = self.image.width / self.facts.width
        if self.preset.crop_margins:
            image = self._cropped(image)
        if self.preset.grayscale:
            image = gray(image)
        if self._levels is not None:
            image = with_levels(image, self._levels)
        return resized(
            image, self.preset.fit(round(image.width / shrunk), round(image.height / shrunk))
        )

    def _how(self, size: tuple[int, int]) -> Encoding:
        kind = _output_type(self.facts.media_type, self.preset, size)
        return Encoding(kind, self.preset.jpeg_quality, self.profile, _levels(self.preset))


def measured_margins(stream: BinaryIO, facts: ImageFacts, max_pixels: int) -> Margins | None:
    """Return the margins of a page around its drawing; None for an empty page.

    Raises:
        PageUnreadable: The page cannot be decoded.
    """
    with faults_named(), seekable(stream) as source:
        scale = min(1.0, _MEASURED_SIDE / max(facts.width, facts.height))
        size = math.ceil(facts.width * scale), math.ceil(facts.height * scale)
        return margins_of(plain(decoded(source, max_pixels, size)))


def wanted_size(facts: ImageFacts, preset: Preset) -> tuple[int, int]:
    """Return the width and height in pixels that the decoder has to deliver."""
    reserve = _CROP_RESERVE if preset.crop_margins else 1
    if spread := preset.spread_parts(facts):
        scale = max(
            reserve * preset.fit(*size)[0] / size[0]
            for size in (size_of_spread_part(facts, part) for part in spread)
        )
        return min(facts.width, math.ceil(facts.width * scale)), min(
            facts.height, math.ceil(facts.height * scale)
        )
    if facts.strip is not None:
        return _wanted_of_strip(facts, facts.strip, preset, reserve)
    width, height = preset.fit(facts.width, facts.height)
    return min(facts.width, math.ceil(width * reserve)), min(
        facts.height, math.ceil(height * reserve)
    )


def _wanted_of_strip(
    facts: ImageFacts, strip: StripPlace, preset: Preset, reserve: float
) -> tuple[int, int]:
    screens = preset.parts(facts.width, strip.height)
    width, _ = preset.fit(facts.width, math.ceil(strip.height / screens))
    width = min(facts.width, math.ceil(width * reserve * _CUT_RESERVE))
    # Rounded down, so that the decoder shrinks all pages of the strip by the same factor.
    return width, max(1, facts.height * width // facts.width)


def _levels(preset: Preset) -> int:
    return preset.gray_levels if preset.grayscale else 256


def _output_type(source: str, preset: Preset, size: tuple[int, int]) -> str:
    """Return the media type of the converted page.

    Lossy kinds stay lossy in a form that every reader opens; lossless kinds become PNG. For a
    screen with 16 gray levels or more, a JPEG of all grays is smaller than a PNG of these levels
    and nearer to the page: 205 kB against 299 for flat colours (SSIM 0.996 against 0.738), 284
    against 386 for scans (0.926 against 0.756). The screen rounds the grays itself.
    """
    chosen = preset.output.kind_for(source)
    if chosen is None and _levels(preset) < _LEVELS_OF_JPEG:
        chosen = "image/png"
    elif chosen is None:
        # No electronic paper shows WebP.
        lossy = dict.fromkeys(_LOSSY, "image/jpeg") if _levels(preset) < 256 else _LOSSY
        chosen = lossy.get(source, "image/png")
    return "image/png" if max(size) > MAX_SIDE.get(chosen, max(size)) else chosen


def opaque_png(stream: BinaryIO, max_pixels: int) -> tuple[bytes, bytes | None]:
    """Return the page, upright, as a PNG without transparency, and its alpha channel as a PNG.

    The second value is None if the page has no alpha. Nothing is lost except the precision of
    16-bit colour, which Pillow reads with 8 bits.

    Raises:
        PageUnreadable: The page cannot be decoded.
    """
    with faults_named(), seekable(stream) as source:
        original = decoded(source, max_pixels)
        profile = original.info.get("icc_profile")
        is_deep = original.mode == "I;16" and deep_alpha(original) is None
        image = original if is_deep else _without_waste(plain(original), profile)
        alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
        if alpha is not None:
            image = image.convert(image.mode.removesuffix("A"))
        return _png(image, profile), None if alpha is None else _png(alpha, None)


def lossless_png(stream: BinaryIO, max_pixels: int) -> bytes:
    """Return the page, upright, as one PNG with its transparency.

    Raises:
        PageUnreadable: The page cannot be decoded.
    """
    with faults_named(), seekable(stream) as source:
        original = decoded(source, max_pixels)
        profile = original.info.get("icc_profile")
        image, profile = without_large_profile(plain(original), profile)
        return _png(_without_waste(image, profile), profile)


def common_jpeg(stream: BinaryIO, max_pixels: int) -> bytes:
    """Return the page, upright, as a gray or RGB JPEG that every program shows.

    Raises:
        PageUnreadable: The page cannot be decoded.
    """
    with faults_named(), seekable(stream) as source:
        image = without_idle_channels(plain(decoded(source, max_pixels)))
        return encoded(image, Encoding("image/jpeg", _COMMON_JPEG_QUALITY)).data


def _without_waste(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Drop channels that carry nothing, unless a profile describes them."""
    return image if profile else without_idle_channels(image)


def _png(image: Image.Image, profile: bytes | None) -> bytes:
    few = with_all_its_few_colours(image, profile)
    return png(image, profile) if few is None else few.data

"""Qualities a user can pick, and the pixel arithmetic behind them."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import asdict, dataclass
from enum import StrEnum

from .errors import InvalidQuality
from .library import ImageFacts

HEIGHTS = (2160, 1440, 1080, 720, 480)
AUTO_HEIGHT = 2160  # the tallest common tablet screen; larger pages gain nothing on it
_STRIP_RATIO = 3.0  # of height to width
PAGE_RATIO = 1.5  # height to width of an ordinary page
MAX_PARTS = 500  # of one page; more screens than the longest episode has
CONVERTER_VERSION = 6  # raise it whenever the same page and preset would give other bytes
MIN_PAGE_BYTES = 3000  # every page may have as many, however small the whole has to become
HELD_BY_DOCUMENTS = frozenset({"image/jpeg", "image/png"})  # by PDF and EPUB alike, as they are
WASTEFUL_KINDS = frozenset(
    {"image/gif", "image/bmp", "image/tiff"}
)  # without loss, and larger than PNG


def is_strip(width: int, height: int) -> bool:
    """True for a page that is read a screen at a time: more than three times as tall as it is wide."""
    return height > _STRIP_RATIO * width


class OutputImage(StrEnum):
    """How a page is encoded: as its source is, or as one kind.

    Three are as the source is, but for kinds that stand in the way. ``DOCUMENT`` is for pages in a PDF or an EPUB that are
    drawn anew anyway: never WebP, for which PDF has no place. The others are for pages that would stay as they are, were
    there room for that: kinds that PNG holds without loss in fewer bytes become PNG (``PACKED``), and so does whatever a
    document cannot hold (``LOSSLESS``).
    """

    SOURCE = "source"
    DOCUMENT = "document"
    PACKED = "packed"
    LOSSLESS = "lossless"
    JPEG = "jpeg"
    WEBP = "webp"

    def kind_for(self, media_type: str) -> str | None:
        """The kind that a source of this media type has to become, None where that follows from its own."""
        if self is OutputImage.DOCUMENT:
            return "image/jpeg" if media_type == "image/webp" else None
        if self is OutputImage.PACKED:
            return "image/png" if media_type in WASTEFUL_KINDS else None
        if self is OutputImage.LOSSLESS:
            return None if media_type in HELD_BY_DOCUMENTS else "image/png"
        return None if self is OutputImage.SOURCE else f"image/{self}"

    def redraws(self, media_type: str) -> bool:
        """True if a source of this media type cannot stay what it is."""
        if self is OutputImage.DOCUMENT:
            return media_type not in HELD_BY_DOCUMENTS
        return self.kind_for(media_type) not in {None, media_type}


# The encodings a user can choose; the others follow from the format and a target size.
IMAGE_FORMATS = (OutputImage.SOURCE, OutputImage.JPEG, OutputImage.WEBP)


@dataclass(frozen=True)
class Preset:
    """What is done to every page. Sizes in pixels; None leaves a dimension free.

    ``gray_levels`` (2 to 256) applies to gray output only. ``jpeg_quality`` is Pillow's 1 to 95. ``size_share`` is how
    many bytes a converted page may have for each byte of its source, beyond MIN_PAGE_BYTES.
    """

    name: str
    max_width: int | None = None
    max_height: int | None = None
    grayscale: bool = False
    gray_levels: int = 256
    crop_margins: bool = False
    split_strips: bool = False
    output: OutputImage = OutputImage.SOURCE
    jpeg_quality: int = 85
    size_share: float | None = None

    @property
    def keeps_originals(self) -> bool:
        """True if no page is ever decoded: bytes are moved."""
        return (
            self.size_share is None
            and not self.split_strips
            and not (self.grayscale or self.crop_margins)
            and self.output is OutputImage.SOURCE
            and self.max_width is self.max_height is None
        )

    def fit(self, width: int, height: int) -> tuple[int, int]:
        """The size a page of width x height gets: same shape, never enlarged, at least 1 x 1.

        A strip is bound by its width alone, to that of an ordinary page of the preset's height: bound by its height, its
        text could not be read.
        """
        scale = 1.0
        max_width, max_height = self.max_width, self.max_height
        if max_height is not None and is_strip(width, height):
            max_width, max_height = max_width or round(max_height / PAGE_RATIO), None
        if max_height is not None and height > max_height:
            scale = max_height / height
        if max_width is not None and width * scale > max_width:
            scale = max_width / width
        return max(1, round(width * scale)), max(1, round(height * scale))

    def parts(self, width: int, height: int) -> int:
        """How many pages a page of that size becomes: a strip is cut into screens where that was chosen, else 1."""
        if not (self.split_strips and is_strip(width, height)):
            return 1
        ratio = (
            self.max_height / self.max_width if self.max_height and self.max_width else PAGE_RATIO
        )
        return min(MAX_PARTS, math.ceil(height / (width * ratio)))

    def output_pixels(self, width: int, height: int) -> int:
        """How many pixels a page of that size has when it comes out, all its parts together, before margins are cropped."""
        parts = self.parts(width, height)
        across, down = self.fit(width, math.ceil(height / parts))
        return across * down * parts

    def reshapes(self, page: ImageFacts) -> bool:
        """True if the page comes out drawn anew, even where bytes do not matter."""
        size = page.width, page.height
        return (
            (self.grayscale or self.crop_margins)
            or self.output.redraws(page.media_type)
            or self.parts(*size) > 1
            or self.fit(*size) != size
        )

    def changes(self, page: ImageFacts) -> bool:
        """True if the page has to be converted."""
        return self.size_share is not None or self.reshapes(page)

    def page_limit(self, page: ImageFacts) -> int | None:
        """How many bytes the converted page may have, all its parts together; None for any number."""
        if self.size_share is None:
            return None
        return MIN_PAGE_BYTES * self.parts(page.width, page.height) + int(
            page.size_bytes * self.size_share
        )

    def as_dict(self) -> dict[str, object]:
        """Plain values for the content key; the name is left out: equal settings are equal presets."""
        values = asdict(self)
        del values["name"]
        return values


# 90: what is drawn anew at its full size (in gray, cropped, cut) should look as it did.
ORIGINAL = Preset("original", jpeg_quality=90)


def _e_reader(name: str, width: int, height: int) -> Preset:
    """Electronic paper: 16 grays, and one screen after the other."""
    return Preset(name, width, height, grayscale=True, gray_levels=16, split_strips=True)


DEVICES: dict[str, Preset] = {
    preset.name: preset
    for preset in (
        _e_reader("kindle-paperwhite", 1236, 1648),
        _e_reader("kindle-scribe", 1860, 2480),
        _e_reader("kobo-clara", 1072, 1448),
        _e_reader("kobo-libra", 1264, 1680),
        _e_reader("remarkable-2", 1404, 1872),
        Preset("ipad", 1640, 2360, split_strips=True),
        Preset("phone", 1080, None),  # Strips stay whole: they are made for its scrolling.
    )
}
PRESETS: dict[str, Preset] = {
    "original": ORIGINAL,
    "auto": Preset("auto", max_height=AUTO_HEIGHT),
    **{f"{height}p": Preset(f"{height}p", max_height=height) for height in HEIGHTS},
    **DEVICES,
}


def parse_quality(name: str) -> Preset:
    """The preset of that name.

    Raises InvalidQuality, naming the ones there are.
    """
    preset = PRESETS.get(name)
    if preset is None:
        raise InvalidQuality(f"“{name}” is not a quality. Choose one of: {', '.join(PRESETS)}.")
    return preset


def preset_key(preset: Preset) -> str:
    """Return the name of the folder of converted pages: equal presets share them in every format.

    16 lower-case hex digits. It changes with the converter's version, whose pages are other bytes.
    """
    settings = {**preset.as_dict(), "converter": CONVERTER_VERSION}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]

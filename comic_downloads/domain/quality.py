"""The qualities a user can pick, and the arithmetic of pixels and bytes behind them."""

from __future__ import annotations

import hashlib
import json
import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from .library import ImageFacts, ImageTrait, StripPlace

# A page is a strip if its height divided by its width exceeds this.
_STRIP_RATIO = 3.0
# The height of an ordinary page, divided by its width.
PAGE_RATIO = 1.5
# The most pages that one strip is cut into; the longest episodes have fewer screens.
MAX_PARTS = 500
# Increase it whenever the same page and preset would result in other bytes.
CONVERTER_VERSION = 9
# Every page may have this many bytes, even if the target size of the file is smaller.
MIN_PAGE_BYTES = 3000
# Image types that both PDF and EPUB hold as they are.
EMBEDDABLE_TYPES = frozenset({"image/jpeg", "image/png"})
# Lossless image types that are larger than the same picture as PNG.
RECOMPRESSED_TYPES = frozenset({"image/gif", "image/bmp", "image/tiff"})


def is_strip(width: int, height: int) -> bool:
    """Return True for a strip, which is read one screen at a time.

    A strip is more than three times as tall as it is wide.
    """
    return height > _STRIP_RATIO * width


class DoublePages(StrEnum):
    """What becomes of an image that shows two pages.

    Attributes:
        KEEP: It stays one page.
        SPLIT: Its halves become pages, in reading order.
        TURN: It is turned a quarter to the right, so that it fills a screen that is held sideways.
        BOTH: First the turned page, then the halves.
    """

    KEEP = "keep"
    SPLIT = "split"
    TURN = "turn"
    BOTH = "both"


class SpreadPart(StrEnum):
    """What of a double page one page of the file shows."""

    TURNED = "turned"
    LEFT = "left"
    RIGHT = "right"


class ImageEncoding(StrEnum):
    """The image type that pages of a file become.

    The values stand in stored manifests and in content keys, so three differ from their names.

    Attributes:
        SOURCE: Every page keeps the type of its source.
        EMBEDDABLE: As SOURCE, but WebP becomes JPEG: PDF has no place for WebP. For pages in PDF
            and EPUB that are converted for another reason.
        RECOMPRESS: As SOURCE, but RECOMPRESSED_TYPES become PNG. For pages that would stay as
            they are if the target size left room for them.
        LOSSLESS: As SOURCE, but whatever PDF and EPUB cannot hold becomes PNG. For the same pages
            as RECOMPRESS.
        JPEG: Every page becomes JPEG.
        WEBP: Every page becomes WebP.
    """

    SOURCE = "source"
    EMBEDDABLE = "document"
    RECOMPRESS = "packed"
    LOSSLESS = "lossless"
    JPEG = "jpeg"
    WEBP = "webp"

    def kind_for(self, media_type: str) -> str | None:
        """Return the media type a source has to become, None if that follows from its own."""
        if self is ImageEncoding.EMBEDDABLE:
            return "image/jpeg" if media_type == "image/webp" else None
        if self is ImageEncoding.RECOMPRESS:
            return "image/png" if media_type in RECOMPRESSED_TYPES else None
        if self is ImageEncoding.LOSSLESS:
            return None if media_type in EMBEDDABLE_TYPES else "image/png"
        return None if self is ImageEncoding.SOURCE else f"image/{self}"

    def redraws(self, media_type: str) -> bool:
        """Return True if a source of this media type has to become another type."""
        if self is ImageEncoding.EMBEDDABLE:
            return media_type not in EMBEDDABLE_TYPES
        return self.kind_for(media_type) not in {None, media_type}


# The encodings a user can choose; the others follow from the format and a target size.
IMAGE_FORMATS = (ImageEncoding.SOURCE, ImageEncoding.JPEG, ImageEncoding.WEBP)


class Margins(NamedTuple):
    """What a page loses on each side: the part of its width or height, in thousandths."""

    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class Preset:
    """What is done to every page.

    Attributes:
        name: The name that users choose; it does not affect the output.
        max_width: In pixels; None sets no limit.
        max_height: In pixels; None sets no limit.
        grayscale: Whether pages lose their colours.
        gray_levels: 2 to 256, for gray output only.
        crop_margins: Whether plain margins are cut off.
        crops_alike: Whether all pages of a file lose the same margins, with their page numbers.
        margins: What they lose, once it was measured: the parts of the sides, in thousandths, on
            the left, top, right and bottom.
        levels: Whether ink becomes black and paper white, on pages without colour.
        split_strips: Whether tall strips are cut into screens.
        double_pages: What becomes of images that show two pages.
        output: The image type that pages become.
        jpeg_quality: Pillow's scale, 1 to 95.
        bytes_ratio: The bytes a converted page may have for each byte of its source, on top of
            MIN_PAGE_BYTES; None means any number. Called ``size_share`` in stored manifests.
    """

    name: str
    max_width: int | None = None
    max_height: int | None = None
    grayscale: bool = False
    gray_levels: int = 256
    crop_margins: bool = False
    split_strips: bool = False
    output: ImageEncoding = ImageEncoding.SOURCE
    jpeg_quality: int = 85
    bytes_ratio: float | None = None
    double_pages: DoublePages = DoublePages.KEEP
    levels: bool = False
    crops_alike: bool = False
    margins: Margins | None = None

    @property
    def keeps_originals(self) -> bool:
        """Return True if no page is ever decoded: the bytes are copied."""
        return (
            self.bytes_ratio is None
            and not self.split_strips
            and not (self.grayscale or self.crop_margins or self.levels)
            and self.double_pages is DoublePages.KEEP
            and self.output is ImageEncoding.SOURCE
            and self.max_width is self.max_height is None
        )

    def fit(self, width: int, height: int) -> tuple[int, int]:
        """Return the size in pixels of a converted page.

        The page keeps its shape, is never enlarged, and is at least 1 x 1. The height of a strip is
        not limited, since its text would become too small to read. Its width is limited to that of
        an ordinary page with the preset's height.
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
        """Return how many pages a page of this size becomes.

        A strip becomes one page per screen if the preset splits strips. Every other page stays one.
        """
        if not (self.split_strips and is_strip(width, height)):
            return 1
        ratio = (
            self.max_height / self.max_width if self.max_height and self.max_width else PAGE_RATIO
        )
        return min(MAX_PARTS, math.ceil(height / (width * ratio)))

    def spread_parts(self, page: ImageFacts) -> tuple[SpreadPart, ...]:
        """Return what the pages show that a double page becomes, in order.

        Return nothing for every other page, and for all if double pages are kept.
        """
        if page.spread is None or self.double_pages is DoublePages.KEEP:
            return ()
        halves = (SpreadPart.LEFT, SpreadPart.RIGHT)
        if page.spread is ImageTrait.SPREAD_RTL:
            halves = halves[::-1]
        return {
            DoublePages.SPLIT: halves,
            DoublePages.TURN: (SpreadPart.TURNED,),
            DoublePages.BOTH: (SpreadPart.TURNED, *halves),
        }[self.double_pages]

    def parts_of(self, page: ImageFacts) -> int:
        """Return how many pages this page becomes.

        They are several for strips and double pages. A page may become none if what it shows of a
        strip is on the screens of its neighbours.
        """
        if page.strip is not None:
            return len(self.screens(page, page.strip))
        return len(self.spread_parts(page)) or self.parts(page.width, page.height)

    def screens(self, page: ImageFacts, strip: StripPlace) -> range:
        """Return which screens of the strip begin on this page, if all were equally high.

        A page that is shorter than a screen may begin none.
        """
        screens = self.parts(page.width, strip.height)
        first = -(-strip.top * screens // strip.height)
        return range(first, -(-(strip.top + page.height) * screens // strip.height))

    def output_pixels(self, width: int, height: int) -> int:
        """Return the pixels of all parts of a converted page, before margins are cropped.

        Double pages are not told from others; see ``output_pixels_of``.
        """
        parts = self.parts(width, height)
        across, down = self.fit(width, math.ceil(height / parts))
        return across * down * parts

    def output_pixels_of(self, page: ImageFacts) -> int:
        """Return the pixels of all parts of this page, also of a double page."""
        if page.strip is not None:
            screens = self.parts(page.width, page.strip.height)
            size = self.fit(page.width, math.ceil(page.strip.height / screens))
            return math.prod(size) * self.parts_of(page)
        if spread := self.spread_parts(page):
            return sum(math.prod(self.fit(*size_of_spread_part(page, part))) for part in spread)
        return self.output_pixels(page.width, page.height)

    def reshapes(self, page: ImageFacts) -> bool:
        """Return True if the page has to be encoded again even without a limit of bytes."""
        size = page.width, page.height
        return (
            (self.grayscale or self.crop_margins or self.levels)
            or self.output.redraws(page.media_type)
            or self.parts(*size) > 1
            or self.spread_parts(page) != ()
            or page.strip is not None
            or self.fit(*size) != size
        )

    def changes(self, page: ImageFacts) -> bool:
        """Return True if the page has to be converted."""
        return self.bytes_ratio is not None or self.reshapes(page)

    def page_limit(self, page: ImageFacts) -> int | None:
        """Return the most bytes for all parts of the page together; None means no limit."""
        if self.bytes_ratio is None:
            return None
        return MIN_PAGE_BYTES * self.parts_of(page) + int(page.size_bytes * self.bytes_ratio)

    def as_dict(self) -> dict[str, object]:
        """Return the settings as plain values, for manifests and content keys.

        The name is left out, so that presets with equal settings are equal. So are settings that
        were added later while they change nothing: then content keys stay the same.
        """
        values = dict(vars(self))  # All values are plain; ``asdict`` would take ten times as long.
        del values["name"]
        for name in _ADDED_LATER:
            if values[name] == getattr(_PLAIN, name):
                del values[name]
        values["size_share"] = values.pop("bytes_ratio")
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Preset:
        """Return the preset, without a name, from the values that ``as_dict`` returned."""
        settings = {
            **values,
            "output": ImageEncoding(values["output"]),
            "double_pages": DoublePages(values.get("double_pages", DoublePages.KEEP)),
            "margins": Margins(*values["margins"]) if values.get("margins") else None,
        }
        return cls("", bytes_ratio=settings.pop("size_share"), **settings)


_PLAIN = Preset("")
_ADDED_LATER = ("double_pages", "levels", "crops_alike", "margins")


def size_of_spread_part(page: ImageFacts, part: SpreadPart) -> tuple[int, int]:
    """Return the width and height of a part of a double page, before it is shrunk."""
    if part is SpreadPart.TURNED:
        return page.height, page.width
    left = page.width // 2
    return (left if part is SpreadPart.LEFT else page.width - left), page.height


def preset_key(preset: Preset) -> str:
    """Return the name of the folder for converted pages of this preset: 16 lower-case hex digits.

    Presets with equal settings share their pages in all formats. The name changes with
    CONVERTER_VERSION, because another version would produce other bytes.
    """
    settings = {**preset.as_dict(), "converter": CONVERTER_VERSION}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:16]

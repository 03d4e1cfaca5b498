"""What everything that can be chosen is called: formats, qualities, devices, options."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..domain import devices
from ..domain.formats import Format
from ..domain.options import ComicInfoSchema, EpubReader, PageNames, StripHandling
from ..domain.own_file import MIXED, UNTOUCHED
from ..domain.presets import HEIGHTS, SCREEN
from ..domain.quality import DoublePages, ImageEncoding


@dataclass(frozen=True)
class Words:
    """How something that can be chosen is called.

    Attributes:
        name: As short as possible, for rows and buttons.
        label: The label in the API.
        hint: Explains the choice to those who make it; may be empty.
    """

    name: str
    label: str
    hint: str = ""


# In the order of the screens: those most people want come first.
FORMATS = {
    Format.CBZ: Words(
        "CBZ",
        "CBZ, for comic readers",
        "Best for comic apps. Keeps title and credits.",
    ),
    Format.PDF: Words(
        "PDF",
        "PDF",
        "Opens anywhere. One page per image.",
    ),
    Format.ZIP: Words(
        "ZIP",
        "ZIP, the pages as images",
        "Just the images, zipped.",
    ),
    Format.EPUB: Words(
        "EPUB",
        "EPUB, for e-readers",
        "For Kobo, Kindle (by Send to Kindle) and Apple Books.",
    ),
}

PAGE_HEIGHTS = {f"{height}p": Words(f"{height}p", f"{height} pixels high") for height in HEIGHTS}
QUALITIES = {
    "original": Words("Original", "Original"),
    UNTOUCHED: Words("Untouched", "Untouched", "the library's own file"),
    "auto": Words("Auto", "Auto", "smaller: at most 2160p"),
    **PAGE_HEIGHTS,
}
DEVICES = {name: Words(device.label, device.label) for name, device in devices.DEVICES.items()}

IMAGE_FORMATS = {
    ImageEncoding.SOURCE: "Keep original",
    ImageEncoding.JPEG: "JPEG",
    ImageEncoding.WEBP: "WebP",
}
# What mail and upload forms commonly accept, in bytes.
TARGET_SIZES = {str(size * 1_000_000): f"{size} MB" for size in (10, 25, 50, 100, 200)}
# The largest file of FAT32, which memory cards and sticks have, and usual limits of mail.
PART_SIZES = {
    str(2**32 - 1): "4 GB (FAT32)",
    str(2_000_000_000): "2 GB",
    **{str(size * 1_000_000): f"{size} MB" for size in (200, 50, 25)},
}
DOUBLE_PAGES = {
    DoublePages.KEEP: "Keep as one page",
    DoublePages.SPLIT: "Split in halves",
    DoublePages.TURN: "Turn sideways",
    DoublePages.BOTH: "Turn, then halves",
}
EPUB_READERS = {
    EpubReader.ANY: "Any reader",
    EpubReader.KOBO: "Kobo (.kepub.epub)",
    EpubReader.KINDLE: "Kindle, with panel view",
}
STRIPS = {StripHandling.SPLIT: "Split into pages", StripHandling.KEEP: "Keep as one"}
PAGE_NAMES = {PageNames.ORIGINAL: "Original", PageNames.NUMBERED: "Numbered"}
COMIC_INFO_SCHEMAS = {
    ComicInfoSchema.V2_0: "Standard",
    ComicInfoSchema.V2_1: "Extended, with tags and translators",
}
_DAY_SECONDS = 86400
LIFETIMES = {
    str(days * _DAY_SECONDS): name for days, name in ((1, "1 day"), (7, "7 days"), (30, "30 days"))
}


def format_name(format: str) -> str:
    """Return ``CBZ`` for ``cbz``, also of formats that only untouched files have."""
    return "Several formats" if format == MIXED else format.upper()


def format_names(formats: Iterable[str]) -> str:
    """Return ``CBZ, PDF`` in the order of the screens."""
    return ", ".join(format_name(format) for format in in_order(formats))


def in_order(formats: Iterable[str]) -> list[str]:
    """Return the formats in the order of the screens."""
    wanted = set(formats)
    return [str(format) for format in FORMATS if format in wanted]


def quality_name(quality: str) -> str:
    """Return ``1080p``, ``Auto``, ``Kobo Sage`` or ``1264 × 1680``.

    An unknown quality is returned as it is.
    """
    if screen := SCREEN.fullmatch(quality):
        return " × ".join(screen.groups())
    words = QUALITIES.get(quality) or DEVICES.get(quality)
    return words.name if words else quality

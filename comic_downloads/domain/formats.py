"""The formats that a file can have, and what each of them can hold."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from .errors import InvalidFormat
from .quality import EMBEDDABLE_TYPES

# The cross-reference table has ten digits for the offset of an object (ISO 32000-1, 7.5.4).
MAX_PDF_BYTES = 10**10


class Format(StrEnum):
    """A format by the name that the API and the database use, in the order the API lists them."""

    CBZ = "cbz"
    ZIP = "zip"
    PDF = "pdf"
    EPUB = "epub"

    @property
    def facts(self) -> FormatFacts:
        """What files of this format can hold."""
        return FORMATS[self]


@dataclass(frozen=True)
class FormatFacts:
    """What files of one format can hold, and what they are called.

    Attributes:
        media_type: As sent with the file.
        extension: Of the file's name, without the dot.
        embeddable_types: Media types of the images that it holds as they are; None means all.
        sometimes_reencoded_types: The embeddable types of which some images must still
            be encoded again.
        keeps_page_names: Whether its images can keep the names they have in the comic. The images
            of other formats are always numbered.
        has_comic_info: Whether it holds a ComicInfo.xml, whose schema can be chosen.
        has_contents: Whether it always has a table of contents, with or without metadata.
        max_bytes: The largest file that the format allows; None means any size.
    """

    media_type: str
    extension: str
    embeddable_types: frozenset[str] | None = None
    sometimes_reencoded_types: frozenset[str] = frozenset()
    keeps_page_names: bool = False
    has_comic_info: bool = False
    has_contents: bool = False
    max_bytes: int | None = None

    def holds(self, media_type: str) -> bool:
        """Return True if it holds images of this media type as they are."""
        return self.embeddable_types is None or media_type in self.embeddable_types

    def may_reencode(self, media_type: str) -> bool:
        """Return True if an image of this media type may get other bytes in it."""
        return not self.holds(media_type) or media_type in self.sometimes_reencoded_types


FORMATS = {
    Format.CBZ: FormatFacts(
        # This type is registered with IANA.
        media_type="application/vnd.comicbook+zip",
        extension="cbz",
        has_comic_info=True,
    ),
    Format.ZIP: FormatFacts(
        media_type="application/zip",
        extension="zip",
        keeps_page_names=True,
    ),
    Format.PDF: FormatFacts(
        media_type="application/pdf",
        extension="pdf",
        embeddable_types=EMBEDDABLE_TYPES,
        # PDF has no place for PNG that is interlaced or transparent.
        sometimes_reencoded_types=frozenset({"image/png"}),
        has_contents=True,
        max_bytes=MAX_PDF_BYTES,
    ),
    Format.EPUB: FormatFacts(
        media_type="application/epub+zip",
        extension="epub",
        # Every reading system shows these; only new ones show WebP.
        embeddable_types=EMBEDDABLE_TYPES | {"image/gif"},
        has_contents=True,
    ),
}


def parse_format(name: str) -> Format:
    """Return the format of that name.

    Raises:
        InvalidFormat: There is no such format; the message lists those there are.
    """
    try:
        return Format(name)
    except ValueError as error:
        raise InvalidFormat(
            f"“{name}” is not a format. Choose one of: {', '.join(Format)}."
        ) from error


def too_large_message(format: Format) -> str:
    """Return the words for a file that is larger than its format allows."""
    gigabytes = (format.facts.max_bytes or 0) // 10**9
    name = format.upper()
    return (
        f"It would be a {name} of more than {gigabytes} GB, and a {name} cannot be larger. "
        "Pick fewer pages, a lower quality, or CBZ."
    )

"""What a user asks for, as it is sent and as it is stored with the job."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ...domain.options import EpubReader, OnPageError
from ...domain.quality import DoublePages

# What the choices were that devices decide now, before requests had them.
_OF_EARLIER_VERSIONS = {
    "epub_for": str(EpubReader.ANY),
    "double_pages": str(DoublePages.KEEP),
    "levels": False,
}


@dataclass(frozen=True)
class Part:
    """One of the parts that a file was cut into.

    Attributes:
        number: Which part it is, from 1.
        total: How many parts there are.
        first: The place of its first page among the picked pages of the request's comics, from 0.
        end: The place behind its last page.
        comics: How many comics the whole file has.
    """

    number: int
    total: int
    first: int
    end: int
    comics: int

    @property
    def suffix(self) -> str:
        """What the names of its file and of the other parts differ in."""
        return f" ({self.number} of {self.total})"


@dataclass(frozen=True)
class DownloadRequest:
    """What a user asks for: comics or a series, and how to pack them.

    Choices are the user's own text, which ``parse_options`` and ``resolve_request`` check.

    Attributes:
        comic_ids: The comics in order; empty if a series is named.
        series_id: The series whose comics are wanted.
        format: A Format.
        quality: A quality as ``parse_quality`` reads it.
        pages: A range of pages, for a single comic; empty for all.
        grayscale: Remove colours.
        crop_margins: Remove empty margins; with None the device decides.
        levels: Make ink black and paper white; with None the device decides.
        strips: A StripHandling. With None the quality decides: it cuts tall strips if it is made
            for devices that show one page at a time.
        double_pages: One of DoublePages; with None the device decides.
        image_format: One of IMAGE_FORMATS.
        page_names: A PageNames.
        target_size_bytes: The largest size the file may have; None for any.
        max_part_bytes: The most bytes of a file; what is larger is cut into parts. None for any.
        part: The part of the file that is wanted; None for all of it.
        metadata: Whether the file describes its comics, or the ComicInfoSchema to do so, which
            matters only for CBZ.
        epub_for: An EpubReader; with None the device decides.
        on_page_error: An OnPageError.
        expires_in_seconds: How long the finished file is kept; None for the server's default.
    """

    comic_ids: tuple[str, ...] = ()
    series_id: str | None = None
    format: str = "cbz"
    quality: str = "original"
    pages: str = ""
    grayscale: bool = False
    crop_margins: bool | None = None
    levels: bool | None = None
    strips: str | None = None
    double_pages: str | None = None
    image_format: str = "source"
    page_names: str = "original"
    target_size_bytes: int | None = None
    max_part_bytes: int | None = None
    part: Part | None = None
    metadata: bool | str = True
    epub_for: str | None = None
    on_page_error: str = OnPageError.FAIL
    expires_in_seconds: int | None = None


def request_as_json(request: DownloadRequest) -> dict[str, Any]:
    """Return the request as plain values, to be stored with its job."""
    return {**asdict(request), "comic_ids": list(request.comic_ids)}


def request_from_json(values: dict[str, Any]) -> DownloadRequest:
    """Return the request that ``request_as_json`` was called with.

    One of an earlier version becomes the file that it was.
    """
    part = values.get("part")
    return DownloadRequest(
        **{
            **_OF_EARLIER_VERSIONS,
            **values,
            "comic_ids": tuple(values["comic_ids"]),
            "part": Part(**part) if part else None,
        }
    )

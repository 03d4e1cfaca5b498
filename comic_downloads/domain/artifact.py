"""The finished file: its format, media type and name."""

from __future__ import annotations

import unicodedata
from enum import StrEnum

from .errors import InvalidFormat

MAX_PDF_BYTES = (
    10**10
)  # its table of objects has ten digits for the place of each (ISO 32000-1, 7.5.4)
PDF_TOO_LARGE = (
    f"It would be a PDF of more than {MAX_PDF_BYTES // 10**9} GB, and a PDF cannot be larger. "
    "Pick fewer pages, a lower quality, or CBZ."
)
MAX_FILENAME_BYTES = 200  # every file system takes 255; a browser may add " (12)" and ".crdownload"
_FORBIDDEN = set('<>:"/\\|?*')
_WINDOWS_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10)),
}


class Format(StrEnum):
    CBZ = "cbz"
    ZIP = "zip"
    PDF = "pdf"
    EPUB = "epub"

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self]


MEDIA_TYPES = {
    Format.CBZ: "application/vnd.comicbook+zip",  # IANA registration
    Format.ZIP: "application/zip",
    Format.PDF: "application/pdf",
    Format.EPUB: "application/epub+zip",
}


def parse_format(name: str) -> Format:
    """The format of that name. Raises InvalidFormat, naming the ones there are."""
    try:
        return Format(name)
    except ValueError as error:
        raise InvalidFormat(
            f"“{name}” is not a format. Choose one of: {', '.join(Format)}."
        ) from error


def safe_filename(stem: str, extension: str) -> str:
    """A name every file system takes: NFC, no path separators, control or reserved characters, bounded length."""
    text = unicodedata.normalize("NFC", stem)
    text = "".join(
        " " if c in _FORBIDDEN or unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} else c
        for c in text
    )
    text = " ".join(text.split()).strip(". ")
    if not text:
        text = "comic"
    if text.split(".")[0].strip().lower() in _WINDOWS_DEVICES:
        text = f"_{text}"
    limit = MAX_FILENAME_BYTES - len(extension.encode()) - 1
    text = text.encode()[:limit].decode(errors="ignore").rstrip(". ")
    return f"{text}.{extension}"


def comic_stem(series: str, number: str, title: str) -> str:
    """How a comic's file is called: ``Series 003 - Title``, leaving out what is unknown or said twice."""
    whole, dot, fraction = number.partition(".")
    padded = f"{whole.zfill(3) if whole.isdecimal() else whole}{dot}{fraction}"
    head = " ".join(part for part in (series, padded) if part)
    if not series or title.casefold() in {
        head.casefold(),
        f"{series} #{number}".casefold(),
        series.casefold(),
    }:
        return head if series else title
    return f"{head} - {title}" if title else head

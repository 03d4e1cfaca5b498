"""Tell the pages of a comic from its other files, by name and, where that says little, by content.

Downloaders leave names such as ``001``, ``001.jpg!q70`` or ``001.webp.1``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import PurePosixPath

from ...domain.errors import ComicOutOfReach, ComicUnreadable, PageOutOfReach, PageUnreadable
from .names import ARCHIVE_EXTENSIONS, is_junk

PAGE_EXTENSIONS = frozenset(
    {
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".jfi", ".pjpeg", ".png", ".apng", ".webp"),
        *(".gif", ".bmp", ".dib", ".tif", ".tiff", ".avif", ".avifs", ".heic", ".heif", ".hif"),
        *(".jp2", ".jpf", ".jpc", ".jpm", ".jpx", ".j2k", ".j2c", ".jph", ".jxl", ".svg"),
    }
)
_DRAWING = ".svg"
# Files that comics, and the programs that make them, have beside the pages.
_OTHER_EXTENSIONS = ARCHIVE_EXTENSIONS | frozenset(
    {
        *(".txt", ".nfo", ".xml", ".json", ".db", ".ini", ".url", ".html", ".htm", ".xhtml"),
        *(".css", ".js", ".md", ".rtf", ".doc", ".docx", ".diz", ".sfv", ".md5", ".sha1"),
        *(".sha256", ".par2", ".log", ".m3u", ".lnk", ".webloc", ".opf", ".ncx", ".acbf"),
        *(".yaml", ".yml", ".csv", ".ttf", ".otf", ".woff", ".woff2", ".mp3", ".ogg", ".wav"),
        *(".flac", ".mp4", ".mkv", ".webm", ".avi", ".mov", ".exe", ".dll", ".bat", ".sh"),
        *(".gz", ".bz2", ".xz", ".py", ".plist", ".torrent", ".mimetype"),
    }
)
_HAS_IMAGE_EXTENSION = re.compile(r"\.(?:jpe?g|png|webp|gif|avif|bmp|tiff?|heic|jxl|jp2)", re.I)
HEAD_BYTES = 32
_SIGNATURES = (
    b"\xff\xd8\xff",  # JPEG
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"II*\x00",  # TIFF, little-endian
    b"MM\x00*",
    b"\x00\x00\x00\x0cjP  ",  # JPEG 2000, ISO 15444-1, I.5.1
    b"\xff\x4f\xff\x51",  # a raw codestream of JPEG 2000
    b"\xff\x0a",  # a raw codestream of JPEG XL
    b"\x00\x00\x00\x0cJXL ",
)
# ISO 23008-12 and the AV1 image format: the major brand of a file that is a picture.
_PICTURE_BRANDS = frozenset(
    (b"avif", b"avis", b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"miaf")
)
_BITMAP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})  # the sizes of BMP's info headers


def is_page(name: str) -> bool:
    """Return whether the name has an image's extension and is not junk."""
    return PurePosixPath(name).suffix.lower() in PAGE_EXTENSIONS and not is_junk(name)


def may_be_page(name: str) -> bool:
    """Return whether only the content can tell: the extension is missing or unknown."""
    suffix = PurePosixPath(name).suffix.lower()
    is_known = suffix in PAGE_EXTENSIONS or suffix in _OTHER_EXTENSIONS
    return not is_known and not is_junk(name)


def may_be_loose_page(name: str) -> bool:
    """Return whether a file of a folder is worth a look: folders hold much besides comics."""
    is_likely = not PurePosixPath(name).suffix or _HAS_IMAGE_EXTENSION.search(name) is not None
    return is_likely and may_be_page(name)


def pages_among(names: Iterable[str], read_head: Callable[[str], bytes]) -> list[str]:
    """Return the pages among the files, in their order.

    ``read_head`` returns the first HEAD_BYTES of a file. It is called for names that say little,
    and may raise PageUnreadable.

    Raises:
        ComicUnreadable: there are no pages, and a file that may be one cannot be read.
        ComicOutOfReach: whether a file is a page cannot be found out at the moment.
    """
    pages: list[str] = []
    reason = ""
    for name in names:
        try:
            if is_page(name) or (may_be_page(name) and looks_like_image(read_head(name))):
                pages.append(name)
        except PageOutOfReach as error:
            raise ComicOutOfReach(error.detail) from error
        except PageUnreadable as error:
            reason = reason or error.detail
    if reason and not pages:
        raise ComicUnreadable(f"It has no pages that can be read. The first file: {reason}")
    return pages


def require_picture(name: str) -> None:
    """Check that the page is not a drawing of lines, which has no pixels.

    Raises:
        PageUnreadable: it is one.
    """
    if PurePosixPath(name).suffix.lower() == _DRAWING:
        raise PageUnreadable(
            f"“{name}” is an SVG drawing, which cannot be read. Save it as a PNG or JPEG."
        )


def looks_like_image(head: bytes) -> bool:
    """Return whether the first bytes of a file are those of an image."""
    if head.startswith(_SIGNATURES):
        return True
    if head.startswith(b"RIFF"):
        return head[8:12] == b"WEBP"
    if head.startswith(b"BM"):  # The size of the next header tells it from text.
        return int.from_bytes(head[14:18], "little") in _BITMAP_HEADERS
    return head[4:8] == b"ftyp" and head[8:12] in _PICTURE_BRANDS

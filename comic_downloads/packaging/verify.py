"""Opening a finished file again: is everything there, page by page, checksum by checksum?"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

from ..domain.artifact import Format
from ..domain.errors import InternalError, StorageUnavailable
from .naming import EXTENSIONS
from .pdf_check import check_pdf
from .reading import CHUNK_BYTES

_PAGE_ENDINGS = tuple(f".{ending}" for endings in EXTENSIONS.values() for ending in endings)


def verify_file(path: Path, format: Format, page_count: int) -> None:
    """Reads the whole file in constant memory and compares pages and checksums with what it should hold.

    Raises InternalError naming what is wrong, StorageUnavailable when the disk does not give the file back.
    """
    try:
        found = check_pdf(path) if format is Format.PDF else _check_archive(path)
    except OSError as error:
        raise StorageUnavailable(f"The finished file cannot be read back: {error.strerror or error}.") from error
    if found != page_count:
        raise InternalError(f"The finished file has {found} pages instead of {page_count}.")


def _check_archive(path: Path) -> int:
    """The number of pages in the archive. zipfile compares the CRC of every entry while it is read."""
    try:
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                with archive.open(entry) as stream:
                    while stream.read(CHUNK_BYTES):
                        pass
            return sum(entry.filename.lower().endswith(_PAGE_ENDINGS) for entry in archive.infolist())
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise InternalError(f"The finished file is damaged: {error}.") from error

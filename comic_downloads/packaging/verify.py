"""The check of a finished file: it is opened again and read to its end."""

from __future__ import annotations

from pathlib import Path

from ..domain.errors import InternalError, StorageUnavailable
from ..domain.formats import Format
from .formats import SPECS


def verify_file(path: Path, format: Format, page_count: int) -> None:
    """Read the whole file in constant memory and compare pages and checksums with what it should hold.

    Raises InternalError naming what is wrong, StorageUnavailable when the disk does not give the file back.
    """
    try:
        found = SPECS[format].check(path)
    except OSError as error:
        raise StorageUnavailable(
            f"The finished file cannot be read back: {error.strerror or error}."
        ) from error
    if found != page_count:
        raise InternalError(f"The finished file has {found} pages instead of {page_count}.")

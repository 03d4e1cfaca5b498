"""Check a finished file by opening it again and reading it to its end."""

from __future__ import annotations

from pathlib import Path

from ..domain.errors import InternalError, StorageUnavailable
from ..domain.formats import Format
from .formats import SPECS


def verify_file(path: Path, format: Format, page_count: int) -> None:
    """Read the whole file in constant memory and check its pages and checksums.

    Raises:
        InternalError: The file is not what it should be; the message says what is wrong.
        StorageUnavailable: The disk does not return the file.
    """
    try:
        found = SPECS[format].check(path)
    except OSError as error:
        raise StorageUnavailable(
            f"The finished file cannot be read back: {error.strerror or error}."
        ) from error
    if found != page_count:
        raise InternalError(f"The finished file has {found} pages instead of {page_count}.")

"""Hold the pages of archives that can only be unpacked from the front, in one temporary file.

The file is anonymous, so that nothing remains when the process ends, even after a crash.
"""

from __future__ import annotations

import shutil
import tempfile
from typing import BinaryIO, cast

from ...domain.errors import ComicOutOfReach, PageOutOfReach, PageUnreadable
from ...files.slices import Slice
from .source import MIB

KEEP_FREE_BYTES = 256 * MIB


class Spool:
    """The unpacked pages of one archive."""

    def __init__(self, size_bytes: int) -> None:
        """Create the file. Raises ComicOutOfReach if the temporary folder has too little space."""
        folder = tempfile.gettempdir()
        if shutil.disk_usage(folder).free < size_bytes + KEEP_FREE_BYTES:
            raise ComicOutOfReach(
                f"There is not enough space to unpack it: it needs {size_bytes / MIB:,.0f} MB "
                f"in {folder}."
            )
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  # closed by close()
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0
        self._out_of_reach = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Append to the current page."""
        self._file.write(data)
        self._end += len(data)

    def begin(self) -> int:
        """Return the position at which the next page starts."""
        return self._end

    def finish(self, name: str, start: int) -> None:
        """Store everything written since ``start`` as the page of that name."""
        self._places[name] = (start, self._end - start)

    @property
    def page_count(self) -> int:
        """The number of finished pages."""
        return len(self._places)

    def cut_short(self, reason: str) -> None:
        """Mark missing pages as out of reach for this reason, instead of damaged."""
        self._out_of_reach = reason

    def open(self, name: str) -> BinaryIO:
        """Open a page. Raises PageOutOfReach or PageUnreadable if it was not unpacked."""
        if name not in self._places and self._out_of_reach:
            raise PageOutOfReach(self._out_of_reach)
        if name not in self._places:
            raise PageUnreadable(
                f"“{name}” is damaged in the archive, or the archive is damaged before it."
            )
        start, size = self._places[name]
        return cast(BinaryIO, Slice(self._file.fileno(), start, size, name))

    def close(self) -> None:
        """Close the file; open pages stay readable."""
        self._file.close()

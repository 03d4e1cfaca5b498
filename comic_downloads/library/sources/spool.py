"""Pages of archives that can only be unpacked from the front: unpacked once, into one nameless temporary file.

The file has no name in any folder, so that nothing of it is left when the process ends, however it ends.
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
    def __init__(self, size_bytes: int) -> None:
        """Raises ComicOutOfReach when the temporary folder has no room for so much."""
        folder = tempfile.gettempdir()
        if shutil.disk_usage(folder).free < size_bytes + KEEP_FREE_BYTES:
            raise ComicOutOfReach(
                f"There is no room to unpack it: it takes {size_bytes / MIB:,.0f} MB in {folder}."
            )
        self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  # closed by close()
        self._places: dict[str, tuple[int, int]] = {}
        self._end = 0
        self._out_of_reach = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Appends to the page that is being unpacked."""
        self._file.write(data)
        self._end += len(data)

    def begin(self) -> int:
        """Where the next page starts."""
        return self._end

    def finish(self, name: str, start: int) -> None:
        """What was written since ``start`` is the page of that name."""
        self._places[name] = (start, self._end - start)

    @property
    def page_count(self) -> int:
        """How many pages are there."""
        return len(self._places)

    def cut_short(self, reason: str) -> None:
        """What is missing may come another time, and is out of reach until then."""
        self._out_of_reach = reason

    def open(self, name: str) -> BinaryIO:
        if name not in self._places and self._out_of_reach:
            raise PageOutOfReach(self._out_of_reach)
        if name not in self._places:
            raise PageUnreadable(
                f"“{name}” is damaged in the archive, or the archive is damaged before it."
            )
        start, size = self._places[name]
        return cast(BinaryIO, Slice(self._file.fileno(), start, size, name))

    def close(self) -> None:
        self._file.close()

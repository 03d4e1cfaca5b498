"""Remember the ranges sent just before a client disconnected, until later requests confirm them.

The network accepts bytes before the client does, so the last bytes before a disconnect may not
have arrived. A request that starts at byte N implies that the client has the bytes before N, or
that another of its connections is fetching them: ``curl -C -`` resumes where it stopped, and aria2
closes a connection that has reached the start of the next one.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from ...domain.ranges import ByteRange, merged

MAX_FILES = 1000  # The least recently requested file is forgotten first.
# How many start positions, and how many unconfirmed ranges, are remembered for each file.
MAX_RANGES = 256


@dataclass
class _File:
    starts: OrderedDict[int, None] = field(default_factory=OrderedDict)
    unconfirmed: list[ByteRange] = field(default_factory=list)


class UnconfirmedRanges:
    """The unconfirmed ranges of all files. Thread-safe.

    A file's key is its job's id and its entity tag.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[tuple[str, str], _File] = OrderedDict()

    def note_start(self, key: tuple[str, str], start: int) -> list[ByteRange]:
        """Record a request that starts at byte ``start``, and return the ranges it confirms."""
        with self._lock:
            file = self._file(key)
            file.starts[start] = None
            file.starts.move_to_end(start)
            while len(file.starts) > MAX_RANGES:
                file.starts.popitem(last=False)
            confirmed = [part for part in file.unconfirmed if part.start <= start <= part.end]
            file.unconfirmed = [part for part in file.unconfirmed if part not in confirmed]
            return [ByteRange(part.start, start) for part in confirmed]

    def note_disconnect(self, key: tuple[str, str], last: Iterable[ByteRange]) -> list[ByteRange]:
        """Record the last ranges sent before a disconnect.

        Return the parts that are confirmed already, because another connection started within them
        or at their end.
        """
        known: list[ByteRange] = []
        with self._lock:
            file = self._file(key)
            for part in merged(last):
                behind = min(
                    (start for start in file.starts if part.start < start <= part.end), default=None
                )
                if behind is None:
                    file.unconfirmed = [*file.unconfirmed, part][-MAX_RANGES:]
                else:
                    known.append(ByteRange(part.start, behind))
        return known

    def _file(self, key: tuple[str, str]) -> _File:
        file = self._files.setdefault(key, _File())
        self._files.move_to_end(key)
        while len(self._files) > MAX_FILES:
            self._files.popitem(last=False)
        return file

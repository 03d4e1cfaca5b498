"""What a client seemed to take just before it left, until later requests show whether it has it.

A network takes bytes before the client does, so the last ones before a client leaves may not have reached it. A client
that asks for a file from a byte on tells that it has what lies before, or that another of its connections fetches it
up to there: ``curl -C -`` begins where it broke off, and aria2 leaves a connection that has come to where the next one began.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from ...domain.ranges import ByteRange, merged

FILES = 1000  # remembered in one process; the one that was longest not asked for is forgotten first
STARTS = 256  # of one file


@dataclass
class _File:
    starts: OrderedDict[int, None] = field(default_factory=OrderedDict)
    unconfirmed: list[ByteRange] = field(default_factory=list)


class UnconfirmedRanges:
    """Thread-safe; a file is one job's content, named by whatever key the caller takes."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._files: OrderedDict[tuple[str, str], _File] = OrderedDict()

    def resume_from(self, key: tuple[str, str], start: int) -> list[ByteRange]:
        """Notes that a client asked for the file from ``start`` on; gives the doubtful bytes it is now known to have."""
        with self._lock:
            file = self._file(key)
            file.starts[start] = None
            file.starts.move_to_end(start)
            while len(file.starts) > STARTS:
                file.starts.popitem(last=False)
            meant = [part for part in file.unconfirmed if part.start <= start <= part.end]
            file.unconfirmed = [part for part in file.unconfirmed if part not in meant]
            return [ByteRange(part.start, start) for part in meant]

    def disconnect(self, key: tuple[str, str], last: Iterable[ByteRange]) -> list[ByteRange]:
        """Notes what a client that left may not have; gives those it has, as another connection began behind them."""
        known: list[ByteRange] = []
        with self._lock:
            file = self._file(key)
            for part in merged(last):
                behind = min(
                    (start for start in file.starts if part.start < start <= part.end), default=None
                )
                if behind is None:
                    file.unconfirmed = [*file.unconfirmed, part][-STARTS:]
                else:
                    known.append(ByteRange(part.start, behind))
        return known

    def _file(self, key: tuple[str, str]) -> _File:
        file = self._files.setdefault(key, _File())
        self._files.move_to_end(key)
        while len(self._files) > FILES:
            self._files.popitem(last=False)
        return file

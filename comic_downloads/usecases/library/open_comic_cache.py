"""A few comics kept open between requests: opening some kinds means unpacking them, and a screen asks for many pages."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ...library.sources import ComicSource, open_comic

MAX_OPEN = 3
IDLE_SECONDS = 120.0  # longer idle ones are closed when the next comic is asked for

Key = tuple[Path, str, str]


@dataclass
class _Kept:
    """``users`` and ``is_dropped`` change under the owner's lock, ``source`` under its own: opening may take seconds."""

    opening: threading.Lock = field(default_factory=threading.Lock)
    source: ComicSource | None = None
    users: int = 0
    used_at: float = 0.0
    is_dropped: bool = False


class OpenComicCache:
    """Lends opened comics to any number of threads; a comic is closed when it is out of date and nobody uses it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: OrderedDict[Key, _Kept] = OrderedDict()

    @contextmanager
    def borrow(self, path: Path, kind: str, version: str) -> Iterator[ComicSource]:
        """The comic, opened. ``version`` changes when its files do. Raises ComicUnreadable."""
        key = (path, kind, version)
        kept = self._take(key)
        try:
            with kept.opening:
                if kept.source is None:
                    kept.source = open_comic(path, kind)
            yield kept.source
        finally:
            self._give_back(key, kept)

    def close(self) -> None:
        """Closes what nobody uses; the rest ends with the process."""
        with self._lock:
            for kept in self._kept.values():
                kept.is_dropped = True
                if kept.users == 0 and kept.source is not None:
                    kept.source.close()
            self._kept.clear()

    def _take(self, key: Key) -> _Kept:
        with self._lock:
            kept = self._kept.setdefault(key, _Kept())
            self._kept.move_to_end(key)
            kept.users += 1
            kept.used_at = time.monotonic()
            self._drop_old()
            return kept

    def _drop_old(self) -> None:
        """Forgets the ones unused for longest; those still in use are closed by their last user."""
        long_ago = time.monotonic() - IDLE_SECONDS
        for key, kept in list(self._kept.items()):
            if len(self._kept) > MAX_OPEN or (kept.users == 0 and kept.used_at < long_ago):
                del self._kept[key]
                kept.is_dropped = True
                if kept.users == 0 and kept.source is not None:
                    kept.source.close()

    def _give_back(self, key: Key, kept: _Kept) -> None:
        with self._lock:
            kept.users -= 1
            if kept.source is None and self._kept.get(key) is kept:
                del self._kept[key]  # it did not open: the next one tries anew
            elif kept.is_dropped and kept.users == 0 and kept.source is not None:
                kept.source.close()

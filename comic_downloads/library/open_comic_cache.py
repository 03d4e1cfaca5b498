"""A few comics that stay open between requests.

To open some kinds means to unpack them, and one screen asks for many pages.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .sources import ComicSource, open_comic

MAX_OPEN = 3
# Comics idle for longer are closed when the next comic is opened.
IDLE_SECONDS = 120.0

Key = tuple[Path, str, str]


@dataclass
class _Entry:
    """A comic in the cache.

    ``users`` and ``is_dropped`` change under the cache's lock, ``source`` under ``opening``,
    because opening may take seconds.
    """

    opening: threading.Lock = field(default_factory=threading.Lock)
    source: ComicSource | None = None
    users: int = 0
    used_at: float = 0.0
    is_dropped: bool = False


class OpenComicCache:
    """Lends open comics to any number of threads.

    A comic that was dropped from the cache is closed by its last user.
    """

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._entries: OrderedDict[Key, _Entry] = OrderedDict()

    @contextmanager
    def borrow(self, path: Path, kind: str, version: str) -> Iterator[ComicSource]:
        """Yield the comic, opened for this block or before.

        Args:
            path: The comic's file or folder.
            kind: Its kind, as ``open_comic`` takes it.
            version: Changes when the comic's files change.

        Raises:
            ComicUnreadable: The comic cannot be opened.
        """
        key = (path, kind, version)
        entry = self._take(key)
        try:
            with entry.opening:
                if entry.source is None:
                    entry.source = open_comic(path, kind)
            yield entry.source
        finally:
            self._give_back(key, entry)

    def close(self) -> None:
        """Close all comics that nobody uses; the last users close the others."""
        with self._lock:
            for entry in self._entries.values():
                self._drop(entry)
            self._entries.clear()

    def _take(self, key: Key) -> _Entry:
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            entry.users += 1
            entry.used_at = self._monotonic()
            self._drop_old()
            return entry

    def _drop_old(self) -> None:
        """Drop the least recently used comics above MAX_OPEN, and idle ones."""
        long_ago = self._monotonic() - IDLE_SECONDS
        for key, entry in list(self._entries.items()):
            if len(self._entries) > MAX_OPEN or (entry.users == 0 and entry.used_at < long_ago):
                del self._entries[key]
                self._drop(entry)

    def _drop(self, entry: _Entry) -> None:
        entry.is_dropped = True
        if entry.users == 0 and entry.source is not None:
            entry.source.close()

    def _give_back(self, key: Key, entry: _Entry) -> None:
        with self._lock:
            entry.users -= 1
            if entry.source is None and self._entries.get(key) is entry:
                del self._entries[key]  # It did not open: the next user tries again.
            elif entry.is_dropped and entry.users == 0 and entry.source is not None:
                entry.source.close()

"""Copies of streams that several readers share, in memory or in anonymous temporary files.

Whoever needs a copy first makes it; the others wait for it. Copies without a reader are kept for a
few seconds, because a client often asks for the next part of the same stream.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import IO

# The memory of all copies together. Those that do not fit go into temporary files.
MEMORY_BYTES = 24 * 1024 * 1024
MAX_IDLE_FILES = 2
IDLE_SECONDS = 10.0


@dataclass(eq=False)
class _Entry:
    """A copy. ``data`` and ``file`` change under ``making``, the rest under the owner's lock."""

    size_bytes: int
    making: threading.Lock = field(default_factory=threading.Lock)
    data: memoryview | None = None
    file: IO[bytes] | None = None
    in_memory: bool = False
    users: int = 0
    used_at: float = 0.0


class SharedCopies:
    """Makes copies and lends them to any number of threads."""

    def __init__(self, monotonic: Callable[[], float], memory_bytes: int = MEMORY_BYTES) -> None:
        self._monotonic = monotonic
        self._most_bytes = memory_bytes
        self._lock = threading.Lock()
        self._entries: OrderedDict[Hashable, _Entry] = OrderedDict()
        self._memory_bytes = 0
        self._sweeper: threading.Timer | None = None

    def borrow(
        self, key: Hashable, size_bytes: int, chunks: Callable[[], Iterable[bytes]]
    ) -> SharedCopy:
        """Return the copy with this key, made now or before. The caller closes it.

        Args:
            key: Names the content.
            size_bytes: The length of the content.
            chunks: Returns the content. It is called in this thread, and what it raises is raised
                here: the copy then does not exist.

        Raises:
            OSError: The temporary file cannot be written.
        """
        entry = self._take(key, size_bytes)
        try:
            with entry.making:
                if entry.data is None and entry.file is None:
                    _fill(entry, chunks())
        except BaseException:
            self._give_back(entry)
            raise
        return SharedCopy(entry, self._give_back)

    @property
    def memory_bytes(self) -> int:
        """Return how much memory the copies take now."""
        return self._memory_bytes

    @property
    def user_count(self) -> int:
        """Return how many borrowed copies were not given back yet."""
        with self._lock:
            return sum(entry.users for entry in self._entries.values())

    def _take(self, key: Hashable, size_bytes: int) -> _Entry:
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                entry = self._entries[key] = _Entry(size_bytes)
                self._make_room(size_bytes)
                entry.in_memory = self._memory_bytes + size_bytes <= self._most_bytes
                self._memory_bytes += size_bytes if entry.in_memory else 0
            self._entries.move_to_end(key)
            entry.users += 1
            return entry

    def _give_back(self, entry: _Entry) -> None:
        with self._lock:
            entry.users -= 1
            entry.used_at = self._monotonic()
            if entry.users == 0 and entry.data is None and entry.file is None:
                self._drop(entry)  # It could not be made.
            idle_files = [one for one in self._idle() if one.file is not None]
            for one in idle_files[: len(idle_files) - MAX_IDLE_FILES]:
                self._drop(one)
            self._sweep_later()

    def _make_room(self, size_bytes: int) -> None:
        """Drop idle copies, the least recently used first, until the new one fits."""
        for entry in self._idle():
            if self._memory_bytes + size_bytes <= self._most_bytes:
                return
            if entry.in_memory:
                self._drop(entry)

    def _idle(self) -> list[_Entry]:
        return [entry for entry in self._entries.values() if entry.users == 0]

    def _drop(self, dropped: _Entry) -> None:
        for key, entry in self._entries.items():
            if entry is dropped:
                del self._entries[key]
                break
        self._memory_bytes -= dropped.size_bytes if dropped.in_memory else 0
        if dropped.file is not None:
            dropped.file.close()

    def _sweep_later(self) -> None:
        if self._sweeper is None and self._entries:
            self._sweeper = threading.Timer(IDLE_SECONDS, self._sweep)
            self._sweeper.daemon = True
            self._sweeper.start()

    def _sweep(self) -> None:
        """Drop the copies that nobody has used for a while."""
        with self._lock:
            long_ago = self._monotonic() - IDLE_SECONDS
            for entry in self._idle():
                if entry.used_at <= long_ago:
                    self._drop(entry)
            self._sweeper = None
            self._sweep_later()


class SharedCopy:
    """A borrowed copy. Threads may read it in parallel until it is closed."""

    def __init__(self, entry: _Entry, give_back: Callable[[_Entry], None]) -> None:
        self._entry = entry
        self._give_back: Callable[[_Entry], None] | None = give_back

    @property
    def in_memory(self) -> bool:
        """Return True if reading needs no disk."""
        return self._entry.data is not None

    def read(self, start: int, buffer: memoryview) -> int:
        """Fill the buffer from byte ``start`` on; return the number of bytes.

        Raises:
            OSError: The disk fails.
        """
        if self._entry.data is not None:
            found = self._entry.data[start : start + len(buffer)]
            buffer[: len(found)] = found
            return len(found)
        assert self._entry.file is not None, "only finished copies are lent"
        return os.preadv(self._entry.file.fileno(), [buffer], start)

    def close(self) -> None:
        """Give the copy back; doing it twice is not an error."""
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back(self._entry)


def _fill(entry: _Entry, chunks: Iterable[bytes]) -> None:
    if entry.in_memory:
        entry.data = _joined(chunks, entry.size_bytes)
        return
    file = tempfile.TemporaryFile()  # noqa: SIM115  # It lives as long as the entry.
    try:
        file.writelines(chunks)
        file.flush()
    except BaseException:
        file.close()
        raise
    entry.file = file


def _joined(chunks: Iterable[bytes], size_bytes: int) -> memoryview:
    """Return the chunks as one piece of memory. Raises ValueError if they have another length."""
    data, position = memoryview(bytearray(size_bytes)), 0
    for chunk in chunks:
        data[position : position + len(chunk)] = chunk
        position += len(chunk)
    if position != size_bytes:
        raise ValueError("a copy is shorter than it has to be")
    return data

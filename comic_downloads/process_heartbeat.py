"""The heartbeat of a process, and how its parent notices that the heartbeat has stopped.

The heartbeat is a number in shared memory. A row of the database could not show which process
hangs: one that is frozen inside a write transaction stops the rows of all others. A file could
not either, because its disk may be full or slow.
"""

from __future__ import annotations

import mmap
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_SIZE = 8
# A watcher that looks again after a longer time was itself stopped, perhaps with the machine.
LONGEST_LOOK_SECONDS = 2.0
# A process that has not begun to beat may still be importing its modules.
START_SECONDS = 60.0


class Heartbeat:
    """A counter that a process increases, in memory that it shares with the watching process.

    Args:
        file_descriptor: The memory, from ``shared_memory``. Without it, the counter is shared with
            the processes that are forked from this one.
    """

    def __init__(self, file_descriptor: int = -1) -> None:
        self._memory = mmap.mmap(file_descriptor, _SIZE)

    def beat(self) -> None:
        """Show that the process runs."""
        self._memory[:_SIZE] = (self.count + 1).to_bytes(_SIZE, sys.byteorder)

    @property
    def count(self) -> int:
        """How often the process has beaten."""
        return int.from_bytes(self._memory[:_SIZE], sys.byteorder)


@contextmanager
def shared_memory() -> Iterator[int]:
    """Yield the number of an open file: memory for one heartbeat, for a started process."""
    anonymous = hasattr(os, "memfd_create")  # Only Linux has files without a disk.
    with (
        os.fdopen(os.memfd_create("heartbeat"), "r+b") if anonymous else tempfile.TemporaryFile()
    ) as file:
        file.write(bytes(_SIZE))
        file.flush()
        yield file.fileno()


class Silence:
    """How long a heartbeat has been silent, measured while its watcher was awake.

    If the machine is suspended, or the watcher is stopped together with the process, the time in
    between does not count.
    """

    def __init__(self, heartbeat: Heartbeat, monotonic: Callable[[], float]) -> None:
        self._heartbeat = heartbeat
        self._monotonic = monotonic
        self._count = heartbeat.count
        self._looked = monotonic()
        self._seconds = 0.0

    @property
    def has_begun(self) -> bool:
        """False before the first beat, which never comes from a process that does not beat."""
        return self._heartbeat.count > 0

    def lasts_longer_than(self, seconds: float) -> bool:
        """Look at the heartbeat, and return True if it has been silent for longer.

        Call this about once a second. A process has at least START_SECONDS for its first beat.
        """
        now, count = self._monotonic(), self._heartbeat.count
        if count == self._count:
            self._seconds += min(now - self._looked, LONGEST_LOOK_SECONDS)
        else:
            self._seconds = 0.0
        self._count, self._looked = count, now
        return self._seconds > (seconds if count else max(seconds, START_SECONDS))

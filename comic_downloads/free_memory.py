"""Give free memory back to the system, which glibc would keep for as long as a process lives.

glibc keeps freed memory in up to eight heaps for each processor, because a program that has just
used it will probably use it again. A process that shows a hundred covers and then waits for an hour
would hold what forty threads needed for a second. Other C libraries lack these functions, and then
nothing is done.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

# Of mallopt(3).
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_HEAPS = 2
# A picture is larger than this and goes back at once when it is freed; what is read from a file and
# sent is smaller, and quickly found again in the heap.
PICTURE_BYTES = 1024 * 1024
# With a limit for pictures, glibc would return the end of the heap whenever 128 KiB of it are free:
# a chunk of a file would be fetched from the system and returned each time, which takes three times
# as long as reading it.
SPARE_BYTES = 2 * 1024 * 1024

LOOK_SECONDS = 5.0
# To look for garbage stops all threads for some 20 ms, so it is done after work, and not often.
WORK_SECONDS = 0.5
PAUSE_SECONDS = 30.0
# Python begins with 700 new objects, and then ten times as many for each older generation.
COLLECT_AFTER = (20_000, 20, 20)

# How many blocks run that collection waits for.
_blocks = 0
_blocks_lock = threading.Lock()


def limit_heaps() -> None:
    """Let the threads of this process share two heaps; call it before they start."""
    _tune(_M_ARENA_MAX, _HEAPS)


def return_pictures_at_once() -> None:
    """Return the memory of each picture when it is freed, not when there is time for it.

    To get it again costs a few per cent of the time that a thumbnail takes.
    """
    _tune(_M_MMAP_THRESHOLD, PICTURE_BYTES)
    _tune(_M_TRIM_THRESHOLD, SPARE_BYTES)


def share_with_forked_processes() -> None:
    """Let garbage collection leave alone what exists now; call it just before forking.

    The collector writes to every object that it looks at, and each forked process would then have
    its own copy of all modules.
    """
    gc.collect()
    gc.freeze()


def collect_less_often() -> None:
    """Let garbage collection leave alone what exists now, and look at the rest less often.

    Answering a request makes some thousand objects and no garbage that only the collector finds,
    but it looked at them, and now and then at all modules, several times for each answer. Call it
    once everything is loaded.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


@contextmanager
def collecting_later() -> Iterator[None]:
    """Let garbage collection wait while a block makes very many objects that it needs.

    The collector would look at all objects of the process again and again, and find nothing. Blocks
    in several threads may overlap.
    """
    global _blocks
    with _blocks_lock:
        _blocks += 1
        gc.disable()
    try:
        yield
    finally:
        with _blocks_lock:
            _blocks -= 1
            if _blocks == 0:
                gc.enable()


def return_free_memory() -> None:
    """Collect garbage, and return all free memory to the system."""
    gc.collect()
    with suppress(AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


async def return_after_work(monotonic: Callable[[], float], cpu: Callable[[], float]) -> None:
    """Return free memory whenever this process has worked, until cancelled.

    Args:
        monotonic: The source of the time in seconds.
        cpu: The source of the seconds that this process has worked, as ``time.process_time``.
    """
    returned_at, worked = monotonic(), cpu()
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        if cpu() - worked >= WORK_SECONDS and monotonic() - returned_at >= PAUSE_SECONDS:
            await asyncio.to_thread(return_free_memory)
            returned_at, worked = monotonic(), cpu()


def _tune(parameter: int, value: int) -> None:
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(parameter, value)

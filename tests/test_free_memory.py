"""Memory that a process no longer needs goes back to the system."""

from __future__ import annotations

import asyncio
import gc
import platform
import subprocess
import sys
import weakref

import pytest

from comic_downloads import free_memory
from tests.web.states import run

MEGABYTE = 1_000_000
# Every second block stays, so that no heap ends with free memory, which glibc would return itself.
PROGRAM = """
from pathlib import Path
from comic_downloads.free_memory import return_free_memory

def resident():
    return 4096 * int(Path("/proc/self/statm").read_text().split()[1])

blocks = [bytes(100_000) for _ in range(1000)]
del blocks[::2]
before = resident()
return_free_memory()
print(before - resident())
"""


class Ring:
    """An object that only the garbage collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries keep less")
def test_free_memory_between_used_memory_is_returned():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert int(done.stdout) > 30 * MEGABYTE


class Clock:
    """Seconds that pass whenever somebody looks, of which the process works a part."""

    def __init__(self, part: float) -> None:
        self.seconds = 0.0
        self.part = part

    def monotonic(self) -> float:
        return self.seconds

    def cpu(self) -> float:
        self.seconds += free_memory.PAUSE_SECONDS
        return self.seconds * self.part


@pytest.mark.parametrize(("part", "is_returned"), [(0.5, True), (0.0, False)])
def test_garbage_is_collected_after_work_only(
    monkeypatch: pytest.MonkeyPatch, part: float, is_returned: bool
):
    monkeypatch.setattr(free_memory, "LOOK_SECONDS", 0.001)
    clock = Clock(part)

    async def look_on() -> weakref.ref[Ring]:
        ring = weakref.ref(Ring())
        returning = asyncio.create_task(free_memory.return_after_work(clock.monotonic, clock.cpu))
        for _ in range(5000):
            await asyncio.sleep(0.001)
            if ring() is None or clock.seconds > 20 * free_memory.PAUSE_SECONDS:
                break
        returning.cancel()
        return ring

    gc.disable()
    try:
        ring = run(look_on())
        assert (ring() is None) is is_returned
    finally:
        gc.enable()


def test_garbage_is_collected_again_after_the_last_block_that_it_waits_for():
    with free_memory.collecting_later():
        with free_memory.collecting_later():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


def test_garbage_is_collected_again_after_a_block_that_failed():
    with pytest.raises(ValueError), free_memory.collecting_later():
        raise ValueError
    assert gc.isenabled()


def test_less_frequent_collection_still_finds_garbage():
    program = (
        "import gc, weakref\n"
        "from comic_downloads.free_memory import COLLECT_AFTER, collect_less_often\n"
        "class Ring:\n"
        "    def __init__(self): self.itself = self\n"
        "collect_less_often()\n"
        "assert gc.get_freeze_count() > 1_000\n"
        "ring = weakref.ref(Ring())\n"
        "kept = [[] for _ in range(2 * COLLECT_AFTER[0])]\n"
        "print(ring())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "None"

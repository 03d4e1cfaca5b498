"""Tell the system how a file is going to be read.

It reads ahead up to several megabytes wherever a program reads a little, which is right for whole
pages, and wrong where only the directory and one page of an archive are wanted.
"""

from __future__ import annotations

import contextlib
import os


def expect_few_reads(descriptor: int) -> None:
    """Let nothing be read ahead, where the system can be told."""
    _advise(descriptor, "POSIX_FADV_RANDOM")


def expect_long_reads(descriptor: int) -> None:
    """Let the system read ahead as it does with other files."""
    _advise(descriptor, "POSIX_FADV_NORMAL")


def _advise(descriptor: int, name: str) -> None:
    advice = getattr(os, name, None)
    if advice is not None:
        with contextlib.suppress(OSError):  # It is a hint only.
            os.posix_fadvise(descriptor, 0, 0, advice)

"""The program that unpacks RAR: which one is here, and reading what it writes for so long and no longer."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import time
from typing import IO

import rarfile

from .source import ComicOutOfReach, took_too_long

NO_TOOL = (
    "The pages are compressed, and no program that unpacks RAR is installed here. Install “unar” or “unrar” "
    "and scan the library again, or pack the pages as a CBZ."
)
ANSWER_SECONDS = 10.0  # to say what version it is
# In this order: where 7-Zip is built without RAR it still says that it is there.
_TOOLS = ("unrar", "unar", "bsdtar", "sevenzip2", "sevenzip")


def require_tool() -> None:
    """Picks the program that unpacks. Raises ComicOutOfReach when there is none that answers."""
    for tool in _TOOLS:
        program = shutil.which(getattr(rarfile, f"{tool.upper()}_TOOL"))
        if program is not None and _answers(program):
            try:
                rarfile.tool_setup(**{other: other == tool for other in _TOOLS}, force=True)
            except rarfile.RarCannotExec:
                continue
            return
    raise ComicOutOfReach(NO_TOOL)


def _answers(program: str) -> bool:
    """True if the program starts and ends."""
    with subprocess.Popen(
        [program, "--version"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        try:
            process.wait(ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            end(process)
            return False
    return True


def end(process: subprocess.Popen[bytes]) -> None:
    """Ends the program, and what it started where it leads a group of its own."""
    if process.poll() is None and os.getpgid(process.pid) == process.pid:
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()


class PatientPipe:
    """What a program writes, read until ``seconds`` have passed: then it is ended and PageOutOfReach raised."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        assert process.stdout is not None
        self._process = process
        self._pipe: IO[bytes] = process.stdout
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds

    def read(self, size: int) -> bytes:
        """Up to so many bytes; none at the end."""
        waiting = select.poll()
        waiting.register(self._pipe, select.POLLIN)
        if not waiting.poll(max(self._deadline - time.monotonic(), 0) * 1000):
            end(self._process)
            raise took_too_long(self._seconds)
        return os.read(self._pipe.fileno(), size)

    def close(self) -> None:
        """As rarfile asks of whatever it reads from."""
        self._pipe.close()

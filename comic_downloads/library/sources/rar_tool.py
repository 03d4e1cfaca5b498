"""The programs that unpack RAR: which are here, and reading what they write for so long and no longer."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import rarfile

from ...domain.errors import ComicOutOfReach
from .source import timeout_error

NO_TOOL = (
    "The pages are compressed, and no program that unpacks RAR is installed here. Install “unar” or “unrar” "
    "and scan the library again, or pack the pages as a CBZ."
)
ANSWER_SECONDS = 10.0  # to say what version it is
# In this order: where 7-Zip is built without RAR it still says that it is there.
_TOOLS = ("UNRAR", "UNAR", "BSDTAR", "SEVENZIP2", "SEVENZIP")
_choosing = threading.Lock()


def working_tools() -> list[rarfile.ToolSetup]:
    """The programs that unpack, the best first. Raises ComicOutOfReach when there is none that answers."""
    here = (getattr(rarfile, f"{tool}_CONFIG") for tool in _TOOLS if _is_here(tool))
    tools = [
        _Bsdtar(setup) if setup is rarfile.BSDTAR_CONFIG else rarfile.ToolSetup(setup)
        for setup in here
    ]
    working = [tool for tool in tools if tool.check()]
    if not working:
        raise ComicOutOfReach(NO_TOOL)
    return working


class _Bsdtar(rarfile.ToolSetup):
    """rarfile 4.5 writes ``-f -- FILE``, which bsdtar takes for a file called ``--``."""

    def open_cmdline(self, pwd: str | None, rarfn: str, filefn: str | None = None) -> list[str]:
        command = [*self.get_cmdline("open_cmd", pwd, nodash=True), rarfn, "--"]
        return (
            [*command, re.sub(r"([\\*?\[\]])", r"\\\1", filefn)] if filefn else command
        )  # it is a pattern


def _is_here(tool: str) -> bool:
    program = shutil.which(getattr(rarfile, f"{tool}_TOOL"))
    return program is not None and _answers(program)


@contextmanager
def using_tool(tool: rarfile.ToolSetup | None) -> Iterator[None]:
    """What rarfile opens meanwhile, it unpacks with this program; leans on the pinned version."""
    with _choosing:
        rarfile.CURRENT_SETUP = tool
        yield


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


class TimedPipe:
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
            raise timeout_error(self._seconds)
        return os.read(self._pipe.fileno(), size)

    def close(self) -> None:
        """As rarfile asks of whatever it reads from."""
        self._pipe.close()

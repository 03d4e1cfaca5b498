"""Find the installed programs that unpack RAR, and read their output with a time limit."""

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
    "The pages are compressed, and this server has no program that unpacks RAR. "
    "Install “unar” or “unrar” and scan the library again, or pack the pages as a CBZ."
)
ANSWER_SECONDS = 10.0  # The time limit for printing the version.
# The best first. 7-Zip is last, because a build without RAR support cannot be recognised.
_TOOLS = ("UNRAR", "UNAR", "BSDTAR", "SEVENZIP2", "SEVENZIP")
_choosing = threading.Lock()


def working_tools() -> list[rarfile.ToolSetup]:
    """Return the programs that unpack RAR, the best first.

    Raises:
        ComicOutOfReach: none is installed and runs.
    """
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
    """Corrects rarfile 4.5, which writes ``-f -- FILE``: bsdtar then opens a file named ``--``."""

    def open_cmdline(self, pwd: str | None, rarfn: str, filefn: str | None = None) -> list[str]:
        """Return the command that writes one or all files to standard output."""
        command = [*self.get_cmdline("open_cmd", pwd, nodash=True), rarfn, "--"]
        # bsdtar takes the name as a pattern, so its special characters are escaped.
        return [*command, re.sub(r"([\\*?\[\]])", r"\\\1", filefn)] if filefn else command


def _is_here(tool: str) -> bool:
    program = shutil.which(getattr(rarfile, f"{tool}_TOOL"))
    return program is not None and _answers(program)


@contextmanager
def using_tool(tool: rarfile.ToolSetup | None) -> Iterator[None]:
    """Make rarfile unpack with this program. Relies on internals of the pinned version."""
    with _choosing:
        rarfile.CURRENT_SETUP = tool
        yield


def _answers(program: str) -> bool:
    """Return whether the program starts, and ends within ANSWER_SECONDS."""
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
    """Kill the program, and its children if it leads a process group."""
    if process.poll() is None and os.getpgid(process.pid) == process.pid:
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()


class TimedPipe:
    """Reads a program's output until ``seconds`` have passed, and then kills the program."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        assert process.stdout is not None
        self._process = process
        self._pipe: IO[bytes] = process.stdout
        self._seconds = seconds
        self._deadline = time.monotonic() + seconds

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes, and none at the end. Raises PageOutOfReach on timeout."""
        waiting = select.poll()
        waiting.register(self._pipe, select.POLLIN)
        if not waiting.poll(max(self._deadline - time.monotonic(), 0) * 1000):
            end(self._process)
            raise timeout_error(self._seconds)
        return os.read(self._pipe.fileno(), size)

    def close(self) -> None:
        """Close the pipe. rarfile calls this."""
        self._pipe.close()

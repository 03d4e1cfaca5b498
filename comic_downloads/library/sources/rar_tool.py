"""Find the installed programs that unpack RAR, and unpack with them within a time limit."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import rarfile

from ...domain.errors import ComicOutOfReach, PageOutOfReach
from .source import MIB, timeout_error
from .spool import Spool

CHUNK_BYTES = MIB

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


@dataclass(frozen=True)
class PackedFile:
    """What an archive says about a file; ``crc32`` is None if it says nothing."""

    size_bytes: int
    crc32: int | None


def unpack_whole(
    tools: Sequence[rarfile.ToolSetup],
    path: Path,
    files: Mapping[str, PackedFile],
    seconds: Callable[[int], float],
) -> Spool:
    """Unpack the whole archive with the program that gets furthest.

    If a later program takes too long or runs out of space, the best result so far is kept.

    Args:
        tools: The programs, at least one.
        path: The archive.
        files: All files of the archive in its order.
        seconds: The time that unpacking to a size may take.

    Raises:
        PageOutOfReach: it takes too long.
        ComicOutOfReach: there is too little space.
    """
    best: Spool | None = None
    for tool in tools:
        try:
            spool = _unpack_with(tool, path, files, seconds)
        except (PageOutOfReach, ComicOutOfReach, OSError) as error:
            if best is None:
                raise
            best.cut_short(
                f"It cannot be unpacked now: {error.strerror}."
                if isinstance(error, OSError)
                else error.detail
            )
            break
        if best is None or spool.page_count > best.page_count:
            best, spool = spool, best
        if spool is not None:
            spool.close()
        if best.page_count == len(files):
            break
    assert best is not None
    return best


def _unpack_with(
    tool: rarfile.ToolSetup,
    path: Path,
    files: Mapping[str, PackedFile],
    seconds: Callable[[int], float],
) -> Spool:
    """Unpack with one program, up to the first file of wrong size or checksum."""
    size_bytes = sum(file.size_bytes for file in files.values())
    spool = Spool(size_bytes)
    with subprocess.Popen(
        tool.open_cmdline(None, str(path)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        output = TimedPipe(process, seconds(size_bytes))
        try:
            for name, file in files.items():
                start = spool.begin()
                if not _copy(output, file, spool):
                    break
                spool.finish(name, start)
        except BaseException:
            spool.close()
            raise
        finally:
            end(process)
    return spool


def _copy(source: TimedPipe, file: PackedFile, spool: Spool) -> bool:
    """Copy one file from the program's output; return False if it is short or its CRC is wrong."""
    left, checksum = file.size_bytes, 0
    while left > 0:
        chunk = source.read(min(left, CHUNK_BYTES))
        if not chunk:
            return False
        spool.write(chunk)
        checksum = zlib.crc32(chunk, checksum)
        left -= len(chunk)
    return file.crc32 is None or checksum == file.crc32

"""Wait for what another thread or process does.

This module imports little, because benchmarks measure the memory of processes that import it.
"""

from __future__ import annotations

import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

T = TypeVar("T")
LOG_CHARACTERS = 4000
# A slow machine that is busy may take this long for what takes a second. Only failing tests wait so
# long.
PATIENCE_SECONDS = 120.0


def free_port() -> int:
    """Return a port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(
    what: str,
    done: Callable[[], T | Literal[False] | None],
    seconds: float = PATIENCE_SECONDS,
    every: float = 0.05,
) -> T:
    """Call ``done()`` until it returns a true value, and return that value.

    Raises:
        AssertionError: There was none in time. The message names ``what``.
    """
    deadline = time.monotonic() + seconds
    while not (value := done()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s for {what}")
        time.sleep(every)
    return value


def listens(port: int) -> bool:
    """Return True if somebody accepts connections at the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(url: str) -> bool:
    """Return True if the address answers, and not with an error."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False  # urllib's error for a status of 400 or more is an OSError, too.


def wait_for_server(
    url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = PATIENCE_SECONDS
) -> None:
    """Wait until the address answers.

    Raises:
        RuntimeError: The process ended, or the time is over. The message holds the end of the log.
    """

    def is_up() -> bool:
        if process.poll() is not None:
            output = log.read_text(errors="replace")[-LOG_CHARACTERS:]
            raise RuntimeError(f"The server ended with {process.returncode}:\n{output}")
        return answers(url)

    try:
        wait_for(f"an answer at {url}", is_up, seconds)
    except AssertionError as error:
        raise RuntimeError(
            f"{error}:\n{log.read_text(errors='replace')[-LOG_CHARACTERS:]}"
        ) from error

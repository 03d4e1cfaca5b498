"""Waiting for what another thread or process does. Imports little: the benchmarks measure the memory of what imports it."""

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


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(
    what: str,
    done: Callable[[], T | Literal[False] | None],
    seconds: float = 30.0,
    every: float = 0.05,
) -> T:
    """The first true value ``done()`` gives; fails naming ``what`` when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (value := done()):
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")
        time.sleep(every)
    return value


def listens(port: int) -> bool:
    """True if somebody takes connections at the port."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def answers(url: str) -> bool:
    """True if the address is answered, and not with an error."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:  # what urllib and sockets raise, also for an answer of 400 and more
        return False


def wait_for_server(
    url: str, process: subprocess.Popen[bytes], log: Path, seconds: float = 30.0
) -> None:
    """Returns when the address is answered. Raises RuntimeError with the end of the log when the process ends before."""

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

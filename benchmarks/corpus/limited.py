"""A child process that answers one question a line, within limits of time and memory."""

from __future__ import annotations

import contextlib
import json
import os
import resource
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class Hung(Exception):
    """The child took longer than it may."""


class Crashed(Exception):
    """The child ended before it answered; the text holds the last line it wrote."""


@dataclass
class LimitedProcess:
    """A module that reads lines of JSON and answers each with one.

    It is started when it is needed, and again after it was killed. Its address space is limited,
    so that a bomb ends the child and not the machine.
    """

    module: str
    arguments: list[str]
    seconds: float
    max_megabytes: int
    log: Path
    python: str = sys.executable
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Return the answer.

        Raises:
            Hung: It took too long; the child is killed.
            Crashed: The child ended.
        """
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
            line = self._line(process)
        except (BrokenPipeError, TimeoutError) as error:
            self.end()
            if isinstance(error, TimeoutError):
                raise Hung from None
            line = b""
        if not line:
            self.end()
            raise Crashed(self._last_words())
        return json.loads(line)

    def end(self) -> None:
        """Kill the child and all that it started, if it runs."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            limit = self.max_megabytes * 1_000_000
            with self.log.open("ab") as log:
                self._process = subprocess.Popen(
                    [self.python, "-m", self.module, *self.arguments],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,
                    preexec_fn=lambda: (
                        resource.setrlimit(resource.RLIMIT_AS, (limit, limit)) if limit else None
                    ),
                )
        return self._process

    def _line(self, process: subprocess.Popen[bytes]) -> bytes:
        """Return the child's next line; nothing if it ended. Raises TimeoutError."""
        assert process.stdout is not None
        until, line = time.monotonic() + self.seconds, b""
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while not line.endswith(b"\n"):
                if not selector.select(max(0, until - time.monotonic())):
                    raise TimeoutError
                chunk = os.read(process.stdout.fileno(), 65536)
                if not chunk:
                    return b""
                line += chunk
        return line

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return lines[-1][:300] if lines else "it ended without a word"


def answer(respond: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Answer every line of the standard input by ``respond``, as the child of a LimitedProcess.

    Whatever else is printed goes to the standard error.
    """
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    for line in sys.stdin.buffer:
        answers.write(json.dumps(respond(json.loads(line))).encode() + b"\n")
        answers.flush()

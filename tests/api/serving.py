"""Serve the HTTP interface with Granian, in a thread of the test or in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from granian.constants import Interfaces
from granian.server.embed import Server

from comic_downloads.usecases.context import Context
from comic_downloads.web.api.app import create_api
from comic_downloads.web.live import job_changes
from comic_downloads.wiring import build_context
from tests.waiting import free_port, listens, wait_for

START_TIMEOUT_SECONDS = 60
ROOT = Path(__file__).resolve().parents[2]


class WebProcess:
    """A web process with these variables, which restarts on the same port after a kill."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = environment
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the process and wait until it answers."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.api.serving", str(self.port)],
                cwd=ROOT,
                env={**os.environ, **self._environment},
                stdout=log,
                stderr=log,
            )
        wait_for("the server to listen", lambda: listens(self.port), START_TIMEOUT_SECONDS)

    def signal(self, number: signal.Signals) -> None:
        """Send the signal to the process."""
        assert self._process is not None
        self._process.send_signal(number)

    def kill(self) -> None:
        """As when the power fails."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(timeout=10)
            self._process = None


@contextmanager
def served(context: Context, port: int | None = None) -> Iterator[str]:
    """Serve the interface during the block and yield its address; changes are watched."""
    port = port or free_port()
    server = Server(
        create_api(context),
        port=port,
        interface=Interfaces.ASGINL,
        log_enabled=False,
        websockets=False,
    )
    loop = asyncio.new_event_loop()
    stop = asyncio.Event()

    async def run() -> None:
        watcher = asyncio.create_task(job_changes.watch(context))
        serving = asyncio.create_task(server.serve())
        await stop.wait()
        watcher.cancel()
        server.stop()
        await asyncio.wait([serving], timeout=START_TIMEOUT_SECONDS)

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()))
    thread.start()
    try:
        wait_for("the server to listen", lambda: listens(port), START_TIMEOUT_SECONDS)
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


def main() -> None:
    """Serve until the process is killed."""
    with served(build_context(), int(sys.argv[1])):
        threading.Event().wait()


if __name__ == "__main__":
    main()

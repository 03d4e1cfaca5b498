"""One web process needs no parent; where there are several, one that hangs or dies is replaced."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.waiting import free_port, listens, wait_for

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Server:
    """A web server, by the process that was started."""

    url: str
    process: subprocess.Popen[bytes]
    has_several: bool

    def processes(self) -> set[int]:
        """Return the processes that answer requests."""
        return self.children() if self.has_several else {self.process.pid}

    def children(self) -> set[int]:
        path = Path(f"/proc/{self.process.pid}/task")
        children = [task.read_text().split() for task in path.glob("*/children")]
        return {int(pid) for pids in children for pid in pids}

    def answers(self) -> bool:
        try:
            return httpx.get(self.url, timeout=1).is_success
        except httpx.TransportError:
            return False


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[int], Server]]:
    """Yield a function that starts a server with as many processes."""
    started: list[subprocess.Popen[bytes]] = []

    def start_server(workers: int) -> Server:
        port = free_port()
        beaten = tmp_path / "beaten"
        beaten.mkdir()
        command = [sys.executable, "-m", "tests.web.beating_app", str(port), str(workers), beaten]
        started.append(subprocess.Popen(command, cwd=ROOT, start_new_session=True))
        server = Server(f"http://127.0.0.1:{port}", started[-1], has_several=workers > 1)
        # Only the silence of a process that has beaten can be noticed.
        wait_for("all processes to beat", lambda: len(list(beaten.iterdir())) == workers)
        assert {int(file.name) for file in beaten.iterdir()} == server.processes()
        wait_for("the server to listen", lambda: listens(port))
        return server

    yield start_server
    for process in started:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=10)


def test_only_web_process_answers_by_itself_and_ends_when_it_is_asked_to(
    start: Callable[[int], Server],
):
    server = start(1)

    assert httpx.get(server.url).text == str(server.process.pid)
    assert server.children() == set()

    server.process.send_signal(signal.SIGINT)
    assert server.process.wait(timeout=20) == 0


@pytest.mark.parametrize("how", [signal.SIGSTOP, signal.SIGKILL])
def test_process_that_hangs_or_dies_is_replaced(
    start: Callable[[int], Server], how: signal.Signals
):
    server = start(2)
    old = server.processes()
    victim = min(old)

    os.kill(victim, how)

    new = wait_for(
        "another process",
        lambda: victim not in (now := server.processes()) and len(now) == 2 and now,
    )
    assert new & old == old - {victim}
    assert wait_for("an answer", server.answers)


@pytest.mark.parametrize("workers", [1, 2])
def test_process_is_left_alone_while_no_other_one_runs(
    start: Callable[[int], Server], workers: int
):
    server = start(workers)
    processes = server.processes()

    for pid in processes:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(12)  # Twice as long as it takes to be noticed.
    assert server.processes() == processes
    for pid in processes:
        os.kill(pid, signal.SIGCONT)

    assert wait_for("an answer", server.answers)
    assert server.processes() == processes

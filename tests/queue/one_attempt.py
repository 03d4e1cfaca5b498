"""An attempt in a process of its own that kills itself at a chosen file operation or commit."""

from __future__ import annotations

import itertools
import logging
import multiprocessing
import os
import signal
import sys
from pathlib import Path

from sqlalchemy import event

from comic_downloads.settings import Settings
from comic_downloads.usecases.preparing.worker_job import WorkerHooks, prepare_next
from comic_downloads.wiring import build_context

FILE_STEPS = frozenset(
    {
        "open",
        "os.rename",
        "os.remove",
        "os.mkdir",
        "os.rmdir",
        "os.truncate",
        "fcntl.flock",
        "os.utime",
    }
)

# This server is forked for every attempt: importing everything takes a second, and pytest itself,
# which has threads, must not be forked.
_fork_server = multiprocessing.get_context("forkserver")
_fork_server.set_forkserver_preload([__name__])


def prepare_and_die(environment: dict[str, str], worker_id: str, kill_at: int, log: Path) -> int:
    """Run ``prepare_next`` until its ``kill_at``-th step.

    Returns:
        The exit code: -9 if the attempt was killed, 0 if it had fewer steps.
    """
    process = _fork_server.Process(target=_attempt, args=(environment, worker_id, kill_at, log))
    process.start()
    process.join(60)
    assert process.exitcode is not None
    return process.exitcode


def _attempt(environment: dict[str, str], worker_id: str, kill_at: int, log: Path) -> None:
    logging.basicConfig(filename=log, level=logging.DEBUG, format="%(name)s %(message)s")
    context = build_context(
        Settings.model_validate({name.lower(): value for name, value in environment.items()})
    )
    steps = itertools.count(1)
    folder = environment["DATA_DIR"]

    def step(*_: object) -> None:
        if next(steps) == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(name: str, arguments: tuple[object, ...]) -> None:
        if name in FILE_STEPS and (name == "fcntl.flock" or str(arguments[0]).startswith(folder)):
            step()

    event.listen(context.db.engine, "commit", step)
    sys.addaudithook(watch)
    prepare_next(context, WorkerHooks(worker_id, lambda: False, hard_exit=lambda: os._exit(1)))

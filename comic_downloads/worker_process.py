"""What one worker process does: the duties it is woken for, and the look-out that needs no waking.

The look-out is a thread in every worker process and never a queued task, so that a broken queue cannot stop recovery.
"""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import IO

from sqlalchemy.exc import SQLAlchemyError

from .db import workers
from .db.tables import Worker
from .usecases import maintain
from .usecases.context import Context
from .usecases.prepare_download import WorkerHooks, prepare_next
from .usecases.scan_library import run_requested_scans

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 1.0
SPEAK_EVERY_SECONDS = 5.0
EXIT_HUNG = 70  # EX_SOFTWARE of sysexits.h


class WorkerProcess:
    """One process of a worker. ``stopping`` says that its consumer shuts down."""

    def __init__(self, context: Context, stopping: Callable[[], bool]) -> None:
        self._context = context
        self._consumer_stopping = stopping
        self._parent = os.getppid()
        self._busy = threading.Event()
        self._row = Worker(id="", host=socket.gethostname(), pid=0)
        self._spoke = 0.0
        self._alive_lock: IO[bytes] | None = None

    # --- called by Huey ---

    def start(self) -> None:
        """Begins the life of this process, after the fork."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the consumer tells us to stop
        self._parent = os.getppid()
        self._row.id = maintain.new_worker_id(self._context)
        self._row.pid = os.getpid()
        self._alive_lock = _hold(self._alive_folder / self._row.id)
        self._speak()
        threading.Thread(target=self._look_out, name="look-out", daemon=True).start()

    def end(self) -> None:
        """Ends it in order: nobody has to wait for this process to be missed."""
        with self._context.db.write() as session:
            workers.forget_workers(session, [self._row.id])
        (self._alive_folder / self._row.id).unlink(missing_ok=True)

    def prepare_jobs(self) -> None:
        """Prepares jobs until none may run."""
        hooks = WorkerHooks(self._row.id, self.stopping, abandon=_end_process)
        self._busy.set()
        try:
            while not self.stopping() and prepare_next(self._context, hooks):
                maintain.tidy_work_folders(self._context)
            maintain.tidy_work_folders(self._context)
        finally:
            self._busy.clear()

    def scan_library(self) -> None:
        self._busy.set()
        try:
            run_requested_scans(self._context, self.stopping)
        finally:
            self._busy.clear()

    def purge(self) -> None:
        if maintain.once_per(self._context, "purge", self._slot(minutes=1)):
            maintain.purge(self._context)

    def reconcile(self) -> None:
        if maintain.once_per(self._context, "reconcile", self._slot(minutes=60)):
            maintain.reconcile(self._context)

    # --- the look-out ---

    def stopping(self) -> bool:
        """True once the consumer shuts down or is dead; orphans must not work on."""
        return self._consumer_stopping() or os.getppid() != self._parent

    def _look_out(self) -> None:
        while not self.stopping():
            try:
                self._look()
            except (SQLAlchemyError, OSError) as error:
                log.warning("looking out failed, trying again: %s", error, extra={"action": "look_out"})
            time.sleep(LOOK_EVERY_SECONDS)
        if os.getppid() != self._parent and not self._busy.is_set():
            _end_process()

    def _look(self) -> None:
        self._speak()
        maintain.recover_lost_jobs(self._context, self._dead_neighbours())
        maintain.note_disk_waits(self._context)
        if self._busy.is_set():
            return
        if maintain.work_is_due(self._context):
            self._context.ring()
        if maintain.scan_is_due(self._context):
            self._context.ring_scan()

    def _speak(self) -> None:
        if time.monotonic() - self._spoke < SPEAK_EVERY_SECONDS:
            return
        with self._context.db.write() as session:
            workers.say_alive(session, self._row.model_copy())
        self._spoke = time.monotonic()

    # --- who died on this machine ---

    @property
    def _alive_folder(self) -> Path:
        return self._context.settings.data / "work" / "alive"

    def _dead_neighbours(self) -> list[str]:
        """Processes of this machine whose lock the kernel has freed: no need to wait until their leases lapse."""
        dead = []
        for path in self._alive_folder.iterdir():
            if path.name != self._row.id and not path.name.startswith(".") and _is_free(path):
                dead.append(path.name)
                path.unlink(missing_ok=True)
        return dead

    def _slot(self, minutes: int) -> datetime:
        now = self._context.clock()
        return now.replace(minute=now.minute - now.minute % minutes if minutes < 60 else 0, second=0, microsecond=0)


def _hold(path: Path) -> IO[bytes]:
    """Takes the lock before neighbours can see the file, else they might think it free and us dead."""
    path.parent.mkdir(parents=True, exist_ok=True)
    hidden = path.with_name(f".{path.name}")
    file = hidden.open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    hidden.rename(path)
    return file


def _is_free(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False  # a neighbour was faster
    except BlockingIOError:
        return False
    return True


def _end_process() -> None:
    os._exit(EXIT_HUNG)

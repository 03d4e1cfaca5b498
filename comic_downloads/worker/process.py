"""What one worker process does: the duties it is woken for, and the look-out that needs no waking.

The look-out is a thread in every worker process and never a queued task, so that a broken queue cannot stop recovery.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from ..files.locks import hold_for_life, is_free, try_lock
from ..usecases.artifacts import scrub
from ..usecases.context import Context
from ..usecases.library.page_images import drop_thumbnails
from ..usecases.library.scan import run_requested_scans
from ..usecases.operations import maintenance
from ..usecases.preparing.attempt import WorkerHooks, prepare_next

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 1.0
SPEAK_EVERY_SECONDS = 5.0
DROP_PAGES_EVERY_SECONDS = 60.0
TURN_SECONDS = 20.0  # after so long other duties in the queue get their turn
END_AFTER_SECONDS = 9.5  # a stop is enforced; what a job needs for it happens before (see usecases/preparing/heartbeat.py)
EXIT_HUNG = 70  # EX_SOFTWARE of sysexits.h


class WorkerProcess:
    """One process of a worker, made in the consumer before it forks. ``stopping`` says that the consumer shuts down."""

    def __init__(self, context: Context, stopping: Callable[[], bool]) -> None:
        self._context = context
        self._consumer_stopping = stopping
        self._consumer = os.getpid()
        self._idle = threading.Event()
        self._id = ""
        self._spoke = 0.0
        self._asked_for_work = 0.0
        self._looked_unasked = 0.0
        self._asked_slots: dict[str, datetime] = {}
        self._dropped_pages = 0.0
        self._alive_lock: IO[bytes] | None = None

    # --- called by Huey ---

    def start(self) -> None:
        """Begins the life of this process, after the fork; without its lock it had better not live."""
        signal.signal(
            signal.SIGINT, signal.SIG_IGN
        )  # Ctrl-C reaches the whole group; the consumer tells us to stop
        self._idle.set()
        self._id = maintenance.new_worker_id(self._context)
        try:
            self._alive_lock = hold_for_life(self._alive_folder / self._id)
        except OSError:
            log.exception("cannot begin", extra={"action": "worker_start"})
            _end_process()
        threading.Thread(target=self._look_out, name="look-out", daemon=True).start()

    def end(self) -> None:
        """Ends it in order: nobody has to wait for this process to be missed."""
        maintenance.say_gone(self._context, self._id)
        (self._alive_folder / self._id).unlink(missing_ok=True)

    def prepare_jobs(self) -> None:
        """Prepares jobs until none may run, giving way to other duties now and then."""
        hooks = WorkerHooks(self._id, self.stopping, hard_exit=_end_process)
        until = time.monotonic() + TURN_SECONDS
        with self._at_work():
            while not self.stopping() and prepare_next(self._context, hooks):
                if time.monotonic() > until:
                    self._context.notify_workers()
                    return

    def scan_library(self) -> None:
        with self._at_work():
            run_requested_scans(self._context, self._must_leave_scan)

    def _must_leave_scan(self) -> bool:
        """True when stopping, and for a process that is alone also when a download waits; what it does then goes on later."""
        if self.stopping():
            return True
        now = time.monotonic()
        if (
            self._context.settings.process_count > 1
            or now - self._asked_for_work < LOOK_EVERY_SECONDS
        ):
            return False
        self._asked_for_work = now
        return maintenance.work_is_due(self._context)

    def purge(self) -> None:
        if self._is_ours("purge", minutes=1):
            maintenance.purge(self._context)

    def reconcile(self) -> None:
        if self._is_ours("reconcile", minutes=60):
            maintenance.reconcile(self._context)
            drop_thumbnails(self._context)
            scrub(self._context, self._must_leave_scan)

    def _is_ours(self, duty: str, minutes: int) -> bool:
        """True for the one process, of all machines, that does the duty in this slot of so many minutes."""
        now = self._context.clock()
        slot = now.replace(minute=now.minute - now.minute % minutes, second=0, microsecond=0)
        if self._asked_slots.get(duty) == slot:
            return False
        is_ours = maintenance.once_per(self._context, duty, slot)
        self._asked_slots[duty] = slot
        return is_ours

    def run_due_work(self) -> None:
        """Called often while no message comes: does, once a second, what the messages would have said."""
        now = time.monotonic()
        if now - self._looked_unasked < LOOK_EVERY_SECONDS or self.stopping():
            return
        self._looked_unasked = now
        try:
            if maintenance.work_is_due(self._context):
                self.prepare_jobs()
            if maintenance.scan_is_due(self._context):
                self.scan_library()
            self.purge()
            self.reconcile()
        except Exception:  # whatever it was, the process must go on
            log.exception(
                "the work that is due failed, trying again", extra={"action": "do_what_is_due"}
            )

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        self._idle.clear()
        try:
            yield
        finally:
            self._idle.set()

    # --- the look-out ---

    def stopping(self) -> bool:
        """True once the consumer shuts down or is dead; orphans must not work on."""
        return self._consumer_stopping() or self._is_orphan()

    def _is_orphan(self) -> bool:
        return os.getppid() != self._consumer

    def _look_out(self) -> None:
        while not self.stopping():
            try:
                self._look()
            except Exception:  # whatever it was, recovery must go on
                log.exception("looking out failed, trying again", extra={"action": "look_out"})
            time.sleep(LOOK_EVERY_SECONDS)
        self._idle.wait(END_AFTER_SECONDS) if self._is_orphan() else time.sleep(END_AFTER_SECONDS)
        _end_process()

    def _look(self) -> None:
        self._speak()
        self._recover()
        self._tidy()
        if not self._idle.is_set():
            return
        if maintenance.work_is_due(self._context):
            self._context.notify_workers()
        if maintenance.scan_is_due(self._context):
            self._context.notify_scan()

    def _speak(self) -> None:
        if time.monotonic() - self._spoke < SPEAK_EVERY_SECONDS:
            return
        maintenance.say_alive(self._context, self._id)
        self._spoke = time.monotonic()
        maintenance.note_disk_waits(self._context)

    def _recover(self) -> None:
        """Takes jobs from the dead: those silent for too long, and at once those of this machine's dead processes."""
        dead = [
            path
            for path in self._alive_folder.glob("[!.]*")
            if path.name != self._id and is_free(path)
        ]
        maintenance.recover_lost_jobs(self._context, [path.name for path in dead])
        for path in dead:
            path.unlink(missing_ok=True)

    def _tidy(self) -> None:
        lock = try_lock(self._work_folder / "tidying")
        if lock is None:
            return  # Another process of this machine is doing it.
        with lock:
            maintenance.tidy_machine(self._context)
            if time.monotonic() - self._dropped_pages > DROP_PAGES_EVERY_SECONDS:
                self._dropped_pages = time.monotonic()
                maintenance.drop_old_pages(self._context)

    @property
    def _work_folder(self) -> Path:
        return self._context.settings.work_dir

    @property
    def _alive_folder(self) -> Path:
        return self._work_folder / "alive"


def _end_process() -> None:
    os._exit(EXIT_HUNG)

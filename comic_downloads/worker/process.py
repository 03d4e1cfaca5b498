"""One worker process: the tasks it runs on messages, and a watch thread that needs none.

The watch is a thread in every worker process and never a queued task, so that a broken queue cannot
stop recovery.
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
from ..free_memory import return_free_memory
from ..logs.repeated import RepeatedFailure
from ..process_heartbeat import Heartbeat, Silence
from ..usecases.accounts.removal import continue_removals
from ..usecases.artifacts import scrub
from ..usecases.context import Context
from ..usecases.delivery.layout_digests import LayoutDigests
from ..usecases.disk import refill_reserve
from ..usecases.library.following import follow_changes, request_due_scan
from ..usecases.library.page_images import drop_thumbnails
from ..usecases.library.scan import run_requested_scans
from ..usecases.library.upload import drop_cut_uploads
from ..usecases.operations import maintenance
from ..usecases.preparing.worker_job import WorkerHooks, prepare_next
from ..usecases.sending.outgoing import send_due

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
HEARTBEAT_SECONDS = 5.0  # Between two writes of the heartbeat that the database keeps.
DROP_PAGES_EVERY_SECONDS = 60.0
DIGEST_EVERY_SECONDS = 3.0
OTHER_WORK_SECONDS = 0.25  # Between two looks for work that is more urgent.
# How often it is asked whether the library is to be looked through.
LOOK_SECONDS = 2.0
# After this time, other tasks in the queue get their turn.
TURN_SECONDS = 20.0
# A stop is enforced after this time; jobs are put back before (usecases/preparing/heartbeat.py).
END_AFTER_SECONDS = 9.5
# No answer of the database or the queue is waited for as long as this.
STUCK_AFTER_SECONDS = 300.0
EXIT_HUNG = 70  # EX_SOFTWARE of sysexits.h


class WorkerProcess:
    """One process of a worker, created in the consumer before it forks.

    Args:
        context: The services of the worker.
        consumer_stopping: Return True once the consumer shuts down.
    """

    def __init__(self, context: Context, consumer_stopping: Callable[[], bool]) -> None:
        self._context = context
        self._consumer_stopping = consumer_stopping
        self._consumer = os.getpid()
        self._idle = threading.Event()
        self._ended = threading.Event()
        self._id = ""
        self._checked_slots: dict[str, datetime] = {}
        self._alive_lock: IO[bytes] | None = None
        # The turns of the two threads on which a process depends, apart from a job's own.
        self._main_turns = Heartbeat()
        self._watch_turns = Heartbeat()
        self._tidying = False
        self._watch_failure = RepeatedFailure(
            log, "The watch", context.monotonic, {"action": "watch_failed"}
        )
        self._due_work_failure = RepeatedFailure(
            log, "Due work", context.monotonic, {"action": "due_work_failed"}
        )
        self._mail_failure = RepeatedFailure(
            log, "Sending mails", context.monotonic, {"action": "mails_failed"}
        )
        self._heartbeat_timer = _Timer(context, HEARTBEAT_SECONDS)
        self._jobs_check_timer = _Timer(context, POLL_SECONDS)
        self._due_work_timer = _Timer(context, POLL_SECONDS)
        self._look_timer = _Timer(context, LOOK_SECONDS)
        self._drop_pages_timer = _Timer(context, DROP_PAGES_EVERY_SECONDS)
        self._digests_timer = _Timer(context, DIGEST_EVERY_SECONDS)
        self._other_work_timer = _Timer(context, OTHER_WORK_SECONDS)
        self._layout_digests = LayoutDigests(context, time.sleep)

    # --- called by Huey ---

    def begin(self, heartbeat: Heartbeat) -> None:
        """Beat from now on, in a thread that waits for nothing; the consumer watches it."""
        threading.Thread(
            target=self._beat, args=(heartbeat,), name="heartbeat", daemon=True
        ).start()

    def note_turn(self) -> None:
        """Note that the main loop is not stuck."""
        self._main_turns.beat()

    def start(self) -> None:
        """Begin the life of this process, after the fork; exit at once if that fails.

        Without its lock file the other processes would take this one for dead.
        """
        # Ctrl-C reaches the whole process group, but it is the consumer that stops this process.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._idle.set()
        self._id = maintenance.new_worker_id(self._context)
        try:
            self._alive_lock = hold_for_life(self._alive_folder / self._id)
        except OSError:
            log.exception("Worker process could not start", extra={"action": "worker_start"})
            _exit_now()
        threading.Thread(target=self._watch, name="watch", daemon=True).start()
        threading.Thread(target=self._follow_library, name="library", daemon=True).start()
        if self._context.mailer is not None:
            threading.Thread(target=self._send_mails, name="mail", daemon=True).start()

    def end(self) -> None:
        """Sign this process off, so that the others need not wait until they miss it."""
        maintenance.unregister_worker(self._context, self._id)
        (self._alive_folder / self._id).unlink(missing_ok=True)

    def prepare_jobs(self) -> None:
        """Prepare jobs until none is due, with a break for other tasks now and then."""
        hooks = WorkerHooks(self._id, self.stopping, hard_exit=_exit_now)
        turn_ends = self._context.monotonic() + TURN_SECONDS
        with self._working():
            while not self.stopping() and prepare_next(self._context, hooks):
                if self._context.monotonic() > turn_ends:
                    self._context.notify_workers()
                    return

    def scan_library(self) -> None:
        """Run the library scans that were requested."""
        with self._working():
            run_requested_scans(self._context, self._must_interrupt, self._must_yield)

    def _must_yield(self) -> bool:
        """Return True if a job is due that no other process has taken for a moment."""
        if not self._jobs_check_timer.is_due():
            return False
        self._jobs_check_timer.restart()
        return maintenance.work_is_due(self._context)

    def _must_interrupt(self) -> bool:
        """Return True if long work has to stop and continue later.

        That is when the worker shuts down, and in the only process of a worker when a job is due.
        """
        if self.stopping():
            return True
        if self._context.settings.process_count > 1 or not self._jobs_check_timer.is_due():
            return False
        self._jobs_check_timer.restart()
        return maintenance.work_is_due(self._context)

    def purge(self) -> None:
        """Delete what has expired and what removed accounts left, once a minute."""
        if self._takes_slot("purge", minutes=1):
            with self._working():
                continue_removals(self._context)
                maintenance.purge(self._context)

    def reconcile(self) -> None:
        """Compare rows with stored files, once an hour on one of all machines."""
        if self._takes_slot("reconcile", minutes=60):
            with self._working():
                maintenance.reconcile(self._context)
                drop_thumbnails(self._context)
                drop_cut_uploads(self._context)
                scrub(self._context, self._must_interrupt)

    def _takes_slot(self, task: str, minutes: int) -> bool:
        """Return True in the one process, of all machines, that does the task in this slot."""
        now = self._context.clock()
        slot = now.replace(minute=now.minute - now.minute % minutes, second=0, microsecond=0)
        if self._checked_slots.get(task) == slot:
            return False
        taken = maintenance.once_per(self._context, task, slot)
        self._checked_slots[task] = slot
        return taken

    def digest_layouts(self) -> None:
        """Find the digests of layouts while nothing else is due, in one process of this machine.

        It ends after a turn and continues later.
        """
        if not self._digests_timer.is_due():
            return
        self._digests_timer.restart()
        lock = try_lock(self._work_folder / "digesting")
        if lock is None:
            return
        turn_ends = self._context.monotonic() + TURN_SECONDS
        with lock, self._working():
            self._layout_digests.work(
                lambda: self._context.monotonic() > turn_ends or self._has_other_work()
            )

    def _has_other_work(self) -> bool:
        """Return True if the process stops, or if a job or a scan is due; look now and then."""
        if self.stopping() or not self._other_work_timer.is_due():
            return self.stopping()
        self._other_work_timer.restart()
        return maintenance.work_is_due(self._context) or maintenance.scan_is_due(self._context)

    def run_due_work(self) -> None:
        """Do what messages would have asked for, at most once a second; errors are logged."""
        if self.stopping() or not self._due_work_timer.is_due():
            return
        self._due_work_timer.restart()
        self.attempt(self._do_due_work)

    def _do_due_work(self) -> None:
        if maintenance.work_is_due(self._context):
            self.prepare_jobs()
        if maintenance.scan_is_due(self._context):
            self.scan_library()
        self.purge()
        self.reconcile()
        self.digest_layouts()

    def attempt(self, task: Callable[[], None]) -> None:
        """Run the task; log its error instead of raising it, since the work is found again."""
        try:
            task()
        # The process must continue, whatever the error was.
        except Exception as error:  # noqa: BLE001 - ``note`` logs it
            self._due_work_failure.note(error)
        else:
            self._due_work_failure.end()

    @contextmanager
    def _working(self) -> Iterator[None]:
        self._idle.clear()
        try:
            yield
        finally:
            return_free_memory()
            self._idle.set()

    # --- the heartbeat thread ---

    def _beat(self, heartbeat: Heartbeat) -> None:
        """Beat every second, and exit the process if one of its other threads is stuck.

        The thread touches neither disk nor database: while these do not answer, a process that
        waits for them is alive.
        """
        monotonic = self._context.monotonic
        main = Silence(self._main_turns, monotonic)
        watch = Silence(self._watch_turns, monotonic)
        while True:
            heartbeat.beat()
            if not self._idle.is_set():
                self._main_turns.beat()  # Jobs and scans have time limits of their own.
            if self._tidying:
                self._watch_turns.beat()  # A slow disk takes its time.
            for name, silence in (("main loop", main), ("watch thread", watch)):
                if silence.lasts_longer_than(STUCK_AFTER_SECONDS):
                    log.error(
                        "The %s is stuck; its process is ended",
                        name,
                        extra={"action": "worker_hung"},
                    )
                    _exit_now()
            time.sleep(POLL_SECONDS)

    # --- the watch thread ---

    def stopping(self) -> bool:
        """Return True once the consumer shuts down or is dead; orphans must not work on."""
        return self._consumer_stopping() or self._is_orphan()

    def _is_orphan(self) -> bool:
        return os.getppid() != self._consumer

    def _watch(self) -> None:
        while not self.stopping():
            self._watch_turns.beat()
            try:
                self._poll()
            # Recovery must continue, whatever the error was.
            except Exception as error:  # noqa: BLE001 - ``note`` logs it
                self._watch_failure.note(error)
            else:
                self._watch_failure.end()
            time.sleep(POLL_SECONDS)
        self._ended.set()
        self._idle.wait(END_AFTER_SECONDS) if self._is_orphan() else time.sleep(END_AFTER_SECONDS)
        _exit_now()

    def _poll(self) -> None:
        self._send_heartbeat()
        self._recover()
        self._tidy()
        if not self._idle.is_set():
            return
        if maintenance.work_is_due(self._context):
            self._context.notify_workers()
        if self._look_timer.is_due():
            self._look_timer.restart()
            request_due_scan(self._context)
        if maintenance.scan_is_due(self._context):
            self._context.notify_scan()

    def _follow_library(self) -> None:
        """Watch the library folder for its changes, in one process of each machine."""
        while not self._ended.wait(LOOK_SECONDS):
            lock = try_lock(self._work_folder / "watching")
            if lock is not None:
                with lock:
                    follow_changes(self._context, self._ended)
                return

    def _send_mails(self) -> None:
        """Send mails that are due, whatever the other threads do; errors are logged."""
        while not self._ended.wait(LOOK_SECONDS):
            try:
                send_due(self._context, self.stopping)
            # Other mails must be sent, whatever the error was.
            except Exception as error:  # noqa: BLE001 - ``note`` logs it
                self._mail_failure.note(error)
            else:
                self._mail_failure.end()

    def _send_heartbeat(self) -> None:
        if not self._heartbeat_timer.is_due():
            return
        maintenance.register_worker(self._context, self._id)
        self._heartbeat_timer.restart()
        maintenance.note_disk_waits(self._context)

    def _recover(self) -> None:
        """Take jobs from silent workers, and at once from dead processes of this machine."""
        dead = [
            path
            for path in self._alive_folder.glob("[!.]*")
            if path.name != self._id and is_free(path)
        ]
        maintenance.recover_lost_jobs(self._context, [path.name for path in dead])
        for path in dead:
            path.unlink(missing_ok=True)

    def _tidy(self) -> None:
        """Clean up this machine's work folders, unless another of its processes is doing it."""
        lock = try_lock(self._work_folder / "tidying")
        if lock is None:
            return
        self._tidying = True
        try:
            with lock:
                maintenance.tidy_machine(self._context)
                if self._drop_pages_timer.is_due():
                    self._drop_pages_timer.restart()
                    maintenance.drop_old_pages(self._context)
                    refill_reserve(self._context)
        finally:
            self._tidying = False

    @property
    def _work_folder(self) -> Path:
        return self._context.settings.work_dir

    @property
    def _alive_folder(self) -> Path:
        return self._work_folder / "alive"


class _Timer:
    """Is due at first, and again so many seconds after each restart."""

    def __init__(self, context: Context, seconds: float) -> None:
        self._monotonic = context.monotonic
        self._seconds = seconds
        self._started: float | None = None

    def is_due(self) -> bool:
        return self._started is None or self._monotonic() - self._started >= self._seconds

    def restart(self) -> None:
        self._started = self._monotonic()


def _exit_now() -> None:
    os._exit(EXIT_HUNG)

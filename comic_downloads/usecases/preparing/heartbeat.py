"""The heartbeat of one attempt: a thread that keeps the lease and notices when work has to stop."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from ...db import leases
from ...db.leases import Lease
from ...domain.errors import DatabaseError, JobError, LeaseLost, TimedOut
from ...domain.job import Phase
from ..context import Context

log = logging.getLogger(__name__)

# Short enough that a click on Pause takes effect within a second.
POLL_SECONDS = 0.4
# The shortest interval between two writes of the progress.
WRITE_EVERY_SECONDS = 0.25
# A stop is enforced if the page in hand delays it for longer than this.
LEAVE_AFTER_SECONDS = 8.0
# How long work may take after its time limit to notice the limit by itself.
TIMEOUT_GRACE_SECONDS = 60
# Work in these phases reports nothing on the way, so only the total time counts.
_SILENT_PHASES = frozenset({Phase.VERIFYING, Phase.STORING})


class WorkerStopping(Exception):
    """Raised when the worker shuts down: the job is put back without counting the attempt."""


class LeaseHeartbeat:
    """Keeps the lease while the ``with`` block runs; the work calls ``check`` between pages.

    Args:
        context: The services of this process.
        lease: The lease to renew.
        should_stop: Return True once the worker shuts down.
        hard_exit: End the process; called if the work hangs.
    """

    def __init__(
        self,
        context: Context,
        lease: Lease,
        should_stop: Callable[[], bool],
        hard_exit: Callable[[], None],
    ) -> None:
        self.lease = lease
        self._context = context
        self._should_stop = should_stop
        self._hard_exit = hard_exit
        self._started = context.monotonic()
        self._renewed = self._started
        self._progressed = self._started
        self._phase = Phase.WAITING
        self._written: float | None = None
        self._lost = threading.Event()
        self._lost_at: float | None = None  # When this thread noticed it.
        self._done = threading.Event()
        self._stopping_since: float | None = None
        self._thread = threading.Thread(target=self._run, name=f"lease-{lease.job_id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()

    def check(self) -> None:
        """Return if the work may continue.

        Raises:
            LeaseLost: Another attempt has the job, or it was paused or cancelled.
            WorkerStopping: The worker shuts down.
            TimedOut: The attempt takes longer than JOB_TIMEOUT_SECONDS.
        """
        if self._lost.is_set():
            raise LeaseLost
        if self._stopping_since is not None:
            raise WorkerStopping
        if self._context.monotonic() - self._started > self._context.settings.job_timeout_seconds:
            raise self._timeout_error()

    def report(self, phase: Phase, *, force: bool = False, **changes: Any) -> None:
        """Note that the work makes progress, and write it unless it was written a moment ago.

        Args:
            phase: What the work is doing.
            force: Write in any case.
            changes: Columns of the job to write. Raises as ``check`` does.
        """
        self.check()
        now = self._context.monotonic()
        self._progressed = now
        self._phase = phase
        if not force and self._written is not None and now - self._written < WRITE_EVERY_SECONDS:
            return
        self._written = now
        with self._context.db.write() as session:
            if not leases.record_progress(session, self.lease, phase=phase, **changes):
                self._lost.set()
        self.check()

    def _run(self) -> None:
        while not self._done.wait(POLL_SECONDS):
            if self._lost.is_set():
                self._enforce_end(self._context.monotonic())
                continue
            try:
                self._poll()
            except DatabaseError as error:
                self._handle_database_error(error)

    def _poll(self) -> None:
        now = self._context.monotonic()
        if not self._keep_lease(now):
            self._lost.set()
        elif self._should_stop():
            self._stop(now)
        elif error := self._hang_error(now):
            log.error(
                "Work hangs; its process is ended: %s",
                error.detail,
                extra=self.lease.logged("hung"),
            )
            fail_attempt(self._context, self.lease, error)
            self._hard_exit()

    def _keep_lease(self, now: float) -> bool:
        """Renew the lease if a quarter of it is over, else only read it; return False if lost."""
        lease_seconds = self._context.settings.lease_seconds
        if now - self._renewed < lease_seconds / 4:
            with self._context.db.read() as session:
                return leases.still_held(session, self.lease)
        with self._context.db.write() as session:
            held = leases.renew_lease(session, self.lease, lease_seconds)
        self._renewed = now
        return held

    def _handle_database_error(self, error: DatabaseError) -> None:
        """Give the lease up for lost once it has lapsed without an answer of the database."""
        log.warning(
            "Database did not answer: %s", error.reason, extra=self.lease.logged("heartbeat")
        )
        if self._context.monotonic() - self._renewed > self._context.settings.lease_seconds:
            self._lost.set()

    def _stop(self, now: float) -> None:
        self._stopping_since = self._stopping_since or now
        if now - self._stopping_since > LEAVE_AFTER_SECONDS:
            release(self._context, self.lease)
            self._hard_exit()

    def _enforce_end(self, now: float) -> None:
        """End the process if the work does not return to ``check`` after the lease was lost."""
        self._lost_at = self._lost_at or now
        if now - self._lost_at > self._context.settings.stall_timeout_seconds:
            log.error(
                "Work hangs after its lease was lost; its process is ended",
                extra=self.lease.logged("hung"),
            )
            self._hard_exit()

    def _hang_error(self, now: float) -> TimedOut | None:
        """Return the error to fail the attempt with if the work does not return to ``check``."""
        stall = self._context.settings.stall_timeout_seconds
        if self._phase not in _SILENT_PHASES and now - self._progressed > stall:
            return TimedOut(f"No page was finished for {stall} seconds.")
        if now - self._started > self._context.settings.job_timeout_seconds + TIMEOUT_GRACE_SECONDS:
            return self._timeout_error()
        return None

    def _timeout_error(self) -> TimedOut:
        limit = self._context.settings.job_timeout_seconds
        return TimedOut(
            f"Preparing took longer than {limit} seconds. Pick fewer pages, or raise "
            "JOB_TIMEOUT_SECONDS."
        )


def release(context: Context, lease: Lease) -> None:
    """Put the job back into the queue without counting this attempt."""
    with context.db.write() as session:
        leases.release(session, lease)


def fail_attempt(context: Context, lease: Lease, error: JobError) -> None:
    """End the attempt with an error.

    The job waits for its next attempt if the error is retryable and an attempt is left; otherwise
    it has failed.
    """
    with context.db.write() as session:
        held = leases.end_attempt(session, lease, error, random.random())
    log.warning(
        "Attempt ended with an error: %s (%s)",
        error.detail,
        error.code,
        extra=lease.logged("attempt_failed" if held else "fenced"),
    )

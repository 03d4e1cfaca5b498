"""Keeps the lease of one attempt from a thread of its own, and tells the work when to stop."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from ...db import leases
from ...db.leases import Lease
from ...db.session import DatabaseError
from ...domain.errors import JobError, LeaseLost, TimedOut
from ...domain.job import Phase
from ..context import Context

log = logging.getLogger(__name__)

POLL_SECONDS = 0.4  # a click on Pause is felt within a second
WRITE_EVERY_SECONDS = 0.25  # at most this often is progress written
LEAVE_AFTER_SECONDS = 8.0  # a stop that the page in hand delays longer than this is enforced
TIMEOUT_GRACE_SECONDS = 60  # how long work that is over its time may take to notice it by itself
_SILENT_PHASES = frozenset(
    {Phase.VERIFYING, Phase.STORING}
)  # these report nothing on the way: only the whole time counts


class WorkerStopping(Exception):
    """The worker was told to stop; the job goes back to the queue without costing an attempt."""


class LeaseHeartbeat:
    """One attempt's lease. Use as a context manager around the work; the work calls ``check`` between pages.

    ``should_stop`` says that the worker shuts down. ``hard_exit`` ends the process: the last resort when the work hangs.
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
        self._started = time.monotonic()
        self._renewed = self._started
        self._progressed = self._started
        self._phase = Phase.WAITING
        self._written = 0.0
        self._lost = threading.Event()
        self._lost_at: float | None = None  # when the watching thread noticed it
        self._done = threading.Event()
        self._stopping_since: float | None = None
        self._thread = threading.Thread(
            target=self._watch, name=f"lease-{lease.job_id}", daemon=True
        )

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
        """Raises LeaseLost, WorkerStopping or TimedOut when the work has to end."""
        if self._lost.is_set():
            raise LeaseLost
        if self._stopping_since is not None:
            raise WorkerStopping
        if time.monotonic() - self._started > self._context.settings.job_timeout_seconds:
            raise self._took_too_long()

    def report(self, phase: Phase, *, force: bool = False, **changes: Any) -> None:
        """Notes that the work goes on and writes the progress, not too often. Raises as ``check`` does."""
        self.check()
        now = time.monotonic()
        self._progressed = now
        self._phase = phase
        if not force and now - self._written < WRITE_EVERY_SECONDS:
            return
        self._written = now
        with self._context.db.write() as session:
            if not leases.record_progress(session, self.lease, phase=phase, **changes):
                self._lost.set()
        self.check()

    def _watch(self) -> None:
        while not self._done.wait(POLL_SECONDS):
            if self._lost.is_set():
                self._expect_end(time.monotonic())
                continue
            try:
                self._poll()
            except DatabaseError as error:
                self._without_database(error)

    def _poll(self) -> None:
        now = time.monotonic()
        if not self._keep(now):
            self._lost.set()
        elif self._should_stop():
            self._stop(now)
        elif hung := self._hung(now):
            log.error("hangs, giving up: %s", hung.detail, extra=self.lease.logged("hung"))
            fail_attempt(self._context, self.lease, hung)
            self._hard_exit()

    def _keep(self, now: float) -> bool:
        """Renews the lease when a quarter of it is over, else only looks whether we still have it."""
        lease_seconds = self._context.settings.lease_seconds
        if now - self._renewed < lease_seconds / 4:
            with self._context.db.read() as session:
                return leases.still_held(session, self.lease)
        with self._context.db.write() as session:
            held = leases.renew_lease(session, self.lease, lease_seconds)
        self._renewed = now
        return held

    def _without_database(self, error: DatabaseError) -> None:
        log.warning("the database does not answer: %s", error, extra=self.lease.logged("heartbeat"))
        if time.monotonic() - self._renewed > self._context.settings.lease_seconds:
            self._lost.set()

    def _stop(self, now: float) -> None:
        self._stopping_since = self._stopping_since or now
        if now - self._stopping_since > LEAVE_AFTER_SECONDS:
            release(self._context, self.lease)
            self._hard_exit()

    def _expect_end(self, now: float) -> None:
        """The job is not ours any more; work that does not come back to ``check`` would hold this process for ever."""
        self._lost_at = self._lost_at or now
        if now - self._lost_at > self._context.settings.stall_timeout_seconds:
            log.error("hangs after its job was taken away", extra=self.lease.logged("hung"))
            self._hard_exit()

    def _hung(self, now: float) -> TimedOut | None:
        """What to give the job up with when the thread that works does not come back to ``check``."""
        stall = self._context.settings.stall_timeout_seconds
        if self._phase not in _SILENT_PHASES and now - self._progressed > stall:
            return TimedOut(f"No page was finished for {stall} seconds.")
        if now - self._started > self._context.settings.job_timeout_seconds + TIMEOUT_GRACE_SECONDS:
            return self._took_too_long()
        return None

    def _took_too_long(self) -> TimedOut:
        limit = self._context.settings.job_timeout_seconds
        return TimedOut(
            f"Preparing took longer than {limit} seconds. Pick fewer pages, or raise JOB_TIMEOUT_SECONDS."
        )


def release(context: Context, lease: Lease) -> None:
    """Puts the job back into the queue as if this attempt had not been."""
    with context.db.write() as session:
        leases.release(session, lease)


def fail_attempt(context: Context, lease: Lease, error: JobError) -> None:
    """Ends the attempt with an error: back to the queue after a delay, or failed when no attempt is left or could help."""
    with context.db.write() as session:
        held = leases.end_attempt(session, lease, error, random.random())
    log.info(
        "attempt ended: %s (%s)",
        error.detail,
        error.code,
        extra=lease.logged("attempt_failed" if held else "fenced"),
    )

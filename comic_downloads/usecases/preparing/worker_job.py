"""Claim a job, run one attempt at it, and write down how the attempt ended."""

from __future__ import annotations

import logging
import secrets
import socket
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from ...db.claims import Claimant, claim_next
from ...db.leases import Lease
from ...domain.errors import DatabaseError, InternalError, JobError, LeaseLost
from ...files.locks import try_lock
from ...files.output import disk_errors
from ..context import Context
from ..disk import free_disk_bytes
from .attempt import Attempt
from .heartbeat import LeaseHeartbeat, WorkerStopping, fail_attempt, release
from .pipeline import prepare

CLAIM_LOCK_TIMEOUT_SECONDS = 1.0
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkerHooks:
    """What a worker process provides to an attempt.

    Attributes:
        worker_id: The id of the process.
        should_stop: Return True once the process shuts down.
        hard_exit: End the process at once, because its work hangs.
    """

    worker_id: str
    should_stop: Callable[[], bool]
    hard_exit: Callable[[], None]


def prepare_next(context: Context, hooks: WorkerHooks) -> bool:
    """Claim the next job that may run and prepare it; return False if there is none.

    The job's row says how the attempt ended. Only if the database cannot be written to, or this
    process dies, is that left to recovery.
    """
    lease = _claim(context, hooks)
    if lease is None:
        return False
    try:
        _run_attempt(context, lease, hooks)
    except DatabaseError:
        # Nothing can be written now. Once the lease has lapsed, recovery puts the job back.
        log.exception("Attempt ended: the database failed", extra=lease.logged("database_error"))
    return True


def _claim(context: Context, hooks: WorkerHooks) -> Lease | None:
    # One process of this machine claims at a time: two that measure the disk at once would both
    # count on the same free bytes. If the holder of the lock is stopped, we claim without it: then
    # the same bytes may be promised twice, and nothing worse happens.
    lock_path = context.settings.work_dir / "claiming"
    with try_lock(lock_path, timeout_seconds=CLAIM_LOCK_TIMEOUT_SECONDS) or nullcontext():
        claimant = Claimant(
            lease_token=secrets.token_hex(16),
            worker_id=hooks.worker_id,
            host=socket.gethostname(),
            lease_seconds=context.settings.lease_seconds,
            max_running_per_user=context.settings.max_active_per_user,
            free_disk_bytes=free_disk_bytes(context),
        )
        with context.db.write() as session:
            claimed = claim_next(session, claimant)
    if claimed is None:
        return None
    log.info("Job claimed", extra=claimed.lease.logged("claim"))
    return claimed.lease


def _run_attempt(context: Context, lease: Lease, hooks: WorkerHooks) -> None:
    try:
        with (
            LeaseHeartbeat(context, lease, hooks.should_stop, hooks.hard_exit) as heartbeat,
            disk_errors(),
        ):
            prepare(Attempt.begin(context, lease, heartbeat))
    except LeaseLost:
        log.info("Attempt ended: its lease is lost", extra=lease.logged("fenced"))
    except WorkerStopping:
        release(context, lease)
        log.info("Job put back into the queue", extra=lease.logged("release"))
    except DatabaseError:
        raise
    except JobError as error:
        fail_attempt(context, lease, error)
    except Exception:
        log.exception("Attempt failed unexpectedly", extra=lease.logged("internal_error"))
        fail_attempt(
            context,
            lease,
            InternalError(
                "Something unexpected went wrong on the server; its log has the details."
            ),
        )

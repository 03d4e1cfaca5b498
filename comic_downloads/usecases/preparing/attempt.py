"""Preparing one file: claim a job, convert its pages, package, check and store them, finish."""

from __future__ import annotations

import logging
import secrets
import socket
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass

from ...db import artifacts, jobs
from ...db.claims import Claimant, claim_next
from ...db.leases import Lease
from ...db.session import DatabaseError
from ...domain.errors import InternalError, JobError, LeaseLost
from ...domain.manifest import Manifest
from ...files.locks import try_lock
from ...files.output import disk_errors
from ..context import Context
from ..disk import free_disk_bytes
from .build import build_file
from .heartbeat import LeaseHeartbeat, WorkerStopping, fail_attempt, release
from .originals import needs_no_copy
from .progress import AttemptProgress
from .publish import finish_with_existing, store_and_finish
from .skip_damaged import make_skipping
from .stream import stream_and_finish
from .work_dir import WorkFolders

CLAIM_PATIENCE_SECONDS = (
    1.0  # whoever is before us may be stopped: then room may be promised twice, and nothing worse
)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkerHooks:
    """What a worker process lends to the work: its id, whether it shuts down, and how to end it when work hangs."""

    worker_id: str
    should_stop: Callable[[], bool]
    hard_exit: Callable[[], None]


def prepare_next(context: Context, hooks: WorkerHooks) -> bool:
    """Claims the next job that may run and prepares it to the end; False when there was none.

    However the attempt ends, the row says so; only a database that cannot be written to, or the end of this process, leaves
    that to recovery.
    """
    lease = _claim(context, hooks)
    if lease is None:
        return False
    try:
        _attempt(context, lease, hooks)
    except DatabaseError:
        # Nothing can be written down now; when the lease has lapsed, recovery gives the job its next attempt.
        log.exception("the database failed", extra=lease.logged("database_error"))
    return True


def _attempt(context: Context, lease: Lease, hooks: WorkerHooks) -> None:
    try:
        with (
            LeaseHeartbeat(context, lease, hooks.should_stop, hooks.hard_exit) as watch,
            disk_errors(),
        ):
            _prepare(context, lease, watch)
    except LeaseLost:
        log.info("lost to somebody else", extra=lease.logged("fenced"))
    except WorkerStopping:
        release(context, lease)
        log.info("put back", extra=lease.logged("release"))
    except DatabaseError:
        raise
    except JobError as error:
        fail_attempt(context, lease, error)
    except Exception:
        log.exception("unexpected error", extra=lease.logged("internal_error"))
        fail_attempt(
            context,
            lease,
            InternalError(
                "Something unexpected went wrong on the server; its log has the details."
            ),
        )


def _claim(context: Context, hooks: WorkerHooks) -> Lease | None:
    # One at a time on this machine: two that look at once would both count on the room that is left.
    lock = try_lock(context.settings.work_dir / "claiming", timeout_seconds=CLAIM_PATIENCE_SECONDS)
    with lock or nullcontext():
        claimant = Claimant(
            lease_token=secrets.token_hex(16),
            worker_id=hooks.worker_id,
            host=socket.gethostname(),
            lease_seconds=context.settings.lease_seconds,
            cap=context.settings.max_active_per_user,
            free_disk_bytes=free_disk_bytes(context),
        )
        with context.db.write() as session:
            claimed = claim_next(session, claimant)
    if claimed is None:
        return None
    log.info("claimed", extra=claimed.lease.logged("claim"))
    return claimed.lease


def _prepare(context: Context, lease: Lease, watch: LeaseHeartbeat) -> None:
    with context.db.read() as session:
        job = jobs.job_by_id(session, lease.job_id)
        manifest_json = artifacts.manifest_body(session, job.content_key)
    if manifest_json is None:
        raise InternalError("The frozen input of this download is gone. Try again.")
    if finish_with_existing(context, lease, job):
        return
    folders = WorkFolders(context.settings.work_dir)
    if idle := folders.try_lock_idle(job.id):
        with idle:
            folders.drop_unfinished(job.id)
    with folders.in_use(job.id) as folder:
        file = folder / f"{lease.token}.{job.format}"
        progress = AttemptProgress(watch)

        def make(manifest: Manifest) -> None:
            if needs_no_copy(context, manifest):
                stream_and_finish(context, lease, job, manifest, progress)
            else:
                built = build_file(context, job, manifest, file, folders, progress)
                store_and_finish(context, lease, job, manifest, built, file, progress)

        try:
            make_skipping(context, watch, Manifest.from_json(manifest_json), make)
        finally:
            file.unlink(missing_ok=True)

"""Recovery, expiry and cleanup, which workers run on a schedule. Each is safe to run twice."""

from __future__ import annotations

import logging
import os
import random
import socket
from collections.abc import Collection
from datetime import datetime, timedelta

from ...db import (
    account_links,
    accounts,
    artifacts,
    delivery,
    groups,
    jobs,
    leases,
    outbox,
    scans,
    shares,
    waiting,
    workers,
)
from ...db.tables import Worker
from ...domain.identity import new_id
from ...domain.job import UNFINISHED, JobStatus
from ...domain.share import GUEST_JOBS_KEPT_FOR
from ...storage.blobs import exists
from ..artifacts import drop_if_unreferenced
from ..context import Context
from ..disk import free_disk_bytes
from ..preparing.blob_key import abort_orphaned_uploads
from ..preparing.heartbeat import TIMEOUT_GRACE_SECONDS
from ..preparing.work_dir import WorkFolders
from .transition_counts import count_transitions

log = logging.getLogger(__name__)

REMOVED_ROWS_KEPT = timedelta(days=1)
# Until then an expired share is shown in its owner's list.
EXPIRED_SHARES_KEPT = timedelta(days=30)
# A younger blob may belong to an attempt that has not finished. Buckets date an object from the
# beginning of its upload, which a second attempt may continue.
ORPHAN_AGE = timedelta(hours=6)
SIGN_IN_FAILURES_KEPT = timedelta(days=1)
SLOTS_KEPT = timedelta(days=2)
EVENTS_KEPT = timedelta(days=7)
UNREAD_EVENTS_KEPT = timedelta(days=30)  # A consumer that is gone for good must not fill the disk.
# A request that is being accepted at this moment may refer to an old manifest.
MANIFESTS_KEPT = timedelta(hours=1)


def recover_lost_jobs(context: Context, dead_workers: Collection[str] = ()) -> int:
    """Put the jobs of dead or silent workers back into the queue.

    Args:
        context: The services of this process.
        dead_workers: Ids of worker processes that are known to be dead; they are forgotten, too.

    Returns:
        How many jobs were recovered.
    """
    with context.db.read() as session:
        lapsed = leases.lapsed_jobs(session, dead_workers)
    if not lapsed and not dead_workers:
        return 0
    recovered = 0
    with context.db.write() as session:
        for job in lapsed:
            if leases.recover(session, job, random.random()):
                recovered += 1
                log.warning(
                    "Job lost its worker",
                    extra={"job": job.id, "attempt": job.attempt, "action": "recover"},
                )
        workers.forget_workers(session, dead_workers)
    return recovered


def work_is_due(context: Context) -> bool:
    """Return True if a queued job may be prepared now."""
    with context.db.read() as session:
        return waiting.any_due(session)


def scan_is_due(context: Context) -> bool:
    """Return True if a library scan waits for a worker, or was left by a dead one."""
    with context.db.read() as session:
        return scans.is_due(session, context.clock())


def note_disk_waits(context: Context) -> None:
    """Mark the jobs that no machine has disk room for, so that the screen says why they wait."""
    with context.db.read() as session:
        free_bytes = workers.largest_free_disk_bytes(session)
        stale = waiting.disk_waits_stale(session, free_bytes)
    if stale:
        with context.db.write() as session:
            waiting.mark_disk_waits(session, free_bytes)


def tidy_machine(context: Context) -> None:
    """Delete what ended jobs and killed attempts left on this machine.

    Paused and waiting jobs keep their converted pages.
    """
    folders = work_folders(context)
    job_ids = folders.job_ids()
    if not job_ids:
        return
    with context.db.read() as session:
        statuses = jobs.statuses(session, job_ids)
    for job_id in job_ids:
        if statuses.get(job_id) not in UNFINISHED or folders.has_unfinished(job_id):
            _tidy(context, folders, job_id)


def _tidy(context: Context, folders: WorkFolders, job_id: str) -> None:
    idle = folders.try_lock_idle(job_id)
    if idle is None:
        return  # An attempt is running, or was cancelled and is finishing its last page.
    with idle:
        # Read again: only now can no attempt begin.
        with context.db.read() as session:
            status = jobs.statuses(session, [job_id]).get(job_id)
        if status in {None, JobStatus.CANCELLED}:
            folders.drop_unshared_pages(job_id)
            folders.drop_job(job_id)
        elif status not in UNFINISHED:
            folders.drop_job(job_id)
        else:
            folders.drop_unfinished(job_id)


def drop_old_pages(context: Context) -> int:
    """Delete converted pages of this machine that were not used for long; return how many."""
    settings = context.settings
    longest_attempt_seconds = settings.job_timeout_seconds + TIMEOUT_GRACE_SECONDS
    kept = timedelta(seconds=max(settings.artifact_ttl_seconds, longest_attempt_seconds))
    return work_folders(context).drop_old_pages(context.clock() - kept)


def work_folders(context: Context) -> WorkFolders:
    """Return the work folders of this machine."""
    return WorkFolders(context.settings.work_dir)


def purge(context: Context) -> None:
    """Delete what has expired: files, jobs, shares, sessions, transfers and old rows."""
    now = context.clock()
    with context.db.write() as session:
        expired = artifacts.expire_jobs(session, now, artifacts.transfers_under_way(session, now))
    # Each has a transaction of its own, so that jobs are locked in the order of their ids.
    with context.db.write() as session:
        delivery.delete_silent_transfers(session, now, artifacts.TRANSFER_SILENCE_SECONDS)
    with context.db.write() as session:
        jobs.delete_removed(session, now - REMOVED_ROWS_KEPT)
        groups.delete_empty(session, now - REMOVED_ROWS_KEPT)
    with context.db.write() as session:
        shares.delete_over(
            session,
            expired_before=now - EXPIRED_SHARES_KEPT,
            revoked_before=now - REMOVED_ROWS_KEPT,
        )
    with context.db.write() as session:
        shares.delete_jobs_without_file(session, now - GUEST_JOBS_KEPT_FOR)
    count_transitions(context)  # Otherwise these wait for somebody to ask for the metrics.
    with context.db.write() as session:
        outbox.trim(session, now - EVENTS_KEPT, now - UNREAD_EVENTS_KEPT)
    with context.db.write() as session:
        accounts.purge_sign_ins(session, now, failures_before=now - SIGN_IN_FAILURES_KEPT)
        account_links.purge_links(session, now)
        artifacts.delete_unused_manifests(session, now - MANIFESTS_KEPT)
        workers.forget_silent_workers(session, older_than_seconds=3600)
        workers.forget_old_slots(session, now - SLOTS_KEPT)
        over = artifacts.unwanted_artifacts(
            session, now, artifacts.transfers_under_way(session, now)
        )
    for artifact in over:
        drop_if_unreferenced(context, artifact.id)
    if expired or over:
        log.info(
            "Purge finished: %d downloads expired, %d files dropped",
            expired,
            len(over),
            extra={"action": "purge"},
        )


def reconcile(context: Context) -> None:
    """Compare the database with the storage.

    Jobs whose file is gone expire, so that they can be prepared again. Files and unfinished uploads
    that nobody needs are deleted.
    """
    now = context.clock()
    with context.db.read() as session:
        known = artifacts.all_blob_keys(session)
    present = {blob.key: blob.modified_at for blob in context.blobs.list("artifacts/")}
    lost = [artifact_id for key, artifact_id in known.items() if key not in present]
    for artifact_id in lost:
        _forget_lost(context, artifact_id, now)
    orphans = [
        key for key, modified in present.items() if key not in known and modified < now - ORPHAN_AGE
    ]
    for key in orphans:
        context.blobs.delete(key)
    found = (len(lost), len(orphans), abort_orphaned_uploads(context))
    log.info(
        "Storage reconciled: %d files were missing, %d files and %d uploads were deleted",
        *found,
        extra={"action": "reconcile"},
    )


def _forget_lost(context: Context, artifact_id: str, now: datetime) -> None:
    with context.db.read() as session:
        lost = artifacts.artifact_by_id(session, artifact_id)
    # The storage is asked before the transaction, during which others would have to wait for it.
    if lost is None or exists(context.blobs, lost.blob_key):
        return
    with context.db.write() as session:
        artifact = artifacts.artifact_by_id(session, artifact_id)
        if artifact is None or artifact.blob_key != lost.blob_key:
            return
        artifacts.expire_jobs(session, now, set(), artifact_id)
        artifacts.forget(session, artifact_id)


def once_per(context: Context, name: str, slot: datetime) -> bool:
    """Return True to one caller, of all machines, for each task name and slot."""
    with context.db.write() as session:
        is_ours = workers.claim_slot(session, name, slot)
    if is_ours:
        log.debug("Task %s taken for %s", name, slot, extra={"action": f"begin_{name}"})
    return is_ours


def new_worker_id(context: Context) -> str:
    """Return an id for a new worker process."""
    return new_id(context.clock())


def register_worker(context: Context, worker_id: str) -> None:
    """Record that this worker process is alive, and the free disk space of its machine."""
    process = Worker(
        id=worker_id,
        host=socket.gethostname(),
        pid=os.getpid(),
        free_disk_bytes=free_disk_bytes(context),
    )
    with context.db.write() as session:
        workers.record_heartbeat(session, process)


def unregister_worker(context: Context, worker_id: str) -> None:
    """Remove the record of this worker process, so that nobody waits until it is missed."""
    with context.db.write() as session:
        workers.forget_workers(session, [worker_id])

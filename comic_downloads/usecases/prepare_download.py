"""Preparing one file: claim a job, convert its pages, package, check and store them, finish."""

from __future__ import annotations

import logging
import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from ..db import jobs
from ..db.jobs import Lease
from ..db.tables import Job
from ..db.tables import Manifest as ManifestRow
from ..domain.backoff import retry_delay
from ..domain.errors import InputError, InternalError, JobError, LeaseLost
from ..domain.manifest import Manifest
from .build_file import build_file
from .context import Context
from .disk import room_bytes
from .finish_job import finish_with_existing, store_and_finish
from .lease_watch import LeaseWatch, WorkerStopping, give_up, release
from .work_folders import WorkFolders

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class WorkerHooks:
    """What a worker process lends to the work: its id, whether it shuts down, and how to end it when work hangs."""

    worker_id: str
    should_stop: Callable[[], bool]
    abandon: Callable[[], None]


def prepare_next(context: Context, hooks: WorkerHooks) -> bool:
    """Claims the next job that may run and prepares it to the end; False when there was none.

    However the attempt ends, the row says so; only a database that cannot be written to, or the end of this process, leaves
    that to recovery.
    """
    lease = _claim(context, hooks)
    if lease is None:
        return False
    try:
        with LeaseWatch(context, lease, hooks.should_stop, hooks.abandon) as watch:
            _prepare(context, lease, watch)
    except LeaseLost:
        log.info("lost to somebody else", extra={"job": lease.job_id, "action": "fenced"})
    except WorkerStopping:
        release(context, lease)
        log.info("put back", extra={"job": lease.job_id, "action": "release"})
    except SQLAlchemyError:
        # Nothing can be written down now; when the lease has lapsed, recovery gives the job its next attempt.
        log.exception("the database failed", extra={"job": lease.job_id, "action": "database_error"})
    except JobError as error:
        _end_with(context, lease, error)
    except Exception:
        log.exception("unexpected error", extra={"job": lease.job_id, "action": "internal_error"})
        _end_with(context, lease, InternalError("Something unexpected went wrong on the server; its log has the details."))
    return True


def _claim(context: Context, hooks: WorkerHooks) -> Lease | None:
    owner = secrets.token_hex(16)
    room = room_bytes(context)
    with context.db.write() as session:
        job = jobs.claim_next(
            session,
            owner=owner,
            worker_id=hooks.worker_id,
            lease_seconds=context.settings.lease_seconds,
            cap=context.settings.max_active_per_user,
            room_bytes=room,
        )
    if job is None:
        return None
    log.info("claimed", extra={"job": job.id, "attempt": job.attempt, "action": "claim"})
    return Lease(job.id, owner)


def _prepare(context: Context, lease: Lease, watch: LeaseWatch) -> None:
    with context.db.read() as session:
        job = session.get_one(Job, lease.job_id)
        row = session.get(ManifestRow, job.content_key)
    if row is None:
        raise InternalError("The frozen input of this download is gone. Try again.")
    if finish_with_existing(context, lease, job):
        return
    folders = WorkFolders(context.settings.data / "work")
    file = folders.job(job.id) / f"{lease.owner}.{job.format}"
    try:
        manifest, built, progress = _build_skipping(context, job, Manifest.from_json(row.body), file, folders, watch)
        store_and_finish(context, lease, job, manifest, built, file, progress)
    finally:
        file.unlink(missing_ok=True)


def _build_skipping(
    context: Context, job: Job, manifest: Manifest, file: Path, folders: WorkFolders, watch: LeaseWatch
) -> tuple:
    """Builds the file; with ``on_page_error: skip`` a page found damaged on the way is left out and the rest built again."""
    while True:
        try:
            built, progress = build_file(context, job, manifest, file, folders, watch)
        except InputError as error:
            if not manifest.options.skip_damaged or error.place.page_index is None or manifest.page_count == 1:
                raise
            log.info("page left out: %s", error.detail, extra={"job": job.id, "action": "page_skipped"})
            manifest = manifest.without(error.place.comic_id or "", error.place.page_index)
        else:
            return manifest, built, progress


def _end_with(context: Context, lease: Lease, error: JobError) -> None:
    with context.db.read() as session:
        job = session.get(Job, lease.job_id)
        attempt = job.attempt if job else 1
    give_up(context, lease, error, retry_delay(attempt, random.random()))
    log.info("attempt failed: %s", error.detail, extra={"job": lease.job_id, "attempt": attempt, "action": error.code})

"""The health of the parts that the server depends on."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ...db import accounts, jobs, library, workers
from ...domain.errors import StorageRefused
from ..context import Context

log = logging.getLogger(__name__)


def worker_alive(context: Context, host: str | None = None) -> bool:
    """Return True if a worker process, on this host or on any, has sent a heartbeat recently."""
    with context.db.read() as session:
        return any(host in (None, worker.host) for worker in workers.active_workers(session))


def check_readiness(context: Context) -> dict[str, str]:
    """Return ``ok`` or the problem for each part: database, queue, storage, library, worker.

    Anybody may ask, so the problems name no address or path. The details are logged.
    """
    database = _state(lambda: _read_rows(context), "The database does not answer, or is damaged.")
    worker = (
        _state(lambda: _require_worker(context), "No worker is running: downloads wait.")
        if database == "ok"
        else "unknown"
    )
    return {
        "database": database,
        "queue": _state(
            context.check_queue,
            "The queue does not answer; workers find new downloads a little later.",
        ),
        "storage": _state(context.blobs.check, "The storage cannot be written to."),
        "library": (
            _state(
                lambda: _require_library(context),
                "The library folder is empty or cannot be read: its disk may not be mounted.",
            )
            if database == "ok"
            else "unknown"
        ),
        "worker": worker,
    }


def _read_rows(context: Context) -> None:
    """Read a row of each table that every request needs: a damaged file may still answer."""
    with context.db.read() as session:
        accounts.read_one_of_each(session)
        jobs.latest_revision(session)


class _NoWorker(Exception):
    """Raised when no worker has sent a heartbeat recently."""


class _LibraryAway(Exception):
    """Raised when the library folder is empty or unreadable although comics are listed."""


def _require_library(context: Context) -> None:
    with context.db.read() as session:
        holds_comics = library.has_comics(session)
    if holds_comics and context.library_probe.is_away(context.settings.library):
        raise _LibraryAway


def _require_worker(context: Context) -> None:
    if not worker_alive(context):
        raise _NoWorker


def _state(check: Callable[[], object], reason: str) -> str:
    try:
        check()
    except (_LibraryAway, _NoWorker):
        return reason
    except StorageRefused as error:
        log.error("Not ready: %s", error.detail)
        return error.detail
    except Exception:
        log.exception("Not ready: %s", reason)
        return reason
    return "ok"

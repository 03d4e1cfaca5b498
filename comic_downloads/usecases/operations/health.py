"""The health of the parts that the server depends on."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ...db import workers
from ..context import Context
from ..downloads.changes import latest_revision

log = logging.getLogger(__name__)


def worker_alive(context: Context, host: str | None = None) -> bool:
    """Return True if a worker process, on this host or on any, has sent a heartbeat recently."""
    with context.db.read() as session:
        return any(host in (None, worker.host) for worker in workers.active_workers(session))


def check_readiness(context: Context) -> dict[str, str]:
    """Return ``ok`` or the problem for ``database``, ``queue``, ``storage`` and ``worker``.

    Anybody may ask, so the problems name no address or path. The details are logged.
    """
    database = _state(lambda: latest_revision(context), "The database does not answer.")
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
        "worker": worker,
    }


class _NoWorker(Exception):
    """Raised when no worker has sent a heartbeat recently."""


def _require_worker(context: Context) -> None:
    if not worker_alive(context):
        raise _NoWorker


def _state(check: Callable[[], object], reason: str) -> str:
    try:
        check()
    except _NoWorker:
        return reason
    except Exception:
        log.exception("Not ready: %s", reason)
        return reason
    return "ok"

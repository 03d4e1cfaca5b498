"""The health of the parts that the server depends on."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ..context import Context
from ..downloads.changes import latest_revision
from ..downloads.snapshots import worker_alive

log = logging.getLogger(__name__)


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

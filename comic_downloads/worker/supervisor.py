"""The worker that the web process starts, watches and stops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from ..usecases.context import Context

log = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
STOP_WITHIN_SECONDS = 12
MAX_PAUSE_SECONDS = 30.0
# A worker that ran for longer is started again without an increased pause.
STEADY_AFTER_SECONDS = 60.0


async def supervise_embedded(context: Context) -> None:
    """Keep a worker running until this coroutine is cancelled.

    Return at once if workers run elsewhere (WORKER=external). The worker is a process in a session
    of its own, so that Ctrl-C reaches it through this one and in order. If this process is killed,
    the worker's standard input closes, and it stops by itself.
    """
    if context.settings.worker_mode != "embedded":
        return
    pause_seconds = 1.0
    while True:
        started = context.monotonic()
        end = await _run_worker()
        is_steady = context.monotonic() - started > STEADY_AFTER_SECONDS
        pause_seconds = 1.0 if is_steady else min(pause_seconds * 2, MAX_PAUSE_SECONDS)
        log.warning(
            "Worker %s; starting it again in %.0f s",
            end,
            pause_seconds,
            extra={"action": "worker_end"},
        )
        await asyncio.sleep(pause_seconds)


async def _run_worker() -> str:
    """Start a worker, wait until it ends, and return how it ended."""
    command = (sys.executable, "-m", "comic_downloads.worker", "--end-with-parent")
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, cwd=_ROOT, start_new_session=True
        )
    except OSError as error:  # The machine has no memory or no process left.
        return f"could not be started ({error})"
    try:
        return f"ended with {await process.wait()}"
    finally:
        await asyncio.shield(_stop(process))


async def _stop(process: Process) -> None:
    """Ask the worker to stop, and kill it if it does not."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_WITHIN_SECONDS)
    except TimeoutError:
        log.warning("Worker did not stop in time and is killed", extra={"action": "worker_kill"})
        with contextlib.suppress(ProcessLookupError):
            process.kill()

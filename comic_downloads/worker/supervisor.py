"""The worker that the web process starts, watches and ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
import time
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from ..usecases.context import Context

log = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
STOP_WITHIN_SECONDS = 12
LONGEST_PAUSE_SECONDS = 30.0
STEADY_AFTER_SECONDS = 60.0


async def supervise_embedded(context: Context) -> None:
    """Keeps a worker running for as long as this coroutine does; returns at once when workers run elsewhere.

    The worker is a process of its own in a session of its own, so that Ctrl-C reaches it through us and in order. Should we
    be killed, its standard input closes and it stops by itself.
    """
    if context.settings.worker_mode != "embedded":
        return
    pause_seconds = 1.0
    while True:
        started = time.monotonic()
        end = await _run_worker()
        steady = time.monotonic() - started > STEADY_AFTER_SECONDS
        pause_seconds = 1.0 if steady else min(pause_seconds * 2, LONGEST_PAUSE_SECONDS)
        log.warning(
            "the worker %s, starting it again in %.0f s",
            end,
            pause_seconds,
            extra={"action": "worker_end"},
        )
        await asyncio.sleep(pause_seconds)


async def _run_worker() -> str:
    """Starts a worker and waits for its end; gives how it ended."""
    command = (sys.executable, "-m", "comic_downloads.worker", "--end-with-parent")
    try:
        process = await asyncio.create_subprocess_exec(
            *command, stdin=PIPE, cwd=_ROOT, start_new_session=True
        )
    except OSError as error:  # no memory or no process left just now
        return f"could not be started ({error})"
    try:
        return f"ended with {await process.wait()}"
    finally:
        await asyncio.shield(_end(process))


async def _end(process: Process) -> None:
    """Asks the worker to stop, and makes it if it does not."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_WITHIN_SECONDS)
    except TimeoutError:
        log.warning(
            "the worker did not stop in time and is killed", extra={"action": "worker_kill"}
        )
        with contextlib.suppress(ProcessLookupError):
            process.kill()

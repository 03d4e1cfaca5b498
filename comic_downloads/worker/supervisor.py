"""The worker that the web process starts, watches, replaces and stops."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path

from ..process_heartbeat import Heartbeat, Silence, shared_memory
from ..usecases.context import Context

log = logging.getLogger(__name__)

_ROOT = Path(__file__).resolve().parents[2]
STOP_WITHIN_SECONDS = 12
MAX_PAUSE_SECONDS = 30.0
# A worker that ran for longer is started again without an increased pause.
STEADY_AFTER_SECONDS = 60.0
LOOK_EVERY_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 0.1  # Whether the processes of a worker that stops have ended.


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
        end = await _run_worker(context)
        is_steady = context.monotonic() - started > STEADY_AFTER_SECONDS
        pause_seconds = 1.0 if is_steady else min(pause_seconds * 2, MAX_PAUSE_SECONDS)
        log.warning(
            "Worker %s; starting it again in %.0f s",
            end,
            pause_seconds,
            extra={"action": "worker_end"},
        )
        await asyncio.sleep(pause_seconds)


async def _run_worker(context: Context) -> str:
    """Start a worker, wait until it ends or hangs, and return how it ended."""
    with shared_memory() as number:
        command = (sys.executable, "-m", "comic_downloads.worker", "--end-with-parent")
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                f"--heartbeat-fd={number}",
                stdin=PIPE,
                pass_fds=(number,),
                cwd=_ROOT,
                start_new_session=True,
            )
        except OSError as error:  # The machine has no memory or no process left.
            return f"could not be started ({error})"
        try:
            silence = Silence(Heartbeat(number), context.monotonic)
            return await _watch(process, silence, context.settings.hung_after_seconds)
        finally:
            await asyncio.shield(_stop(process))


async def _watch(process: Process, silence: Silence, hung_after_seconds: int) -> str:
    """Wait until the worker ends, or has no heartbeat for too long, and return which it was."""
    while True:
        with contextlib.suppress(TimeoutError):
            return f"ended with {await asyncio.wait_for(process.wait(), LOOK_EVERY_SECONDS)}"
        if silence.lasts_longer_than(hung_after_seconds):
            log.error(
                "Worker has hung for %d seconds and is killed",
                hung_after_seconds,
                extra={"action": "worker_hung"},
            )
            _kill(process)
            return "was killed because it hung"


async def _stop(process: Process) -> None:
    """Ask the worker to stop; kill it and its processes if they do not in time."""
    with contextlib.suppress(ProcessLookupError):
        if process.returncode is None:
            process.terminate()
    try:
        await asyncio.wait_for(_wait_for_all(process), STOP_WITHIN_SECONDS)
    except TimeoutError:
        log.warning("Worker did not stop in time and is killed", extra={"action": "worker_kill"})
        _kill(process)


async def _wait_for_all(process: Process) -> None:
    """Wait until the worker has ended with all its processes.

    Processes whose parent was killed stop by themselves, unless they hang.
    """
    await process.wait()
    with contextlib.suppress(ProcessLookupError):
        while True:
            os.killpg(process.pid, 0)  # Sends nothing; raises once the process group is empty.
            await asyncio.sleep(LOOK_AGAIN_SECONDS)


def _kill(process: Process) -> None:
    """Kill the worker and all its processes, which are one process group."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)

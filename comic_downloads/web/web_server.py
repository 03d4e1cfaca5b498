"""Start Granian, the web server, so that it closes silent connections and replaces hung processes.

Granian 2.8.7 can replace processes that died, grew too large or too old, but it does not notice one
that hangs. Each web process therefore beats from its event loop, and Granian's own process watches.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

from ..process_heartbeat import Heartbeat, Silence

# The memory of closed connections goes back to the system within a second. jemalloc, which Granian
# uses, would keep it until there is more to do. Giving it back at once would take more time than
# sending a file, because the next chunk needs it again. Granian reads this when it is imported.
os.environ.setdefault(
    "_RJEM_MALLOC_CONF", "dirty_decay_ms:1000,muzzy_decay_ms:0,background_thread:true"
)

import granian.server
from granian.constants import HTTPModes
from granian.server.mp import MPServer, WorkerProcess

log = logging.getLogger(__name__)

BEAT_SECONDS = 1.0
# Long enough for a handler that blocks the event loop; pages of others wait for it that long.
HUNG_AFTER_SECONDS = 60.0
# A process that has beaten since then runs for sure.
RUNS_WITHIN_SECONDS = 3.0


class _Server(MPServer):
    """A Granian server for HTTP/1.1 alone, whose processes are watched if there are several.

    A single one is this process itself: a parent of its own would only wait.

    While it waits for the bytes that tell HTTP/1.1 from HTTP/2, Granian 2.8.7 has no time limit.
    Without HTTP/2, a connection that sends no complete header within 30 s is closed.
    """

    monotonic: ClassVar[staticmethod[[], float]]
    # The heartbeat of the process that is forked next, or of this process once it is forked.
    heartbeat: Heartbeat | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        several = options.get("workers", 1) > 1
        super().__init__(
            *args,
            **{"http": HTTPModes.http1, "respawn_failed_workers": several, **options},
        )
        self._silences: WeakKeyDictionary[WorkerProcess, Silence] = WeakKeyDictionary()
        if several:
            threading.Thread(target=self._watch, name="web-watch", daemon=True).start()

    def _serve(self, spawn_target: Callable[..., None], target_loader: Callable[..., Any]) -> None:
        if self.workers > 1:
            return super()._serve(spawn_target, target_loader)
        self._init_shared_socket()
        self._start_ipc()
        worker = super()._spawn_worker(0, spawn_target, target_loader)
        worker.inner.run()  # Returns when the server was asked to stop.

    def _spawn_worker(self, *args: Any, **options: Any) -> WorkerProcess:
        _Server.heartbeat = Heartbeat()
        worker = super()._spawn_worker(*args, **options)
        self._silences[worker] = Silence(_Server.heartbeat, _Server.monotonic)
        return worker

    def _watch(self) -> None:
        """Kill processes that hang, while another one has run for a moment.

        If none runs, all wait for the same thing, and killing them would not help; when it is over,
        one of them beats before the others. The silence of a process without a first beat means
        nothing: it was not forked from this one.
        """
        stood_still_at = _Server.monotonic()
        while True:
            time.sleep(BEAT_SECONDS)
            silences = {
                worker: silence
                for worker in list(self.wrks)
                if (silence := self._silences.get(worker)) and silence.has_begun
            }
            one_runs = any(
                not silence.lasts_longer_than(RUNS_WITHIN_SECONDS) for silence in silences.values()
            )
            now = _Server.monotonic()
            if not one_runs:
                stood_still_at = now
            for worker, silence in silences.items():
                hangs = silence.lasts_longer_than(HUNG_AFTER_SECONDS)
                if hangs and now - stood_still_at > RUNS_WITHIN_SECONDS:
                    self._kill(worker)

    def _kill(self, worker: WorkerProcess) -> None:
        """Kill the process, so that Granian replaces it.

        It would not replace one that was killed by ``worker.kill``.
        """
        log.error(
            "Web process %s has hung for %d seconds and is replaced",
            worker.inner.pid,
            HUNG_AFTER_SECONDS,
            extra={"action": "web_hung"},
        )
        del self._silences[worker]
        with suppress(ProcessLookupError):
            os.kill(worker.inner.pid, signal.SIGKILL)


def use_watched_server(monotonic: Callable[[], float]) -> None:
    """Make Reflex, which has no setting for it, start this server."""
    _Server.monotonic = staticmethod(monotonic)
    granian.server.Server = _Server


async def beat() -> None:
    """Show the watching process that the event loop of this one runs, until cancelled."""
    while heartbeat := _Server.heartbeat:
        heartbeat.beat()
        await asyncio.sleep(BEAT_SECONDS)

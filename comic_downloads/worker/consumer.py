"""The Huey consumer: it forks the worker processes, and replaces those that die or hang."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from multiprocessing.context import ForkProcess
from typing import Any

from huey.constants import WORKER_PROCESS
from huey.consumer import Consumer as HueyConsumer
from huey.consumer import Worker as HueyWorker

from ..process_heartbeat import Heartbeat, Silence
from ..usecases.context import Context
from .queue import JobQueue

log = logging.getLogger(__name__)

POLL_QUEUE_SECONDS = 0.2
# The worker processes put their jobs back after 8 seconds.
STOP_WITHIN_SECONDS = 9
WAIT_FOR_KILLED_SECONDS = 1.0


class _NoProcess:
    """Takes the place of Huey's scheduler, which would be a process that only waits.

    We send no message that is due later, and the worker processes look at the clock themselves.
    """

    def __init__(self, is_stopping: Callable[[], bool]) -> None:
        self._is_stopping = is_stopping

    def start(self) -> None:
        """Do nothing."""

    def is_alive(self) -> bool:
        """Return True until the consumer stops, so that nobody starts it again."""
        return not self._is_stopping()

    def join(self, timeout: float | None = None) -> None:
        """Return at once."""


class _Worker(HueyWorker):
    """A worker that also looks for work without messages, because the queue may not answer."""

    queue: JobQueue
    silence: Silence

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.heartbeat = Heartbeat()

    def initialize(self) -> None:
        self.queue.worker.begin(self.heartbeat)
        super().initialize()

    def loop(self, now: datetime | None = None) -> None:
        self.queue.worker.note_turn()
        super().loop(now)
        self.queue.worker.run_due_work()


class Consumer(HueyConsumer):
    """The parent of the worker processes.

    Args:
        queue: Where messages come from.
        context: The services of the worker.
        heartbeat: Shows the supervisor that this process runs.
    """

    worker_class = _Worker

    def __init__(self, queue: JobQueue, context: Context, heartbeat: Heartbeat) -> None:
        self._queue = queue
        self._monotonic = context.monotonic
        self._hung_after_seconds = context.settings.hung_after_seconds
        self._heartbeat = heartbeat
        super().__init__(
            queue.huey,
            workers=context.settings.process_count,
            worker_type=WORKER_PROCESS,
            initial_delay=POLL_QUEUE_SECONDS / 2,
            max_delay=POLL_QUEUE_SECONDS,
            health_check_interval=1,
            graceful_signal="TERM",
            shutdown_timeout=STOP_WITHIN_SECONDS,
        )
        self.scheduler = _NoProcess(self.stop_flag.is_set)

    def loop(self, health_check_ts: float | None = None) -> float | None:
        """Wait a moment for a signal; once a second, look after the processes."""
        self._heartbeat.beat()
        return super().loop(health_check_ts)

    def check_worker_health(self) -> bool:
        """Kill the processes that hang, then replace those that are dead.

        What a killed process held is free at once: its locks on files, and its transaction. Its job
        returns to the queue.
        """
        for child, process in self.worker_threads:
            if child.silence.lasts_longer_than(self._hung_after_seconds):
                self._kill(process)
        return super().check_worker_health()

    def _kill(self, process: ForkProcess) -> None:
        log.error(
            "%s (process %s) has hung for %d seconds and is replaced",
            process.name,
            process.pid,
            self._hung_after_seconds,
            extra={"action": "worker_hung"},
        )
        process.kill()
        process.join(WAIT_FOR_KILLED_SECONDS)

    def _create_worker(self) -> HueyWorker:
        worker = super()._create_worker()
        assert isinstance(worker, _Worker)
        worker.queue = self._queue
        worker.silence = Silence(worker.heartbeat, self._monotonic)
        return worker

"""``python -m comic_downloads.worker``: the Huey consumer with its worker processes."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
import threading
from datetime import datetime
from typing import Any

from huey.constants import WORKER_PROCESS
from huey.consumer import Consumer, Scheduler, Worker

from ..domain.errors import ComicDownloadsError
from ..logs import configure_logging
from ..settings import SettingsError, load_settings
from ..usecases.context import Context
from ..usecases.library.scan import request_scan
from ..usecases.operations import maintenance
from ..usecases.operations.health import worker_alive
from ..wiring import build_context
from .process import WorkerProcess
from .queue import JobQueue, connect

# Not __name__, which is "__main__" in a program.
log = logging.getLogger("comic_downloads.worker")

STDIN = 0
POLL_QUEUE_SECONDS = 0.2
# The worker processes put their jobs back after 8 seconds.
STOP_WITHIN_SECONDS = 9


class _MortalScheduler(Scheduler):
    """A scheduler process that also ends if the consumer was killed. Huey's own would continue."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._consumer = os.getpid()  # Schedulers are created in the consumer, before it forks.

    def loop(self, now: datetime | None = None) -> None:
        if os.getppid() != self._consumer:
            raise KeyboardInterrupt  # Huey ends the process without an error.
        super().loop(now)


class _Worker(Worker):
    """A worker that also works without messages, because the queue may not answer."""

    queue: JobQueue

    def sleep(self) -> None:
        # Huey sleeps if the queue could not be read, and on SQLite if it is empty.
        super().sleep()
        self.queue.worker.run_due_work()


class _Consumer(Consumer):
    scheduler_class = _MortalScheduler
    worker_class = _Worker

    def __init__(self, queue: JobQueue, **options: Any) -> None:
        self._queue = queue
        super().__init__(queue.huey, **options)

    def _create_worker(self) -> Worker:
        worker = super()._create_worker()
        assert isinstance(worker, _Worker)
        worker.queue = self._queue
        return worker


def run(*, end_with_parent: bool) -> None:
    """Run the worker until it receives SIGTERM.

    Args:
        end_with_parent: Also stop when standard input is closed.

    Raises:
        SettingsError: An environment variable has a wrong value.
    """
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    queue = connect(settings)
    context = build_context(settings, queue=queue)
    consumer = _Consumer(
        queue,
        workers=settings.process_count,
        worker_type=WORKER_PROCESS,
        initial_delay=POLL_QUEUE_SECONDS / 2,
        max_delay=POLL_QUEUE_SECONDS,
        health_check_interval=1,
        graceful_signal="TERM",
        shutdown_timeout=STOP_WITHIN_SECONDS,
    )
    process = WorkerProcess(context, consumer.stop_flag.is_set)
    queue.worker = process
    queue.huey.on_startup("begin")(process.start)
    queue.huey.on_shutdown("end")(process.end)
    request_scan(context)
    _reconcile(context)
    context.notify_workers()
    if end_with_parent:
        _terminate_when_input_ends()
    context.db.dispose()  # Connections must not be shared with the processes forked next.
    log.info(
        "Worker started with %d processes", settings.process_count, extra={"action": "worker_start"}
    )
    consumer.run()


def _reconcile(context: Context) -> None:
    try:
        maintenance.reconcile(context)
    except ComicDownloadsError as error:  # The worker starts nevertheless: the storage may return.
        log.warning(
            "Storage could not be reconciled: %s", error.detail, extra={"action": "reconcile"}
        )


def _terminate_when_input_ends() -> None:
    """Start a thread that terminates this process when standard input is closed.

    The kernel closes it when the parent, which holds the other end, dies.
    """

    def wait() -> None:
        while os.read(STDIN, 1024):  # Not sys.stdin, whose lock may be held during a fork.
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m comic_downloads.worker", description="Prepares downloads."
    )
    parser.add_argument(
        "--end-with-parent", action="store_true", help="stop when standard input is closed"
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="end with 0 if a worker of this machine is alive, else with 1",
    )
    arguments = parser.parse_args()
    try:
        if arguments.check:
            sys.exit(not worker_alive(build_context(), socket.gethostname()))
        run(end_with_parent=arguments.end_with_parent)
    except SettingsError as error:
        sys.exit(f"These settings cannot be used:\n{error}")


if __name__ == "__main__":
    main()

"""``python -m comic_downloads.worker``: the Huey consumer with its worker processes."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ..data_dir import create_data_dir
from ..domain.errors import ComicDownloadsError
from ..free_memory import limit_heaps, share_with_forked_processes
from ..logs import configure_logging, log_everything_here
from ..process_heartbeat import Heartbeat
from ..settings import load_settings
from ..start import explained_start
from ..start_checks import start_context
from ..usecases.context import Context
from ..usecases.library.scan import request_scan
from ..usecases.library.upload import drop_cut_uploads
from ..usecases.operations import maintenance
from ..usecases.operations.health import worker_alive
from ..wiring import build_context
from .consumer import Consumer
from .process import WorkerProcess
from .queue import connect

# Not __name__, which is "__main__" in a program.
log = logging.getLogger("comic_downloads.worker")

STDIN = 0
BEAT_SECONDS = 1.0


def run(*, end_with_parent: bool, heartbeat: Heartbeat) -> None:
    """Run the worker until it receives SIGTERM.

    Args:
        end_with_parent: Also stop when standard input is closed.
        heartbeat: Shows the supervisor that the worker runs.

    Raises:
        SettingsError: An environment variable has a wrong value.
    """
    limit_heaps()
    with _beating(heartbeat):
        consumer = _start(end_with_parent, heartbeat)
    consumer.run()


def _start(end_with_parent: bool, heartbeat: Heartbeat) -> Consumer:
    """Connect to everything, tidy up after earlier workers, and return the consumer to run."""
    settings = load_settings()
    configure_logging(settings.log_format, settings.log_level)
    log_everything_here()
    create_data_dir(settings)
    queue = connect(settings)
    # The web process that starts an embedded worker has looked for damage before.
    context = start_context(settings, queue=queue, check_database=not end_with_parent)
    consumer = Consumer(queue, context, heartbeat)
    process = WorkerProcess(context, consumer.stop_flag.is_set)
    queue.worker = process
    queue.huey.on_startup("begin")(process.start)
    queue.huey.on_shutdown("end")(process.end)
    request_scan(context)
    _reconcile(context)
    drop_cut_uploads(context)
    context.notify_workers()
    if end_with_parent:
        _terminate_when_input_ends()
    context.db.dispose()  # Connections must not be shared with the processes forked next.
    log.info(
        "Worker started with %d processes", settings.process_count, extra={"action": "worker_start"}
    )
    share_with_forked_processes()
    return consumer


@contextmanager
def _beating(heartbeat: Heartbeat) -> Iterator[None]:
    """Beat in a thread during the block, because starting takes as long as the storage is large.

    The thread has ended after the block, so that no process is forked beside it.
    """
    is_over = threading.Event()

    def beat() -> None:
        while not is_over.wait(BEAT_SECONDS):
            heartbeat.beat()

    thread = threading.Thread(target=beat, name="heartbeat")
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()


def _reconcile(context: Context) -> None:
    try:
        context.blobs.check()
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
        "--heartbeat-fd",
        type=int,
        default=-1,
        metavar="NUMBER",
        help="the open file in which a supervisor looks for the heartbeat",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="end with 0 if a worker of this machine is alive, else with 1",
    )
    arguments = parser.parse_args()
    with explained_start():
        if arguments.check:
            sys.exit(not worker_alive(build_context(), socket.gethostname()))
        run(
            end_with_parent=arguments.end_with_parent,
            heartbeat=Heartbeat(arguments.heartbeat_fd),
        )


if __name__ == "__main__":
    main()

"""The Huey queue and its tasks.

A message carries no work. It only says that there may be some in the database.
"""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Any, Protocol

import redis
from huey import Huey, RedisHuey, SqliteHuey
from huey.registry import Message
from huey.serializer import Serializer
from itsdangerous import BadSignature, Signer

from ..files.locks import try_lock
from ..process_heartbeat import Heartbeat
from ..settings import Settings

log = logging.getLogger(__name__)

# Processes that start together look for damage one after the other.
_REPAIR_SECONDS = 5.0
_BROKER_ERRORS = (redis.RedisError, sqlite3.Error, OSError)
_CONNECT_TIMEOUT_SECONDS = 2
_SOCKET_TIMEOUT_SECONDS = 5  # Longer than Huey's blocking read, which takes one second.


class SignedJson(Serializer):
    """Messages as signed JSON. Huey's default, pickle, would run code that a stranger enqueues."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__()
        # itsdangerous expects the newest key last.
        self._signer = Signer(
            list(reversed(keys)), salt="comic-downloads.queue", digest_method=hashlib.sha256
        )

    def _serialize(self, data: Any) -> bytes:
        return self._signer.sign(json.dumps(data).encode())

    def _deserialize(self, data: bytes) -> Any:
        try:
            document = json.loads(self._signer.unsign(data))
        except BadSignature as error:
            raise ValueError("a queue message is not signed by us") from error
        return Message(*document) if isinstance(document, list) else document


class WorkerTasks(Protocol):
    """What a worker process does. Each may be called at any time and repeatedly."""

    def attempt(self, task: Callable[[], None]) -> None:
        """Run the task; log its error instead of raising it."""

    def begin(self, heartbeat: Heartbeat) -> None:
        """Take the heartbeat of this process, before anything else is called."""

    def note_turn(self) -> None:
        """Note that the main loop looks for the next message."""

    def prepare_jobs(self) -> None:
        """Prepare jobs until none is due."""

    def scan_library(self) -> None:
        """Run the library scans that were requested."""

    def purge(self) -> None:
        """Delete what has expired."""

    def reconcile(self) -> None:
        """Compare rows with stored files."""

    def run_due_work(self) -> None:
        """Do whatever is due, without a message."""


class JobQueue:
    """The queue: a Huey instance, its tasks, and the notifications that use cases send.

    Notifications that fail are logged and otherwise ignored: the workers poll the database.
    """

    def __init__(self, huey: Huey) -> None:
        self.huey = huey
        self._worker: WorkerTasks | None = None
        self._prepare_jobs = huey.task(name="prepare_jobs")(
            lambda: self.worker.attempt(self.worker.prepare_jobs)
        )
        self._scan_library = huey.task(name="scan_library")(
            lambda: self.worker.attempt(self.worker.scan_library)
        )
        # Earlier versions sent these once a minute and once an hour; one may wait at an update.
        huey.task(name="purge")(lambda: self.worker.attempt(self.worker.purge))
        huey.task(name="reconcile")(lambda: self.worker.attempt(self.worker.reconcile))

    @property
    def worker(self) -> WorkerTasks:
        """The tasks of this worker process. Raises RuntimeError outside a worker."""
        if self._worker is None:
            raise RuntimeError("queue tasks run in a worker only")
        return self._worker

    @worker.setter
    def worker(self, tasks: WorkerTasks) -> None:
        self._worker = tasks

    def notify_workers(self) -> None:
        """Wake a worker because a job may be due."""
        _send(self._prepare_jobs)

    def notify_scan(self) -> None:
        """Wake a worker because a library scan was requested."""
        _send(self._scan_library)

    def check(self) -> None:
        """Raise the broker's error if it does not answer."""
        self.huey.pending_count()


def connect(settings: Settings) -> JobQueue:
    """Return the queue of these settings: on Redis if there is a REDIS_URL, else on SQLite."""
    return JobQueue(_create_huey(settings))


def _create_huey(settings: Settings) -> Huey:
    common: dict[str, Any] = {"results": False, "serializer": SignedJson(settings.secret_keys)}
    if settings.redis_url:
        pool = redis.ConnectionPool.from_url(
            settings.redis_url,
            socket_connect_timeout=_CONNECT_TIMEOUT_SECONDS,
            socket_timeout=_SOCKET_TIMEOUT_SECONDS,
        )
        return RedisHuey("comic-downloads", connection_pool=pool, **common)
    settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = settings.data / "queue.db"
    with try_lock(settings.work_dir / "queue", timeout_seconds=_REPAIR_SECONDS) or nullcontext():
        # Before SQLite opens it, which would make a file that everyone can read.
        file.touch(mode=0o600)
        if _is_damaged(file):
            _move_aside(file)
            file.touch(mode=0o600)
    return SqliteHuey("comic-downloads", filename=str(file), **common)


def _is_damaged(file: Path) -> bool:
    try:
        with closing(sqlite3.connect(file)) as connection:
            return connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok"
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        return code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def _move_aside(file: Path) -> None:
    """Rename a damaged queue. It holds nothing that the database does not have, too."""
    aside = file.with_name(f"{file.name}.damaged")
    file.replace(aside)
    for suffix in ("-wal", "-shm", "-journal"):
        file.with_name(f"{file.name}{suffix}").unlink(missing_ok=True)
    log.warning(
        "The queue was damaged: %s is now %s, and a new one is made. No download is lost",
        file,
        aside.name,
        extra={"action": "queue_replaced"},
    )


def _send(task: Callable[[], Any]) -> None:
    try:
        task()
    except _BROKER_ERRORS as error:
        log.warning("Queue did not answer; workers will poll for the work: %s", error)

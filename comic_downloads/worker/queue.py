"""The Huey instance and its thin tasks. A message carries no work: it only says that there may be some."""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import redis
from huey import Huey, RedisHuey, SqliteHuey, crontab
from huey.registry import Message
from huey.serializer import Serializer
from itsdangerous import BadSignature, Signer

from ..settings import Settings

log = logging.getLogger(__name__)

_BROKER_ERRORS = (redis.RedisError, sqlite3.Error, OSError)
_CONNECT_TIMEOUT_SECONDS = 2
_SOCKET_TIMEOUT_SECONDS = 5  # longer than the blocking read's one second


class SignedJson(Serializer):
    """Messages as signed JSON: Huey's default, pickle, would run whatever a stranger puts into the queue."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__()
        # itsdangerous wants the newest key last
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


class Duties(Protocol):
    """What a worker process does when it is woken; each is safe to call at any time, twice, or for nothing."""

    def prepare_jobs(self) -> None: ...
    def scan_library(self) -> None: ...
    def purge(self) -> None: ...
    def reconcile(self) -> None: ...


@dataclass(frozen=True)
class Doorbells:
    """``huey`` for the consumer; the rings for everybody else. A ring that fails is logged: the workers look by themselves."""

    huey: Huey
    ring: Callable[[], None]
    ring_scan: Callable[[], None]
    check: Callable[[], object]  # raises if the queue does not answer


def connect(settings: Settings, duties: Duties | None = None) -> Doorbells:
    """The queue of these settings. Only a worker hands its duties in; a task that runs without them is an error."""
    huey = _create_huey(settings)

    @huey.task(name="prepare_jobs")
    def prepare_jobs() -> None:
        _needed(duties).prepare_jobs()

    @huey.task(name="scan_library")
    def scan_library() -> None:
        _needed(duties).scan_library()

    @huey.periodic_task(crontab(minute="*"), name="purge")
    def purge() -> None:
        _needed(duties).purge()

    @huey.periodic_task(crontab(minute="17"), name="reconcile")
    def reconcile() -> None:
        _needed(duties).reconcile()

    return Doorbells(huey, _ringing(prepare_jobs), _ringing(scan_library), huey.pending_count)


def _needed(duties: Duties | None) -> Duties:
    if duties is None:
        raise RuntimeError("queue tasks run in a worker only")
    return duties


def _create_huey(settings: Settings) -> Huey:
    common: dict[str, Any] = {"results": False, "serializer": SignedJson(settings.secret_keys)}
    if settings.redis_url:
        pool = redis.ConnectionPool.from_url(
            settings.redis_url,
            socket_connect_timeout=_CONNECT_TIMEOUT_SECONDS,
            socket_timeout=_SOCKET_TIMEOUT_SECONDS,
        )
        return RedisHuey("comic-downloads", connection_pool=pool, **common)
    settings.data.mkdir(parents=True, exist_ok=True)
    file = settings.data / "queue.db"
    file.touch(mode=0o600)
    return SqliteHuey("comic-downloads", filename=str(file), **common)


def _ringing(task: Callable[[], Any]) -> Callable[[], None]:
    def ring() -> None:
        try:
            task()
        except _BROKER_ERRORS as error:
            log.warning("the queue does not answer, the workers will look by themselves: %s", error)

    return ring

"""When a file counts as being fetched: the rows that keep it from being purged and that the screen shows.

A client that fetches in pieces is between two requests for a moment, so a transfer is not over with a response but when
no other has begun for a while. What is over within a second needs no row.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from ...db.tables import Transfer
from ...domain.identity import new_id
from ..context import Context
from .links import Delivery

SHOWN_AFTER_SECONDS = 1.0
HEARTBEAT_SECONDS = 20.0
LINGER_SECONDS = 4.0  # a little longer than what the download in the page needs to try again

Key = tuple[str, str]


def transfer_key(delivery: Delivery) -> Key:
    return delivery.job_id, delivery.artifact_id


@dataclass
class _OngoingTransfer:
    """One job's file on its way through this process. ``last_heartbeat_at`` is None until there is a row."""

    id: str
    began_at: float
    responses: int = 0
    ended_at: float = 0.0
    last_heartbeat_at: float | None = None
    whole: bool = False


class TransferTracker:
    """Thread-safe. The caller writes what is ``due`` and ``over`` and then says so."""

    def __init__(self, context: Context, clock: Callable[[], float] = time.monotonic) -> None:
        self._context = context
        self._clock = clock
        self._lock = threading.Lock()
        self._ongoing: dict[Key, _OngoingTransfer] = {}

    def begin(self, delivery: Delivery) -> None:
        with self._lock:
            fresh = _OngoingTransfer(new_id(self._context.clock()), self._clock())
            self._ongoing.setdefault(transfer_key(delivery), fresh).responses += 1

    def end(self, delivery: Delivery) -> None:
        with self._lock:
            transfer = self._ongoing[transfer_key(delivery)]
            transfer.responses -= 1
            transfer.ended_at = self._clock()

    def mark_delivered(self, keys: Iterable[Key]) -> None:
        """Notes that these files have reached their users whole: no further request is to be waited for."""
        with self._lock:
            for key in keys:
                if key in self._ongoing:
                    self._ongoing[key].whole = True

    @property
    def is_active(self) -> bool:
        """True while a transfer may still go on or has a row that must go."""
        with self._lock:
            return bool(self._ongoing)

    def to_upsert(self) -> list[Transfer]:
        """The rows to write or to refresh now."""
        now = self._clock()
        with self._lock:
            return [
                _row(key, one)
                for key, one in self._ongoing.items()
                if _is_due(one, now) and not _is_over(one, now)
            ]

    def to_delete(self) -> list[str]:
        """The ids of the rows to delete now. Transfers without one that are over are forgotten here."""
        now = self._clock()
        with self._lock:
            gone = {key: one for key, one in self._ongoing.items() if _is_over(one, now)}
            for key, one in gone.items():
                if one.last_heartbeat_at is None:
                    del self._ongoing[key]
            return [one.id for one in gone.values() if one.last_heartbeat_at is not None]

    def mark_persisted(self, upserted: Collection[Transfer], deleted: Collection[str]) -> None:
        """Notes that these rows are in the database, and those no more."""
        beaten, gone, now = {row.id for row in upserted}, set(deleted), self._clock()
        with self._lock:
            for key, one in list(self._ongoing.items()):
                if (
                    one.id in gone and one.responses
                ):  # it has gone on meanwhile, and gets a row again
                    one.last_heartbeat_at, one.began_at = None, now
                elif one.id in gone:
                    del self._ongoing[key]
                elif one.id in beaten:
                    one.last_heartbeat_at = now


def _is_due(one: _OngoingTransfer, now: float) -> bool:
    if one.last_heartbeat_at is None:
        return now - one.began_at >= SHOWN_AFTER_SECONDS
    return now - one.last_heartbeat_at >= HEARTBEAT_SECONDS


def _is_over(one: _OngoingTransfer, now: float) -> bool:
    return one.responses == 0 and (one.whole or now - one.ended_at >= LINGER_SECONDS)


def _row(key: Key, one: _OngoingTransfer) -> Transfer:
    return Transfer(id=one.id, job_id=key[0], artifact_id=key[1])

"""Track which files are in transfer, as database rows that prevent purging and feed the screen.

A client that fetches a file in several requests pauses between them. A transfer therefore ends
LINGER_SECONDS after its last response, not with it. Transfers shorter than SHOWN_AFTER_SECONDS
get no row.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from ...db.tables import Transfer
from ...domain.identity import new_id
from ..context import Context
from .links import Delivery

SHOWN_AFTER_SECONDS = 1.0
HEARTBEAT_SECONDS = 20.0
LINGER_SECONDS = 4.0  # Slightly longer than the retry interval of the in-page download.

Key = tuple[str, str]


def transfer_key(delivery: Delivery) -> Key:
    """Return the ids of job and artifact, which identify a transfer in this process."""
    return delivery.job_id, delivery.artifact_id


@dataclass
class _OngoingTransfer:
    """One job's file in transfer. Times are monotonic seconds.

    ``last_heartbeat_at`` is None until the row is written.
    """

    id: str
    began_at: float
    responses: int = 0
    ended_at: float = 0.0
    last_heartbeat_at: float | None = None
    whole: bool = False


class TransferTracker:
    """Tracks the transfers of this process. Thread-safe.

    The caller writes the rows of ``to_upsert`` and ``to_delete``, then calls ``mark_persisted``.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._ongoing: dict[Key, _OngoingTransfer] = {}

    def begin(self, delivery: Delivery) -> None:
        """Record the start of a response."""
        key, now = transfer_key(delivery), self._context.monotonic()
        with self._lock:
            if key not in self._ongoing:
                self._ongoing[key] = _OngoingTransfer(new_id(self._context.clock()), now)
            self._ongoing[key].responses += 1

    def end(self, delivery: Delivery) -> None:
        """Record the end of a response."""
        with self._lock:
            transfer = self._ongoing[transfer_key(delivery)]
            transfer.responses -= 1
            transfer.ended_at = self._context.monotonic()

    def mark_delivered(self, keys: Iterable[Key]) -> None:
        """Record that these files were delivered completely, so that they end without lingering."""
        with self._lock:
            for key in keys:
                if key in self._ongoing:
                    self._ongoing[key].whole = True

    @property
    def is_active(self) -> bool:
        """True while a transfer may continue or has a row to delete."""
        with self._lock:
            return bool(self._ongoing)

    def to_upsert(self) -> list[Transfer]:
        """Return the rows to write or refresh now."""
        now = self._context.monotonic()
        with self._lock:
            return [
                _row(key, one)
                for key, one in self._ongoing.items()
                if _is_due(one, now) and not _is_over(one, now)
            ]

    def to_delete(self) -> list[str]:
        """Return the ids of the rows to delete now, and forget ended transfers without a row."""
        now = self._context.monotonic()
        with self._lock:
            gone = {key: one for key, one in self._ongoing.items() if _is_over(one, now)}
            for key, one in gone.items():
                if one.last_heartbeat_at is None:
                    del self._ongoing[key]
            return [one.id for one in gone.values() if one.last_heartbeat_at is not None]

    def mark_persisted(self, upserted: Collection[Transfer], deleted: Collection[str]) -> None:
        """Record that the rows were written and the other rows deleted."""
        written, gone, now = {row.id for row in upserted}, set(deleted), self._context.monotonic()
        with self._lock:
            for key, one in list(self._ongoing.items()):
                # The transfer continued in the meantime, so it gets a new row.
                if one.id in gone and one.responses:
                    one.last_heartbeat_at, one.began_at = None, now
                elif one.id in gone:
                    del self._ongoing[key]
                elif one.id in written:
                    one.last_heartbeat_at = now


def _is_due(one: _OngoingTransfer, now: float) -> bool:
    if one.last_heartbeat_at is None:
        return now - one.began_at >= SHOWN_AFTER_SECONDS
    return now - one.last_heartbeat_at >= HEARTBEAT_SECONDS


def _is_over(one: _OngoingTransfer, now: float) -> bool:
    return one.responses == 0 and (one.whole or now - one.ended_at >= LINGER_SECONDS)


def _row(key: Key, one: _OngoingTransfer) -> Transfer:
    return Transfer(id=one.id, job_id=key[0], artifact_id=key[1])

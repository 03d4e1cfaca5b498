"""Counting what reaches users, and keeping the files that are on their way.

The counter gathers what all transfers of this process hand over and writes it in one transaction a second, from a
thread of its own: a transfer never waits for the database, and many small ranges cost no more than one large one. If
the process dies, up to a second of counting is lost, and nothing else.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Sequence

from ...db import deliveries
from ...db.session import DatabaseError
from ...domain.ranges import ByteRange
from ..context import Context
from .links import Delivery
from .transfers import TransferTracker, transfer_key
from .unconfirmed import UnconfirmedRanges

WRITE_EVERY_SECONDS = 1.0
SETTLE_SECONDS = 0.25
SAME_PIECE_SECONDS = 0.05
GATHER_SECONDS = (
    0.1  # after a response ends: those of one client's other connections tend to end just then
)

log = logging.getLogger(__name__)


class ResponseCounter:
    """One response's share: ``sent`` for every piece handed to the network, then ``end``.

    Pieces count once they are SETTLE_SECONDS old: a server notices late that a client has left, and what it seemed to
    take last may have reached nobody. That counts when a later request shows that it did. A response that has sent the
    whole file gives all of it as one range: it is a download of its own, whatever others send of the file meanwhile.
    """

    def __init__(self, counter: DeliveryCounter, delivery: Delivery) -> None:
        self.delivery = delivery
        self._counter = counter
        self._key = (delivery.job_id, delivery.sha256)
        self._began_at = self._position = -1
        self._lock = threading.Lock()
        self._settled: list[ByteRange] = []
        self._fresh: deque[tuple[float, ByteRange]] = deque()

    def sent(self, start: int, end: int) -> None:
        now = time.monotonic()
        with self._lock:
            if start != self._position:
                self._settled.extend(self._counter.unconfirmed.resume_from(self._key, start))
                self._began_at = start
            self._position = end
            self._settle(now)
            if (self._began_at, end) == (0, self.delivery.size_bytes):
                self._fresh.clear()
                self._settled.append(ByteRange(0, end))
                return
            if (
                self._fresh
                and self._fresh[-1][1].end == start
                and now - self._fresh[-1][0] < SAME_PIECE_SECONDS
            ):
                now, piece = self._fresh.pop()
                start = piece.start
            self._fresh.append((now, ByteRange(start, end)))

    def end(self, *, client_left: bool = False) -> None:
        with self._lock:
            self._settle(time.monotonic() if client_left else float("inf"))
            last = [piece for _, piece in self._fresh]
            self._settled.extend(self._counter.unconfirmed.disconnect(self._key, last))
            self._fresh.clear()
        self._counter.end(self)

    def take(self) -> list[ByteRange]:
        """What has settled since the last time."""
        with self._lock:
            self._settle(time.monotonic())
            taken, self._settled = self._settled, []
            return taken

    def give_back(self, ranges: Sequence[ByteRange]) -> None:
        with self._lock:
            self._settled = [*ranges, *self._settled]

    def _settle(self, now: float) -> None:
        while self._fresh and now - self._fresh[0][0] >= SETTLE_SECONDS:
            self._settled.append(self._fresh.popleft()[1])


class DeliveryCounter:
    """Counts for all responses of this process. Thread-safe; its thread lives only while there is something to write."""

    def __init__(self, context: Context) -> None:
        self.unconfirmed = UnconfirmedRanges()
        self._context = context
        self._transfers = TransferTracker(context)
        self._lock = threading.Lock()
        self._running: set[ResponseCounter] = set()
        self._ended: list[ResponseCounter] = []
        self._something_ended = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, delivery: Delivery) -> ResponseCounter:
        count = ResponseCounter(self, delivery)
        self._transfers.begin(delivery)
        with self._lock:
            self._running.add(count)
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._run, name="delivery-counter", daemon=True
                )
                self._thread.start()
        return count

    def end(self, count: ResponseCounter) -> None:
        with self._lock:
            if count not in self._running:
                return
            self._running.remove(count)
            self._ended.append(count)
        self._transfers.end(count.delivery)
        self._something_ended.set()

    def _run(self) -> None:
        while True:
            if self._something_ended.wait(WRITE_EVERY_SECONDS):
                time.sleep(GATHER_SECONDS)
                self._something_ended.clear()
            self._write()
            with self._lock:
                if not self._running and not self._ended and not self._transfers.is_active:
                    self._thread = None
                    return

    def _write(self) -> None:
        with self._lock:
            running, ended = list(self._running), list(self._ended)
        taken = {
            count: count.take() for count in (*ended, *running)
        }  # in the order they were sent, as far as we know
        try:
            self._store(taken)
            taken.clear()  # written: given back, a share would count it twice
            self._store_transfers()
        except DatabaseError as error:
            log.warning(
                "Counting of transfers is delayed, the database does not answer: %s",
                error,
                extra={"action": "count"},
            )
            for count, ranges in taken.items():
                count.give_back(ranges)
            time.sleep(WRITE_EVERY_SECONDS)
            return
        with self._lock:
            self._ended = [count for count in self._ended if count not in ended]

    def _store(self, taken: dict[ResponseCounter, list[ByteRange]]) -> None:
        ranges: dict[tuple[str, str], list[ByteRange]] = defaultdict(list)
        for count, parts in taken.items():
            if parts:
                ranges[count.delivery.job_id, count.delivery.sha256].extend(parts)
        if not ranges:
            return
        with self._context.db.write() as session:
            delivered = deliveries.add_all_delivered(session, ranges)
        sent = [count.delivery for count, parts in taken.items() if parts]
        self._transfers.mark_delivered(
            transfer_key(one) for one in sent if delivered[one.job_id, one.sha256] == one.size_bytes
        )

    def _store_transfers(self) -> None:
        to_upsert, to_delete = self._transfers.to_upsert(), self._transfers.to_delete()
        if to_upsert:
            with self._context.db.write() as session:
                deliveries.heartbeat(session, to_upsert, self._context.clock())
        if to_delete:  # apart from the above: each locks jobs in the order of their ids
            with self._context.db.write() as session:
                deliveries.end_transfers(session, to_delete)
        if to_upsert or to_delete:
            self._transfers.mark_persisted(to_upsert, to_delete)

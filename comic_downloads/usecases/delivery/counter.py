"""Count the bytes that reach users, and protect files in transfer from deletion.

The counter collects the sent ranges of all transfers of this process and writes them from its own
thread, in one or two transactions per second. Transfers therefore never wait for the database, and
many small ranges cost no more than one large range. If the process dies, at most one second of
counting is lost.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Sequence

from ...db import delivery, fetches
from ...domain.errors import DatabaseError
from ...domain.ranges import ByteRange
from ..context import Context
from .links import Delivery
from .transfers import TransferTracker, transfer_key
from .unconfirmed import UnconfirmedRanges

WRITE_EVERY_SECONDS = 1.0
SETTLE_SECONDS = 0.25
SAME_PIECE_SECONDS = 0.05
# The wait after a response ends, because the other connections of its client often end with it.
GATHER_SECONDS = 0.1
# The time between two writes: a client that fetches many ranges ends a response every few
# milliseconds, and a write costs as much as a range.
LEAST_SECONDS = 0.5

log = logging.getLogger(__name__)


class ResponseCounter:
    """Counts one response: call ``sent`` for every range given to the network, then ``end``.

    A range counts once it is SETTLE_SECONDS old, because a server notices late that a client has
    disconnected, and the last ranges may have reached nobody. They count when a later request
    confirms them. A response that sent the whole file reports it as one range, so that it is one
    download no matter what other responses send at the same time.
    """

    def __init__(self, counter: DeliveryCounter, delivery: Delivery) -> None:
        self.delivery = delivery
        self._counter = counter
        self._key = (delivery.job_id, delivery.etag)
        self._began_at = self._position = -1
        self._lock = threading.Lock()
        self._settled: list[ByteRange] = []
        self._fresh: deque[tuple[float, ByteRange]] = deque()

    def sent(self, start: int, end: int) -> None:
        """Record that the bytes from ``start`` up to but not including ``end`` were sent."""
        now = self._counter.monotonic()
        with self._lock:
            if start != self._position:
                self._settled.extend(self._counter.unconfirmed.note_start(self._key, start))
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
        """Finish counting. ``client_left`` leaves the last ranges unconfirmed."""
        with self._lock:
            self._settle(self._counter.monotonic() if client_left else float("inf"))
            last = [piece for _, piece in self._fresh]
            self._settled.extend(self._counter.unconfirmed.note_disconnect(self._key, last))
            self._fresh.clear()
        self._counter.end(self)

    def take(self) -> list[ByteRange]:
        """Return and forget the ranges that have settled since the last call."""
        with self._lock:
            self._settle(self._counter.monotonic())
            taken, self._settled = self._settled, []
            return taken

    def give_back(self, ranges: Sequence[ByteRange]) -> None:
        """Return ranges to this counter that could not be written."""
        with self._lock:
            self._settled = [*ranges, *self._settled]

    def _settle(self, now: float) -> None:
        while self._fresh and now - self._fresh[0][0] >= SETTLE_SECONDS:
            self._settled.append(self._fresh.popleft()[1])


class DeliveryCounter:
    """Counts for all responses of this process.

    Thread-safe. Its own thread runs only while there is something to write.
    """

    def __init__(self, context: Context) -> None:
        self.unconfirmed = UnconfirmedRanges()
        self.monotonic = context.monotonic
        self._context = context
        self._transfers = TransferTracker(context)
        self._lock = threading.Lock()
        self._running: set[ResponseCounter] = set()
        self._ended: list[ResponseCounter] = []
        self._something_ended = threading.Event()
        self._thread: threading.Thread | None = None

    def begin(self, delivery: Delivery) -> ResponseCounter:
        """Start counting a response, and return its counter."""
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
        """Finish a response. Finishing it twice is not an error."""
        with self._lock:
            if count not in self._running:
                return
            self._running.remove(count)
            self._ended.append(count)
        self._transfers.end(count.delivery)
        self._something_ended.set()

    def _run(self) -> None:
        written_at = float("-inf")
        while True:
            if self._something_ended.wait(WRITE_EVERY_SECONDS):
                time.sleep(max(GATHER_SECONDS, written_at + LEAST_SECONDS - self.monotonic()))
                self._something_ended.clear()
            self._write()
            written_at = self.monotonic()
            with self._lock:
                if not self._running and not self._ended and not self._transfers.is_active:
                    self._thread = None
                    return

    def _write(self) -> None:
        with self._lock:
            running, ended = list(self._running), list(self._ended)
        # Ended responses first, which is the best known order of sending.
        taken = {count: count.take() for count in (*ended, *running)}
        try:
            self._store(taken)
            taken.clear()  # They are written; giving them back would count a download twice.
            self._store_transfers()
        except DatabaseError as error:
            log.warning(
                "Counting delayed because the database failed: %s",
                error.reason,
                extra={"action": "count_deferred"},
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
                ranges[count.delivery.job_id, count.delivery.etag].extend(parts)
        if not ranges:
            return
        with self._context.db.write() as session:
            delivered = delivery.add_all_delivered(session, ranges)
            sent = [count.delivery for count, parts in taken.items() if parts]
            whole = [one for one in sent if delivered[one.job_id, one.etag] == one.size_bytes]
            if whole:
                jobs = {one.job_id for one in whole}
                fetches.record_fetched(session, jobs, self._context.clock())
        self._transfers.mark_delivered(map(transfer_key, whole))

    def _store_transfers(self) -> None:
        to_upsert, to_delete = self._transfers.to_upsert(), self._transfers.to_delete()
        if to_upsert:
            with self._context.db.write() as session:
                delivery.heartbeat(session, to_upsert, self._context.clock())
        # In a separate transaction, because each one locks jobs in the order of their ids.
        if to_delete:
            with self._context.db.write() as session:
                delivery.end_transfers(session, to_delete)
        if to_upsert or to_delete:
            self._transfers.mark_persisted(to_upsert, to_delete)

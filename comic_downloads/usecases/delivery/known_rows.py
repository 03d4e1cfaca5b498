"""What the database says about files that were asked for a moment ago.

A client that fetches a file in ranges asks for the same row many times a second. The row is used
again only while nobody has committed anything to the database, so that a link that was revoked, a
share that was used up and a file that was removed are noticed by the next request.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from ...db import delivery
from ...db.delivery import JobFile
from ..context import Context

# For so long the file behind a row is known to be in the memory of the kernel, too.
FRESH_SECONDS = 1.0
MAX_ROWS = 1000


@dataclass
class KnownRows:
    """The rows of files by the ids of their jobs. Thread-safe."""

    context: Context
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _version: int | None = None
    _rows: dict[str, tuple[float, JobFile]] = field(default_factory=dict)

    def known(self, job_id: str) -> JobFile | None:
        """Return the row as the database has it now, or None if it has to be read."""
        version = self.context.db.version.current()
        with self._lock:
            if version is None or version != self._version or job_id not in self._rows:
                return None
            read_at, row = self._rows[job_id]
        return row if self.context.monotonic() - read_at < FRESH_SECONDS else None

    def read(self, job_id: str) -> JobFile | None:
        """Read the row and remember it. Return None if the job is gone."""
        database = self.context.db
        database.version.open()
        # Asked before reading: what is committed meanwhile makes the row look older than it is.
        version, now = database.version.current(), self.context.monotonic()
        with database.read() as session:
            row = delivery.file_of_job(session, job_id)
        if row is not None and version is not None:
            self._remember(job_id, version, now, row)
        return row

    def _remember(self, job_id: str, version: int, now: float, row: JobFile) -> None:
        with self._lock:
            if version != self._version or len(self._rows) >= MAX_ROWS:
                self._rows.clear()
            self._version = version
            self._rows[job_id] = now, row

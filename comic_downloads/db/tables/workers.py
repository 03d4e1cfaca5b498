"""Worker processes, and the duties that they share."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Column, Field

from ..columns import Table, UtcDateTime, big_column, time_column


class Worker(Table, table=True):
    """A worker process, and what it reported last.

    ``free_disk_bytes`` is None if there is no limit.
    """

    id: str = Field(primary_key=True)
    host: str
    pid: int
    started_at: datetime = time_column()
    heartbeat_at: datetime = time_column(index=True)
    free_disk_bytes: int | None = big_column(None, nullable=True)


class CronSlot(Table, table=True):
    """A periodic duty at one time.

    The process that inserts the row performs the duty, so it is performed only once.
    """

    name: str = Field(primary_key=True)
    slot: datetime = Field(sa_column=Column(UtcDateTime(), primary_key=True))

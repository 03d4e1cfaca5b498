"""Files on their way to users."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Column, Field

from ..columns import Table, reference, time_column


class DeliveredRange(Table, table=True):
    """Bytes of a job's file that have reached its user.

    They are those from ``start`` to ``end``, which is not included. Adjacent ranges are merged.
    """

    job_id: str = reference("job.id", primary=True)
    start: int = Field(sa_column=Column("start_byte", BigInteger, primary_key=True))
    end: int = Field(sa_column=Column("end_byte", BigInteger, nullable=False))


class Transfer(Table, table=True):
    """A job's file that one web process is sending to its user.

    While the row gets heartbeats, the file is shown as being fetched and is not purged.
    """

    id: str = Field(primary_key=True)
    artifact_id: str = reference("artifact.id")
    job_id: str = reference("job.id")
    heartbeat_at: datetime = time_column(index=True)

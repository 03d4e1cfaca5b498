"""The events of the outbox, their consumers, and the counts of transitions."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, Integer
from sqlmodel import Column, Field

from ...domain.job import JobStatus
from ..columns import Table, big_column, time_column

_STATUSES = ", ".join(f"'{status}'" for status in JobStatus)


class OutboxEvent(Table, table=True):
    """A change of a job's status, for the consumers of the outbox (see db/outbox.py).

    An event outlives its job and its user, so it refers to neither by a foreign key.
    """

    __table_args__ = (CheckConstraint(f"status IN ({_STATUSES})", name="outbox_event_status"),)

    id: int | None = Field(
        default=None,
        sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    )
    position: int | None = Field(sa_column=Column(BigInteger, nullable=True, unique=True))
    job_id: str
    user_id: str
    action: str
    status: str
    created_at: datetime = time_column(index=True)


class EventConsumer(Table, table=True):
    """A reader of the outbox that must not miss an event.

    ``position`` is the last one it has acknowledged.
    """

    name: str = Field(primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, nullable=False))


class TransitionCount(Table, table=True):
    """How often an action has changed a job's status since the database was created."""

    action: str = Field(primary_key=True)
    total: int = big_column()

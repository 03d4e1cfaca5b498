"""The outbox: one row for every change of a job's status, written in the same transaction.

Consumers read events in the order of ``position``. On PostgreSQL, ids cannot be that order: a
transaction may commit after another one with higher ids, and a consumer that remembers the highest
id it saw would miss its events. So events get their positions after their commit, from one process
at a time. Every event without a position comes after all events that have one. On SQLite, write
transactions exclude each other, so an event gets its position at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, func, insert, literal, select, text, update
from sqlmodel import Session, col

from ..domain.job import Action
from .session import clock_value, insert_if_absent
from .tables import EventConsumer, Job, OutboxEvent

# How many events a consumer reads at a time. SQLite takes 32,766 ids in one statement.
MAX_EVENTS = 10_000
# PostgreSQL identifies an advisory lock by a number, which only has to be unique.
_LOCK_KEY = 7_110_424


@dataclass(frozen=True)
class Event:
    """A transition of a job: ``action`` led to ``status``.

    ``id`` is unique, so that consumers can recognize an event that is delivered twice. ``position``
    is the event's place in the order of delivery, from 1. The events of one job have the order in
    which they happened.
    """

    id: int
    position: int
    job_id: str
    user_id: str
    action: Action
    status: str
    created_at: datetime


@dataclass(frozen=True)
class Tip:
    """The end of the outbox: the last position, and whether events still wait for one."""

    position: int
    has_unplaced: bool

    def is_beyond(self, position: int) -> bool:
        """Return True if there are events after the position."""
        return self.has_unplaced or self.position > position


def record(session: Session, action: Action, *jobs: Any) -> None:
    """Write an event for each of these jobs, whose status the action has just set."""
    values = select(
        col(Job.id),
        col(Job.user_id),
        literal(str(action)),
        col(Job.status),
        clock_value(session),
    ).where(*jobs)
    names = ["job_id", "user_id", "action", "status", "created_at"]
    written = insert(OutboxEvent).from_select(names, values.order_by(col(Job.id)))
    session.connection().execute(written)
    if _is_sqlite(session):
        _place(session)


def place_events(session: Session) -> None:
    """Assign positions to all committed events.

    Do nothing while another process does the same; that process is about to commit, so ask again
    later. Call it in a transaction of its own, because other processes cannot assign positions
    until that transaction ends.
    """
    if _is_sqlite(session):
        return
    lock = text("SELECT pg_try_advisory_xact_lock(:key)")
    if session.connection().execute(lock, {"key": _LOCK_KEY}).scalar_one():
        _place(session)


def _place(session: Session) -> None:
    last = select(func.coalesce(func.max(col(OutboxEvent.position)), 0)).scalar_subquery()
    place = (last + func.row_number().over(order_by=col(OutboxEvent.id))).label("place")
    unplaced = select(col(OutboxEvent.id).label("id"), place).where(
        col(OutboxEvent.position).is_(None)
    )
    placed = unplaced.subquery()
    session.connection().execute(
        update(OutboxEvent)
        .where(col(OutboxEvent.id) == placed.c.id)
        .values(position=placed.c.place)
    )


def tip(session: Session) -> Tip:
    """Return the end of the outbox. It takes one statement."""
    last = select(func.coalesce(func.max(col(OutboxEvent.position)), 0)).scalar_subquery()
    unplaced = exists().where(col(OutboxEvent.position).is_(None))
    row = session.connection().execute(select(last, unplaced)).one()
    return Tip(row[0], row[1])


def events_after(session: Session, position: int, limit: int = MAX_EVENTS) -> list[Event]:
    """Return the events after the position, in order; those without a position are left out."""
    wanted = select(OutboxEvent).where(col(OutboxEvent.position) > position)
    rows = session.scalars(wanted.order_by(col(OutboxEvent.position)).limit(limit))
    return [
        Event(
            id=row.id,
            position=row.position,
            job_id=row.job_id,
            user_id=row.user_id,
            action=Action(row.action),
            status=row.status,
            created_at=row.created_at,
        )
        for row in rows
        if row.id is not None and row.position is not None
    ]


def consumer_position(session: Session, consumer: str) -> int:
    """Return the last position that the consumer acknowledged, or 0."""
    row = session.get(EventConsumer, consumer)
    return 0 if row is None else row.position


def next_events(session: Session, consumer: str, limit: int = MAX_EVENTS) -> list[Event]:
    """Return the events that the consumer has not acknowledged, in order.

    No other process can read as this consumer until the transaction ends. An unknown consumer is
    added, and starts with the oldest event in the outbox.
    """
    insert_if_absent(session, EventConsumer(name=consumer, position=0))
    own = select(EventConsumer).where(col(EventConsumer.name) == consumer)
    row = session.scalars(own.with_for_update()).one()
    return events_after(session, row.position, limit)


def acknowledge(session: Session, consumer: str, events: Sequence[Event]) -> None:
    """Record in this transaction that the consumer has processed these events."""
    if events:
        moved = update(EventConsumer).where(col(EventConsumer.name) == consumer)
        session.connection().execute(moved.values(position=events[-1].position))


def trim(session: Session, before: datetime, unread_before: datetime) -> int:
    """Delete events from before ``before`` that all consumers have read; return how many.

    Events from before ``unread_before`` are deleted even if they are unread. The last event with a
    position stays, because the next position is derived from it.
    """
    position = col(OutboxEvent.position)
    is_read = ~exists().where(col(EventConsumer.position) < position)
    over = (col(OutboxEvent.created_at) < before) & is_read
    last = select(func.max(position)).scalar_subquery()
    old = delete(OutboxEvent).where(
        over | (col(OutboxEvent.created_at) < unread_before), position < last
    )
    return session.connection().execute(old).rowcount


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"

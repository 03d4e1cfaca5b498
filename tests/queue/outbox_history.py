"""What the outbox tells of the jobs, compared with their rows."""

from __future__ import annotations

from sqlmodel import col, select

from comic_downloads.db.outbox import Event, events_after, place_events
from comic_downloads.db.tables import Job
from comic_downloads.domain.job import allowed_from, leads_to
from comic_downloads.usecases.context import Context


def all_events(context: Context) -> list[Event]:
    with context.db.write() as session:
        place_events(session)
    with context.db.read() as session:
        return events_after(session, 0)


def replay(events: list[Event]) -> dict[str, str]:
    """The status of each job after these events; every one of them must have been allowed."""
    statuses: dict[str, str] = {}
    for event in events:
        before = statuses.get(event.job_id)
        allowed = allowed_from(event.action)
        assert (before in allowed) if before else not allowed, (before, event)
        assert event.status == leads_to(event.action)
        statuses[event.job_id] = event.status
    return statuses


def check_outbox(context: Context) -> None:
    """Fails unless replaying the outbox leads to the statuses that the jobs have."""
    events = all_events(context)
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    assert len({event.id for event in events}) == len(events)
    with context.db.read() as session:
        rows = session.connection().execute(select(col(Job.id), col(Job.status))).all()
    replayed = replay(events)
    assert {row[0]: replayed.get(row[0]) for row in rows} == {row[0]: row[1] for row in rows}

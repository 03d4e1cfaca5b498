"""Find the jobs that changed, for open pages and for the event stream."""

from __future__ import annotations

from dataclasses import dataclass

from ...db import jobs, outbox
from ..context import Context
from .snapshots import JobSnapshot, take_snapshots


@dataclass(frozen=True)
class LatestChange:
    """The highest revision of all jobs, and the end of the outbox."""

    revision: int
    tip: outbox.Tip


def changed_since(context: Context, revision: int, user_id: str | None = None) -> list[JobSnapshot]:
    """Return the jobs that changed after the revision, in order of change, removed ones included.

    Without ``user_id`` these are the jobs of all users, which no user may see.
    """
    with context.db.read() as session:
        return take_snapshots(context, session, jobs.changed_after(session, revision, user_id))


def changes_after(context: Context, revision: int, position: int) -> tuple[list[JobSnapshot], int]:
    """Return all users' jobs that changed, in order, and the position in the outbox after them.

    Progress is found by revision: on PostgreSQL a change that is committed late may be too low for
    that. A transition is found by its event after ``position`` in any case.
    """
    with context.db.read() as session:
        tip = outbox.tip(session)
    if tip.has_unplaced:
        with context.db.write() as session:
            outbox.place_events(session)
    with context.db.read() as session:
        events = outbox.events_after(session, position) if tip.is_beyond(position) else []
        rows = jobs.changed_after(session, revision)
        moved = {event.job_id for event in events} - {row.id for row in rows}
        rows += jobs.jobs_by_id(session, moved) if moved else []
        snapshots = take_snapshots(context, session, sorted(rows, key=lambda row: row.revision))
    return snapshots, events[-1].position if events else position


def latest_change(context: Context) -> LatestChange:
    """Return where the series of changes ends, from one short look."""
    with context.db.read() as session:
        return LatestChange(jobs.latest_revision(session), outbox.tip(session))


def latest_revision(context: Context) -> int:
    """Return the highest revision of all jobs."""
    with context.db.read() as session:
        return jobs.latest_revision(session)

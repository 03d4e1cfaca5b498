"""Count the transitions of all jobs, for monitoring: a consumer of the outbox with a position."""

from __future__ import annotations

from collections import Counter

from ...db import outbox, transition_counts
from ..context import Context

CONSUMER = "transition_counts"


def count_transitions(context: Context) -> dict[str, int]:
    """Add what the outbox has beyond the last count; returns the totals by action.

    Totals and position change in one transaction, so each transition counts once, whichever
    process is killed when and however many count at the same time.
    """
    with context.db.read() as session:
        tip = outbox.tip(session)
        is_behind = tip.is_beyond(outbox.consumer_position(session, CONSUMER))
    if tip.has_unplaced:
        with context.db.write() as session:
            outbox.place_events(session)
    if is_behind:
        while _count_some(context):
            pass
    with context.db.read() as session:
        return transition_counts.totals(session)


def _count_some(context: Context) -> bool:
    with context.db.write() as session:
        events = outbox.next_events(session, CONSUMER)
        transition_counts.add(session, Counter(str(event.action) for event in events))
        outbox.acknowledge(session, CONSUMER, events)
    return bool(events)

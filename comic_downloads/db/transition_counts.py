"""Statements about how often each action has changed a job's status."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import select, update
from sqlmodel import Session, col

from .session import insert_if_absent
from .tables import TransitionCount


def add(session: Session, counts: Mapping[str, int]) -> None:
    """Add these counts, by action, to the totals."""
    for action, count in sorted(counts.items()):
        insert_if_absent(session, TransitionCount(action=action, total=0))
        counted = update(TransitionCount).where(col(TransitionCount.action) == action)
        total = col(TransitionCount.total) + count
        session.connection().execute(counted.values(total=total))


def totals(session: Session) -> dict[str, int]:
    """Return the totals by action; an action that was never counted is missing."""
    wanted = select(col(TransitionCount.action), col(TransitionCount.total))
    return {row[0]: row[1] for row in session.connection().execute(wanted)}

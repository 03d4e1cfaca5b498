"""The statements on sendings. Times of due attempts and leases are of the database's clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlmodel import Session, col

from ..domain.sending import TRANSITIONS, UNFINISHED, SendingAction, SendingState
from .session import database_now, insert_if_absent
from .tables import Sending


def add_sending(session: Session, sending: Sending) -> bool:
    """Insert the sending. Return False if one of this file to this recipient is under way."""
    return insert_if_absent(session, sending)


def unfinished_sending(session: Session, job_id: str, recipient_id: str) -> Sending | None:
    """Return the sending of this file to this recipient that has not ended, or None."""
    found = select(Sending).where(
        col(Sending.job_id) == job_id,
        col(Sending.recipient_id) == recipient_id,
        col(Sending.state).in_(UNFINISHED),
    )
    return session.scalars(found).first()


def sending_by_id(session: Session, sending_id: str) -> Sending | None:
    """Return the sending, or None if it was removed with its job."""
    return session.scalars(select(Sending).where(col(Sending.id) == sending_id)).first()


def sendings_of_job(session: Session, job_id: str) -> Sequence[Sending]:
    """Return the sendings of the job's file, newest first."""
    own = select(Sending).where(col(Sending.job_id) == job_id)
    return session.scalars(own.order_by(col(Sending.id).desc())).all()


def count_since(session: Session, user_id: str, since: datetime) -> int:
    """Return how many sendings the user has asked for since this time."""
    own = select(func.count()).where(
        col(Sending.user_id) == user_id, col(Sending.created_at) > since
    )
    return session.connection().execute(own).scalar_one()


def any_due(session: Session) -> bool:
    """Return whether a sending waits for an attempt, or was left by one that is gone."""
    now = database_now(session)
    due = select(col(Sending.id)).where(
        or_(
            (col(Sending.state) == SendingState.WAITING) & (col(Sending.not_before) <= now),
            (col(Sending.state) == SendingState.SENDING) & (col(Sending.lease_until) < now),
        )
    )
    return session.connection().execute(due.limit(1)).first() is not None


def recover_lapsed(session: Session) -> int:
    """Let sendings whose attempt is gone be tried again. Return how many there were."""
    now = database_now(session)
    lapsed = (
        update(Sending)
        .where(col(Sending.state) == SendingState.SENDING, col(Sending.lease_until) < now)
        .values(**_columns(SendingAction.POSTPONE), not_before=now)
    )
    return session.connection().execute(lapsed).rowcount


def claim_next(session: Session, token: str, lease_seconds: int) -> Sending | None:
    """Begin an attempt of the sending that has been due for the longest time, if there is one."""
    now = database_now(session)
    due = (
        select(Sending)
        .where(col(Sending.state) == SendingState.WAITING, col(Sending.not_before) <= now)
        .order_by(col(Sending.not_before), col(Sending.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    sending = session.scalars(due).first()
    if sending is None:
        return None
    session.expunge(sending)
    claimed = {
        "attempt": sending.attempt + 1,
        "lease_token": token,
        "lease_until": now + timedelta(seconds=lease_seconds),
    }
    return sending if move(session, SendingAction.CLAIM, sending.id, **claimed) else None


def renew(session: Session, sending_id: str, token: str, lease_seconds: int) -> bool:
    """Extend the lease. Return False if it is lost."""
    until = database_now(session) + timedelta(seconds=lease_seconds)
    held = update(Sending).where(col(Sending.id) == sending_id, col(Sending.lease_token) == token)
    return session.connection().execute(held.values(lease_until=until)).rowcount == 1


def end_attempt(
    session: Session, action: SendingAction, sending_id: str, token: str, **columns: Any
) -> bool:
    """Do the action if the attempt still holds the sending. Return False otherwise."""
    return move(session, action, sending_id, held_by=token, **columns)


def cancel_for_recipient(session: Session, recipient_id: str, now: datetime) -> None:
    """Cancel what is still to be sent to the recipient."""
    cancelled = update(Sending).where(
        col(Sending.recipient_id) == recipient_id, col(Sending.state).in_(UNFINISHED)
    )
    values = {**_columns(SendingAction.CANCEL), "ended_at": now}
    session.connection().execute(cancelled.values(**values))


def move(
    session: Session,
    action: SendingAction,
    sending_id: str,
    held_by: str | None = None,
    **columns: Any,
) -> bool:
    """Do the action, if the state and the lease allow it, and write the columns, too."""
    allowed = update(Sending).where(
        col(Sending.id) == sending_id, col(Sending.state).in_(TRANSITIONS[action].sources)
    )
    if held_by is not None:
        allowed = allowed.where(col(Sending.lease_token) == held_by)
    values = {**_columns(action), **columns}
    return session.connection().execute(allowed.values(**values)).rowcount == 1


def _columns(action: SendingAction) -> dict[str, Any]:
    return {"state": TRANSITIONS[action].target, "lease_token": None, "lease_until": None}

"""The statements on recipients of mailed files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlmodel import Session, col

from .session import insert_if_absent
from .tables import Recipient


def recipients_of(session: Session, user_id: str) -> list[Recipient]:
    """Return the user's recipients, in the order of their names."""
    own = select(Recipient).where(col(Recipient.user_id) == user_id)
    return list(session.scalars(own.order_by(col(Recipient.name_key))))


def count_recipients(session: Session, user_id: str) -> int:
    """Return how many recipients the user has."""
    own = select(func.count()).where(col(Recipient.user_id) == user_id)
    return session.connection().execute(own).scalar_one()


def recipient_of(session: Session, user_id: str, recipient_id: str) -> Recipient | None:
    """Return the user's recipient with this id; None if it is unknown or somebody else's."""
    own = select(Recipient).where(
        col(Recipient.user_id) == user_id, col(Recipient.id) == recipient_id
    )
    return session.scalars(own).first()


def recipient_named(session: Session, user_id: str, name_key: str) -> Recipient | None:
    """Return the user's recipient whose name has this key, or None."""
    named = select(Recipient).where(
        col(Recipient.user_id) == user_id, col(Recipient.name_key) == name_key
    )
    return session.scalars(named).first()


def add_recipient(session: Session, one: Recipient) -> bool:
    """Insert the recipient. Return False if its name is taken."""
    return insert_if_absent(session, one)


def change_recipient(session: Session, one: Recipient, **columns: Any) -> None:
    """Write these columns of the recipient."""
    changed = update(Recipient).where(col(Recipient.id) == one.id)
    session.connection().execute(changed.values(**columns))


def begin_test(session: Session, recipient_id: str, now: datetime, last: datetime) -> bool:
    """Note that a test mail is sent now. Return False if there was one after ``last``."""
    tested_at = col(Recipient.tested_at)
    begun = update(Recipient).where(
        col(Recipient.id) == recipient_id, or_(tested_at.is_(None), tested_at <= last)
    )
    return session.connection().execute(begun.values(tested_at=now)).rowcount == 1


def delete_recipient(session: Session, one: Recipient) -> None:
    """Delete the recipient. Its sendings stay."""
    session.connection().execute(delete(Recipient).where(col(Recipient.id) == one.id))

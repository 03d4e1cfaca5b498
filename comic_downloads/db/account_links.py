"""The statements on links that create members and set new passwords."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select
from sqlmodel import Session, col

from .tables import AccountLink


def add_link(session: Session, row: AccountLink) -> None:
    """Insert a link."""
    session.add(row)


def open_links(session: Session, now: datetime) -> list[AccountLink]:
    """Return the links that still work, the newest first."""
    query = select(AccountLink).where(col(AccountLink.expires_at) > now)
    newest_first = (col(AccountLink.created_at).desc(), col(AccountLink.id).desc())
    return list(session.scalars(query.order_by(*newest_first)))


def count_open_links(session: Session, now: datetime) -> int:
    """Return how many links still work."""
    query = select(func.count()).select_from(AccountLink)
    return session.scalar(query.where(col(AccountLink.expires_at) > now)) or 0


def link_of_token(
    session: Session, token_hash: str, kind: str, now: datetime
) -> AccountLink | None:
    """Return the link of this kind, or None if it is unknown, was used or has expired."""
    return session.scalar(
        select(AccountLink).where(
            col(AccountLink.token_hash) == token_hash,
            col(AccountLink.kind) == kind,
            col(AccountLink.expires_at) > now,
        )
    )


def delete_link(session: Session, link_id: str) -> bool:
    """Delete the link. Return False if it is unknown, perhaps because somebody has just used it."""
    result = session.execute(delete(AccountLink).where(col(AccountLink.id) == link_id))
    return cast("CursorResult[Any]", result).rowcount == 1


def delete_links_of(session: Session, user_id: str) -> None:
    """Delete the links that set a new password of the account."""
    session.execute(delete(AccountLink).where(col(AccountLink.user_id) == user_id))


def purge_links(session: Session, now: datetime) -> None:
    """Delete the links that have expired."""
    session.execute(delete(AccountLink).where(col(AccountLink.expires_at) <= now))

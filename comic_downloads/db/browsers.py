"""The statements on the browsers that an account is signed in with."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlmodel import Session, col

from .tables import BrowserSession


def browsers_of(session: Session, user_id: str, now: datetime) -> list[BrowserSession]:
    """Return the account's sessions that have not expired, the latest used first."""
    query = select(BrowserSession).where(
        col(BrowserSession.user_id) == user_id, col(BrowserSession.expires_at) > now
    )
    rows = session.scalars(query.order_by(col(BrowserSession.id).desc()))
    return sorted(rows, key=lambda row: row.last_used_at or row.created_at, reverse=True)


def name_browser(session: Session, token_hash: str, name: str) -> None:
    """Record what the browser of a session is called."""
    session.execute(
        update(BrowserSession)
        .where(col(BrowserSession.token_hash) == token_hash)
        .values(browser=name)
    )


def touch_browser(session: Session, token_hash: str, now: datetime) -> None:
    """Record when the session was last used."""
    session.execute(
        update(BrowserSession)
        .where(col(BrowserSession.token_hash) == token_hash)
        .values(last_used_at=now)
    )


def delete_browser(session: Session, user_id: str, browser_id: str) -> bool:
    """Sign the browser out. Return False if the account has no such browser."""
    statement = delete(BrowserSession).where(
        col(BrowserSession.id) == browser_id, col(BrowserSession.user_id) == user_id
    )
    return cast("CursorResult[Any]", session.execute(statement)).rowcount == 1

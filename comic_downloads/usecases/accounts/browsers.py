"""The browsers that an account is signed in with: list them, and sign them out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ...db import accounts, browsers
from ...domain.account import Account, secret_hash
from ...domain.browser_name import browser_name
from ...domain.errors import NotFound
from ..context import Context


@dataclass(frozen=True)
class BrowserView:
    """A signed-in browser as its owner sees it.

    ``name`` is empty if the browser did not say what it is. ``is_current`` is True for the one that
    asks. ``last_used_at`` is precise to an hour.
    """

    id: str
    name: str
    is_current: bool
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime


def note_browser(context: Context, token: str, user_agent: str) -> None:
    """Remember which browser has just signed in, by its User-Agent header."""
    if name := browser_name(user_agent):
        with context.db.write() as session:
            browsers.name_browser(session, secret_hash(token), name)


def list_browsers(context: Context, account: Account, token: str | None) -> list[BrowserView]:
    """Return the account's signed-in browsers, the latest used first.

    ``token`` is the session token of the browser that asks.
    """
    current = secret_hash(token or "")
    with context.db.read() as session:
        rows = browsers.browsers_of(session, account.id, context.clock())
    return [
        BrowserView(
            row.id,
            row.browser,
            row.token_hash == current,
            row.created_at,
            row.last_used_at or row.created_at,
            row.expires_at,
        )
        for row in rows
    ]


def sign_browser_out(context: Context, account: Account, browser_id: str) -> None:
    """Sign one of the account's browsers out.

    Raises:
        NotFound: The account is not signed in with such a browser.
    """
    with context.db.write() as session:
        if not browsers.delete_browser(session, account.id, browser_id):
            raise NotFound("You are not signed in with this browser any more.")


def sign_others_out(context: Context, account: Account, token: str | None) -> None:
    """Sign all of the account's browsers out but the one with this session token."""
    with context.db.write() as session:
        accounts.delete_sessions_of(session, account.id, keep_token_hash=secret_hash(token or ""))

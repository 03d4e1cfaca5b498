"""Sign in and out, with sessions and one-time tickets.

A browser keeps a random session token in a cookie; the database stores only its hash. A Reflex
page cannot set an HttpOnly cookie. Its form therefore receives a ticket that is valid once and for
one minute, and an HTTP route exchanges the ticket for the cookie.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta

from ...db import accounts, browsers
from ...db.tables import BrowserSession, SignInTicket
from ...domain.account import Account, new_secret, secret_hash
from ...domain.errors import DatabaseError, InvalidCredentials, LinkInvalid
from ...domain.identity import new_id
from ..context import Context
from .devices import NO_COOKIES, Lock, known_device
from .passwords import check_password
from .rate_limit import begin_attempt
from .setup import SetupRequest, set_up

SESSION_COOKIE = "session"
TICKET_TTL_SECONDS = 60
# The time of last use is stored at most this often; a write per request would be too expensive.
_NOTE_USE_EVERY = timedelta(hours=1)

log = logging.getLogger(__name__)


def sign_in(
    context: Context,
    username: str,
    password: str,
    network: str,
    cookies: Mapping[str, str] = NO_COOKIES,
) -> tuple[Account, str]:
    """Start a session, and return the account with the session token for the cookie.

    ``network`` is the client's IP address. ``cookies`` may show that the browser signed in before.

    Raises:
        InvalidCredentials: the name or the password is wrong. Text and response time are the same
            in both cases.
        RateLimited: too many attempts for this name or from this network failed.
    """
    account = checked_account(context, username, password, network, cookies)
    return account, _new_session(context, account.id)


def issue_ticket(
    context: Context,
    username: str,
    password: str,
    network: str,
    cookies: Mapping[str, str] = NO_COOKIES,
) -> str:
    """Check the password like ``sign_in``, and return a one-time ticket for the session."""
    account = checked_account(context, username, password, network, cookies)
    return _new_ticket(context, account.id)


def issue_owner_ticket(context: Context, request: SetupRequest) -> str:
    """Create the owner's account, and return a one-time ticket for its first session.

    Raises the errors of ``set_up``.
    """
    return _new_ticket(context, set_up(context, request).id)


def issue_ticket_for(context: Context, account: Account) -> str:
    """Return a one-time ticket for a session of the account, whose user was recognised."""
    return _new_ticket(context, account.id)


def start_session(context: Context, account: Account) -> str:
    """Start a session of the account, whose user was recognised, and return its token."""
    return _new_session(context, account.id)


def redeem_ticket(context: Context, ticket: str) -> str:
    """Exchange the ticket for a new session, and return the session token.

    Raises:
        LinkInvalid: the ticket is unknown, was used, or is older than TICKET_TTL_SECONDS.
    """
    with context.db.write() as session:
        user_id = accounts.take_ticket(session, secret_hash(ticket), context.clock())
    if user_id is None:
        raise LinkInvalid("This sign-in link was already used or has expired. Sign in again.")
    return _new_session(context, user_id)


def sign_out(context: Context, token: str | None) -> None:
    """End the session. Ending it twice is not an error."""
    if token:
        with context.db.write() as session:
            accounts.delete_session(session, secret_hash(token))


def account_of_session(context: Context, token: str | None) -> Account | None:
    """Return the account of the session, or None if the token is missing, unknown or expired."""
    if not token:
        return None
    token_hash, now = secret_hash(token), context.clock()
    with context.db.read() as session:
        found = accounts.account_by_session(session, token_hash, now)
    if found is None:
        return None
    if found.last_used_at is None or now - found.last_used_at >= _NOTE_USE_EVERY:
        _note_use(context, token_hash, now)
    return found.account


def _note_use(context: Context, token_hash: str, now: datetime) -> None:
    """Store when the session was used; what is asked for does not depend on it."""
    try:
        with context.db.write() as session:
            browsers.touch_browser(session, token_hash, now)
    except DatabaseError as error:
        log.warning("Use of a session not noted: %s", error.reason, extra={"action": "session_use"})


def checked_account(
    context: Context,
    username: str,
    password: str,
    network: str,
    cookies: Mapping[str, str] = NO_COOKIES,
) -> Account:
    """Return the account if the password is right. Takes and raises the same as ``sign_in``."""
    with context.db.write() as session:
        row = accounts.account_by_name(session, username)
        device = known_device(context, Lock(row.id, row.password_hash), cookies) if row else ""
        attempt = begin_attempt(session, context.clock(), username, network, device)
    fits, renewed_hash = check_password(password, row.password_hash if row else None)
    if row is None or not fits:
        raise InvalidCredentials("Wrong username or password.")
    with context.db.write() as session:
        attempt.succeeded(session)
        if renewed_hash:
            accounts.set_password_hash(session, row.id, renewed_hash)
    return accounts.account_of(row)


def _new_session(context: Context, user_id: str) -> str:
    token, now = new_secret(), context.clock()
    expires_at = now + timedelta(seconds=context.settings.session_ttl_seconds)
    with context.db.write() as session:
        accounts.add_session(
            session,
            BrowserSession(
                token_hash=secret_hash(token),
                id=new_id(now),
                user_id=user_id,
                created_at=now,
                last_used_at=now,
                expires_at=expires_at,
            ),
        )
    return token


def _new_ticket(context: Context, user_id: str) -> str:
    ticket = new_secret()
    expires_at = context.clock() + timedelta(seconds=TICKET_TTL_SECONDS)
    with context.db.write() as session:
        accounts.add_ticket(
            session,
            SignInTicket(token_hash=secret_hash(ticket), user_id=user_id, expires_at=expires_at),
        )
    return ticket

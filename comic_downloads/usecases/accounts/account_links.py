"""Invite members, and let people back in who forgot their password, by links that work once.

The owner creates a link and sends it by whatever way they choose. Whoever opens it chooses a
password, which nobody else learns.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ...db import account_links, accounts
from ...db.session import Session
from ...db.tables import AccountLink
from ...domain.account import (
    Account,
    Role,
    checked_password,
    checked_username,
    new_secret,
    secret_hash,
)
from ...domain.account_link import LinkKind, checked_life
from ...domain.errors import Conflict, LinkInvalid, NotFound
from ...domain.identity import new_id
from ..context import Context
from .accounts import name_taken, new_account
from .passwords import hash_password

MAX_LINKS = 1000


@dataclass(frozen=True)
class LinkView:
    """A link that was not used yet. ``username`` is whose password it sets; empty to invite."""

    id: str
    kind: LinkKind
    username: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class NewLink:
    """A new link with its token, which cannot be shown again."""

    view: LinkView
    token: str = field(repr=False)


def create_invite(context: Context, expires_in_seconds: int | None = None) -> NewLink:
    """Create a link with which somebody becomes a member.

    Raises:
        InvalidRequest: It would work for too short or too long a time.
        Conflict: There are already MAX_LINKS links.
    """
    life = checked_life(LinkKind.INVITE, expires_in_seconds)
    with context.db.write() as session:
        return _add(context, session, LinkKind.INVITE, life)


def create_reset(context: Context, user_id: str, expires_in_seconds: int | None = None) -> NewLink:
    """Create a link that sets a new password of the account; earlier ones end.

    The account stays as it is until somebody uses the link.

    Raises:
        InvalidRequest: It would work for too short or too long a time.
        NotFound: There is no such account.
        Conflict: There are already MAX_LINKS links.
    """
    life = checked_life(LinkKind.RESET, expires_in_seconds)
    with context.db.write() as session:
        row = accounts.account_by_id(session, user_id)
        if row is None:
            raise NotFound("There is no account with this id.")
        account_links.delete_links_of(session, user_id)
        return _add(context, session, LinkKind.RESET, life, accounts.account_of(row))


def list_links(context: Context) -> list[LinkView]:
    """Return the links that still work, newest first."""
    with context.db.read() as session:
        names = {account.id: account.username for account in accounts.all_accounts(session)}
        rows = account_links.open_links(session, context.clock())
    return [_view(row, names.get(row.user_id or "", "")) for row in rows]


def delete_link(context: Context, link_id: str) -> None:
    """Make the link stop working. Raises NotFound."""
    with context.db.write() as session:
        if not account_links.delete_link(session, link_id):
            raise NotFound("There is no such link. Perhaps somebody has just used it.")


def look_at_link(context: Context, kind: LinkKind, token: str) -> LinkView:
    """Return what the link does, without using it. Raises LinkInvalid."""
    with context.db.read() as session:
        row = _usable(context, session, kind, token)
        account = accounts.account_by_id(session, row.user_id) if row.user_id else None
    return _view(row, account.username if account else "")


def accept_invite(context: Context, token: str, username: str, password: str) -> Account:
    """Create the member that the link invites, and use the link up.

    Raises:
        LinkInvalid: The link is unknown, was used or has expired.
        InvalidRequest: The name or the password breaks the rules. The link still works.
        UsernameTaken: Another account has the name. The link still works.
    """
    look_at_link(context, LinkKind.INVITE, token)  # Hashing a password for anybody would be costly.
    name = checked_username(username)
    row = new_account(context, name, hash_password(checked_password(password)), Role.MEMBER)
    with context.db.write() as session:
        _use(context, session, LinkKind.INVITE, token)
        if not accounts.add_account(session, row):
            raise name_taken(name)
    return accounts.account_of(row)


def reset_password(context: Context, token: str, password: str) -> Account:
    """Set a new password of the account of the link, and use the link up.

    All browsers of the account are signed out. Access tokens stay valid.

    Raises:
        LinkInvalid: The link is unknown, was used or has expired.
        InvalidRequest: The password breaks the rules. The link still works.
    """
    look_at_link(context, LinkKind.RESET, token)
    password_hash = hash_password(checked_password(password))
    with context.db.write() as session:
        link = _use(context, session, LinkKind.RESET, token)
        row = accounts.account_by_id(session, link.user_id or "")
        if row is None:
            raise _invalid()
        accounts.set_password_hash(session, row.id, password_hash)
        accounts.delete_sessions_of(session, row.id, keep_token_hash="")
        return accounts.account_of(row)


def _add(
    context: Context, session: Session, kind: LinkKind, life: int, account: Account | None = None
) -> NewLink:
    now, token = context.clock(), new_secret()
    if account_links.count_open_links(session, now) >= MAX_LINKS:
        raise Conflict(f"There are already {MAX_LINKS} open links. Remove some of them.")
    row = AccountLink(
        id=new_id(now),
        token_hash=secret_hash(token),
        kind=kind,
        user_id=account.id if account else None,
        created_at=now,
        expires_at=now + timedelta(seconds=life),
    )
    account_links.add_link(session, row)
    return NewLink(_view(row, account.username if account else ""), token)


def _use(context: Context, session: Session, kind: LinkKind, token: str) -> AccountLink:
    """Delete the link and return it; only one of two requests at the same moment gets it."""
    row = _usable(context, session, kind, token)
    session.expunge(row)
    if not account_links.delete_link(session, row.id):
        raise _invalid()
    return row


def _usable(context: Context, session: Session, kind: LinkKind, token: str) -> AccountLink:
    row = account_links.link_of_token(session, secret_hash(token), kind, context.clock())
    if row is None:
        raise _invalid()
    return row


def _invalid() -> LinkInvalid:
    return LinkInvalid(
        "This link was already used, has expired, or was removed. Ask the owner for a new one."
    )


def _view(row: AccountLink, username: str) -> LinkView:
    return LinkView(row.id, LinkKind(row.kind), username, row.created_at, row.expires_at)

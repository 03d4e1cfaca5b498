"""Personal access tokens: secrets for scripts and reader apps, shown once and stored hashed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ...db import accounts
from ...db.tables import AccessToken
from ...domain.account import Account, new_secret, secret_hash
from ...domain.errors import Conflict, InvalidRequest, NotFound
from ...domain.identity import new_id
from ..context import Context

TOKEN_PREFIX = "cdl_"  # lets people and secret scanners recognise a token that leaked
MAX_TOKENS = 100
MAX_NAME_LENGTH = 80
_NOTE_USE_EVERY = timedelta(minutes=1)  # a write for every request would cost more than it tells


@dataclass(frozen=True)
class TokenView:
    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def create_token(context: Context, account: Account, name: str) -> tuple[TokenView, str]:
    """A new token and its secret, which cannot be shown again.

    Raises InvalidRequest for an empty or long name, Conflict when the account has MAX_TOKENS already.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise InvalidRequest(
            f"Give the token a name of 1 to {MAX_NAME_LENGTH} characters, so that you know it again."
        )
    secret, now = new_secret(TOKEN_PREFIX), context.clock()
    row = AccessToken(
        id=new_id(now),
        user_id=account.id,
        name=name,
        token_hash=secret_hash(secret),
        created_at=now,
    )
    with context.db.write() as session:
        if accounts.count_tokens(session, account.id) >= MAX_TOKENS:
            raise Conflict(
                f"You have {MAX_TOKENS} access tokens. Remove one you no longer use first."
            )
        accounts.add_token(session, row)
    return _view(row), secret


def list_tokens(context: Context, account: Account) -> list[TokenView]:
    with context.db.read() as session:
        return [_view(row) for row in accounts.tokens_of(session, account.id)]


def delete_token(context: Context, account: Account, token_id: str) -> None:
    """Makes the token useless at once. Raises NotFound for one that is not the account's."""
    with context.db.write() as session:
        if not accounts.delete_token(session, account.id, token_id):
            raise NotFound("You have no access token with this id.")


def account_of_token(context: Context, secret: str) -> Account | None:
    """Whose token this is, or None if nobody's."""
    with context.db.read() as session:
        found = accounts.account_by_token(session, secret_hash(secret))
    if found is None:
        return None
    account, row = found
    now = context.clock()
    if row.last_used_at is None or now - row.last_used_at >= _NOTE_USE_EVERY:
        with context.db.write() as session:
            accounts.touch_token(session, row.id, now)
    return account


def _view(row: AccessToken) -> TokenView:
    return TokenView(
        id=row.id, name=row.name, created_at=row.created_at, last_used_at=row.last_used_at
    )

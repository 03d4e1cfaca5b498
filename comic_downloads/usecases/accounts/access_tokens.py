"""Personal access tokens for scripts and reader apps: shown once, and stored as hashes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from ...db import accounts
from ...db.tables import AccessToken
from ...domain.account import Account, new_secret, secret_hash
from ...domain.errors import Conflict, InvalidRequest, NotFound
from ...domain.identity import new_id
from ..context import Context

TOKEN_PREFIX = "cdl_"  # Lets people and secret scanners recognise a leaked token.
MAX_TOKENS = 100
MAX_NAME_LENGTH = 80
# The time of last use is stored at most this often; a write per request would be too expensive.
_NOTE_USE_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class TokenView:
    """An access token as its owner sees it, without the secret."""

    id: str
    name: str
    created_at: datetime
    last_used_at: datetime | None


def create_token(context: Context, account: Account, name: str) -> tuple[TokenView, str]:
    """Create a token, and return it with its secret, which cannot be shown again.

    Raises:
        InvalidRequest: the name is empty or longer than MAX_NAME_LENGTH.
        Conflict: the account already has MAX_TOKENS tokens.
    """
    name = " ".join(name.split())
    if not 1 <= len(name) <= MAX_NAME_LENGTH:
        raise InvalidRequest(
            f"The token needs a name of 1 to {MAX_NAME_LENGTH} characters. "
            "Choose one by which you will recognise it."
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
                f"You already have {MAX_TOKENS} access tokens. Remove one you no longer use."
            )
        accounts.add_token(session, row)
    return _view(row), secret


def list_tokens(context: Context, account: Account) -> list[TokenView]:
    """Return the account's tokens."""
    with context.db.read() as session:
        return [_view(row) for row in accounts.tokens_of(session, account.id)]


def delete_token(context: Context, account: Account, token_id: str) -> None:
    """Delete the token, which stops working at once.

    Raises:
        NotFound: the account has no such token.
    """
    with context.db.write() as session:
        if not accounts.delete_token(session, account.id, token_id):
            raise NotFound("You have no access token with this id.")


def account_of_token(context: Context, secret: str) -> Account | None:
    """Return the account that the token belongs to, or None, and record the time of use."""
    with context.db.read() as session:
        found = accounts.account_by_token(session, secret_hash(secret))
    if found is None:
        return None
    now = context.clock()
    if found.last_used_at is None or now - found.last_used_at >= _NOTE_USE_EVERY:
        with context.db.write() as session:
            accounts.touch_token(session, found.token_id, now)
    return found.account


def _view(row: AccessToken) -> TokenView:
    return TokenView(
        id=row.id, name=row.name, created_at=row.created_at, last_used_at=row.last_used_at
    )

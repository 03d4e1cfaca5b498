"""Find the account of a request that carries a name and a secret, as reading apps send them.

The secret is an access token or the password. Apps send it with every request, and hashing a
password takes 30 ms, so a password that was right is not hashed again for some minutes.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from threading import Lock

from ...db import accounts
from ...domain.account import Account, username_key
from ...domain.errors import InvalidCredentials
from ..context import Context
from .access_tokens import TOKEN_PREFIX, account_of_token
from .sign_in import checked_account

REMEMBERED_SECONDS = 600.0
MOST_REMEMBERED = 1000
_LOCKS = 16


@dataclass(frozen=True)
class _Right:
    """A password that was right, and the hash that it fits."""

    user_id: str
    password_hash: str
    until: float


class BasicSignIn:
    """Checks names with their secrets, for one web process. Safe for threads."""

    def __init__(self, context: Context) -> None:
        self._context = context
        # Passwords are remembered as keyed digests, whose key only this process has.
        self._key = secrets.token_bytes(32)
        self._right: dict[bytes, _Right] = {}
        # Apps send several requests at a time. Only the first of them is to hash the password, or
        # the others would count as failed attempts while they are checked.
        self._locks = tuple(Lock() for _ in range(_LOCKS))

    def account(self, username: str, secret: str, network: str) -> Account:
        """Return the account. ``network`` is the client's IP address.

        Raises:
            InvalidCredentials: The name is unknown, or the secret is not one of its account.
            RateLimited: Too many attempts with wrong passwords failed.
        """
        if secret.startswith(TOKEN_PREFIX):
            account = account_of_token(self._context, secret)
            if account is not None and username_key(username) == username_key(account.username):
                return account
            raise _wrong()
        digest = self._digest(username, secret)
        if account := self._remembered(digest):
            return account
        with self._locks[digest[0] % _LOCKS]:
            return self._remembered(digest) or self._checked(username, secret, network, digest)

    def _checked(self, username: str, secret: str, network: str, digest: bytes) -> Account:
        # The hash is read before the check: a password that is changed meanwhile has another one.
        with self._context.db.read() as session:
            row = accounts.account_by_name(session, username)
        account = checked_account(self._context, username, secret, network)
        if row is not None and row.id == account.id:
            if len(self._right) >= MOST_REMEMBERED:
                self._right.clear()
            until = self._context.monotonic() + REMEMBERED_SECONDS
            self._right[digest] = _Right(account.id, row.password_hash, until)
        return account

    def _remembered(self, digest: bytes) -> Account | None:
        """Return the account if the password was right a while ago and was not changed since."""
        right = self._right.get(digest)
        if right is None or right.until < self._context.monotonic():
            return None
        with self._context.db.read() as session:
            row = accounts.account_by_id(session, right.user_id)
        is_same = row is not None and row.password_hash == right.password_hash
        return accounts.account_of(row) if row is not None and is_same else None

    def _digest(self, username: str, secret: str) -> bytes:
        text = f"{username_key(username)}\0{secret}".encode(errors="replace")
        return hashlib.blake2b(text, key=self._key).digest()


def _wrong() -> InvalidCredentials:
    return InvalidCredentials("The username, or the password or access token, is wrong.")

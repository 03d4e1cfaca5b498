"""Hash and check passwords. No other module knows the algorithm."""

from __future__ import annotations

import unicodedata
from functools import cache
from threading import BoundedSemaphore

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

# Argon2id with the parameters of the OWASP Password Storage Cheat Sheet: about 30 ms on one core.
_HASHER = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
# Each hash takes 19 MiB and a core, so only a few run at a time.
_AT_ONCE = BoundedSemaphore(4)


def hash_password(password: str) -> str:
    """Return the password's hash with its parameters and a random salt."""
    with _AT_ONCE:
        return _HASHER.hash(password)


def check_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Return whether the password matches, and a new hash if the stored one is outdated.

    Without a stored hash the same work is done, so that the response time does not reveal whether
    an account exists.
    """
    password = unicodedata.normalize("NFC", password)[:1024]
    with _AT_ONCE:
        try:
            fits, renewed = _HASHER.verify_and_update(password, stored or _hash_of_nobody())
        except UnknownHashError:
            return False, None
    return (fits, renewed) if stored else (False, None)


@cache
def _hash_of_nobody() -> str:
    return _HASHER.hash("nobody has this password")

"""Recognise a browser that has entered the right password before.

It keeps a signed cookie, one for each account or share. The attempts of such a browser are counted
by themselves, so that strangers who guess cannot lock it out (OWASP, "Device Cookies"). The cookie
signs nobody in, and a change of the password voids it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from ...db import accounts
from ...domain.errors import LinkInvalid
from ...domain.identity import new_id
from ..context import Context
from ..new_cookie import NewCookie
from ..signed_token import password_digest, read_parts, sign_parts

DEVICE_COOKIE = "device_"  # The prefix of the cookie's name; the id of what is locked follows.
LIFETIME = timedelta(days=365)
NO_COOKIES: Mapping[str, str] = MappingProxyType({})
_SALT = b"comic-downloads.device"


@dataclass(frozen=True)
class Lock:
    """What a password opens: an account or a share, by its id."""

    id: str
    password_hash: str = field(repr=False)


def known_device(context: Context, lock: Lock, cookies: Mapping[str, str]) -> str:
    """Return the id of the browser if it has opened the lock before, else an empty text."""
    cookie = cookies.get(DEVICE_COOKIE + lock.id, "")
    try:
        parts = read_parts(context.settings.secret_keys, _SALT, cookie, 4)
    except LinkInvalid:
        return ""
    lock_id, device_id, digest, expiry = parts
    is_current = datetime.fromtimestamp(int(expiry), UTC) > context.clock()
    fits = lock_id == lock.id and digest == password_digest(lock.password_hash)
    return device_id if fits and is_current else ""


def device_cookie(
    context: Context, lock: Lock, cookies: Mapping[str, str], until: datetime | None = None
) -> NewCookie:
    """Return the cookie for a browser that has just opened the lock.

    A browser that is known keeps its id. The cookie ends after LIFETIME, or earlier at ``until``.
    """
    now = context.clock()
    expires_at = min(now + LIFETIME, until or datetime.max.replace(tzinfo=UTC))
    device_id = known_device(context, lock, cookies) or new_id(now)
    expiry = str(int(expires_at.timestamp()))
    parts = (lock.id, device_id, password_digest(lock.password_hash), expiry)
    value = sign_parts(context.settings.secret_keys, _SALT, parts)
    return NewCookie(DEVICE_COOKIE + lock.id, value, int((expires_at - now).total_seconds()))


def account_cookie(
    context: Context, user_id: str, cookies: Mapping[str, str] = NO_COOKIES
) -> NewCookie | None:
    """Return the cookie for a browser that has just signed in; None if the account is gone."""
    with context.db.read() as session:
        row = accounts.account_by_id(session, user_id)
        lock = Lock(row.id, row.password_hash) if row else None
    return device_cookie(context, lock, cookies) if lock else None

"""The tokens of shares: the one in a share's address, and the one a guest's browser keeps as a cookie."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ...domain.errors import LinkInvalid
from ..signed_token import read_parts, sign_parts

_SHARE_SALT = b"comic-downloads.share"
_GUEST_SALT = b"comic-downloads.guest"


@dataclass(frozen=True)
class GuestClaims:
    """Who a guest of a share is, and until when. ``password_digest`` is of the password that was right when it was made."""

    share_id: str
    guest_id: str
    password_digest: str
    expires_at: datetime


def sign_share(keys: Sequence[str], share_id: str) -> str:
    """The token in the share's address: the same each time, so that it need not be stored."""
    return sign_parts(keys, _SHARE_SALT, (share_id,))


def read_share(keys: Sequence[str], token: str) -> str:
    """The share's id. Raises LinkInvalid for a token we did not make."""
    try:
        return read_parts(keys, _SHARE_SALT, token, 1)[0]
    except LinkInvalid as error:
        raise LinkInvalid("This link is not valid. Look whether all of it was copied.") from error


def sign_guest(keys: Sequence[str], claims: GuestClaims) -> str:
    """The value of a guest's cookie."""
    expiry = str(int(claims.expires_at.timestamp()))
    return sign_parts(
        keys, _GUEST_SALT, (claims.share_id, claims.guest_id, claims.password_digest, expiry)
    )


def read_guest(keys: Sequence[str], cookie: str, now: datetime) -> GuestClaims | None:
    """Whose cookie this is; None if it is not ours or its time is over."""
    try:
        share_id, guest_id, password_digest, expiry = read_parts(keys, _GUEST_SALT, cookie, 4)
    except LinkInvalid:
        return None
    claims = GuestClaims(
        share_id, guest_id, password_digest, datetime.fromtimestamp(int(expiry), UTC)
    )
    return claims if claims.expires_at > now else None


def password_digest(password_hash: str) -> str:
    """What a cookie keeps of the share's password, so that it opens nothing once the password is another one."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]

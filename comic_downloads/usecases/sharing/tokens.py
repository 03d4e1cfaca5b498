"""The signed tokens of shares: one in the share's address, one in each guest's cookie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ...domain.errors import LinkInvalid
from ..signed_token import read_parts, sign_parts

_SHARE_SALT = b"comic-downloads.share"
_GUEST_SALT = b"comic-downloads.guest"


@dataclass(frozen=True)
class GuestClaims:
    """A guest of a share, and until when.

    ``password_digest`` belongs to the share's password at the time the guest was admitted.
    """

    share_id: str
    guest_id: str
    password_digest: str
    expires_at: datetime


def sign_share(keys: Sequence[str], share_id: str) -> str:
    """Return the token for the share's address. It is always the same, so it is not stored."""
    return sign_parts(keys, _SHARE_SALT, (share_id,))


def read_share(keys: Sequence[str], token: str) -> str:
    """Verify the token, and return the share's id.

    Raises:
        LinkInvalid: none of the keys signed this token.
    """
    return read_parts(keys, _SHARE_SALT, token, 1)[0]


def sign_guest(keys: Sequence[str], claims: GuestClaims) -> str:
    """Return the value of a guest's cookie."""
    expiry = str(int(claims.expires_at.timestamp()))
    return sign_parts(
        keys, _GUEST_SALT, (claims.share_id, claims.guest_id, claims.password_digest, expiry)
    )


def read_guest(keys: Sequence[str], cookie: str, now: datetime) -> GuestClaims | None:
    """Return the guest of the cookie, or None if it is forged or expired."""
    try:
        share_id, guest_id, password_digest, expiry = read_parts(keys, _GUEST_SALT, cookie, 4)
    except LinkInvalid:
        return None
    claims = GuestClaims(
        share_id, guest_id, password_digest, datetime.fromtimestamp(int(expiry), UTC)
    )
    return claims if claims.expires_at > now else None

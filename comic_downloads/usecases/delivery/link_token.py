"""The signed tokens in links to files. Each names a job, its user, its content and an expiry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ...domain.errors import LinkExpired
from ...domain.link import LinkClaims
from ..signed_token import read_parts, sign_parts

_SALT = b"comic-downloads.link"


def sign_link(keys: Sequence[str], claims: LinkClaims) -> str:
    """Return the token for the claims, signed with the first key."""
    parts = (claims.job_id, claims.user_id, claims.etag, str(int(claims.expires_at.timestamp())))
    return sign_parts(keys, _SALT, parts)


def read_link(keys: Sequence[str], token: str, now: datetime) -> LinkClaims:
    """Verify the token with any of the keys, and return its claims.

    Raises:
        LinkInvalid: none of the keys signed this token.
        LinkExpired: the token has expired.
    """
    job_id, user_id, etag, expiry = read_parts(keys, _SALT, token, 4)
    expires_at = datetime.fromtimestamp(int(expiry), UTC)
    if expires_at <= now:
        raise LinkExpired(
            "This link has expired. Get a new one on the page it came from, "
            "and the transfer can continue where it stopped."
        )
    return LinkClaims(job_id, user_id, etag, expires_at)

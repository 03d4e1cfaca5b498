"""The tokens of links to files: whose job, which content, until when."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from ...domain.errors import LinkExpired
from ...domain.link import LinkClaims
from ..signed_token import read_parts, sign_parts

_SALT = b"comic-downloads.link"


def sign_link(keys: Sequence[str], claims: LinkClaims) -> str:
    """The token for the claims, signed with the first key."""
    parts = (claims.job_id, claims.user_id, claims.sha256, str(int(claims.expires_at.timestamp())))
    return sign_parts(keys, _SALT, parts)


def read_link(keys: Sequence[str], token: str, now: datetime) -> LinkClaims:
    """What the token says. Raises LinkInvalid unless one of the keys signed exactly this text, LinkExpired after its time."""
    job_id, user_id, sha256, expiry = read_parts(keys, _SALT, token, 4)
    expires_at = datetime.fromtimestamp(int(expiry), UTC)
    if expires_at <= now:
        raise LinkExpired(
            "This link has expired. Get a new one on the page it came from; the transfer can go on from there."
        )
    return LinkClaims(job_id, user_id, sha256, expires_at)

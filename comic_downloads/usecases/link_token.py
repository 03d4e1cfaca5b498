"""Signing and reading the tokens of links: ``v1.<key id>.<job>.<user>.<sha256>.<expiry>.<signature>``.

The signature is HMAC-SHA-256 over everything before it. Anyone may read a token, nobody else can make one.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import UTC, datetime

from itsdangerous import Signer

from ..domain.errors import LinkExpired, LinkInvalid
from ..domain.link import LinkClaims

VERSION = "v1"
MAX_TOKEN_LENGTH = 512
_SALT = b"comic-downloads.link"


def sign_link(keys: Sequence[str], claims: LinkClaims) -> str:
    """The token for the claims, signed with the first key."""
    parts = (claims.job_id, claims.user_id, claims.sha256, str(int(claims.expires_at.timestamp())))
    if not all(part.isascii() and part.isalnum() for part in parts):
        raise ValueError("the parts of a link must be letters and digits")
    return _sign(keys[0], ".".join((VERSION, _key_id(keys[0]), *parts)))


def read_link(keys: Sequence[str], token: str, now: datetime) -> LinkClaims:
    """What the token says. Raises LinkInvalid unless one of the keys signed exactly this text, LinkExpired after its time."""
    parts = token.split(".")
    if len(parts) != 7 or len(token) > MAX_TOKEN_LENGTH or parts[0] != VERSION:
        raise LinkInvalid
    key = next((key for key in keys if hmac.compare_digest(_key_id(key).encode(), parts[1].encode())), None)
    if key is None:
        raise LinkInvalid
    # Signing anew and comparing the text, instead of decoding the signature: the last character of a base64 text has
    # unused bits, so four texts would decode to the same signature.
    if not hmac.compare_digest(_sign(key, token.rpartition(".")[0]).encode(), token.encode(errors="replace")):
        raise LinkInvalid
    job_id, user_id, sha256, expiry = parts[2:6]
    expires_at = datetime.fromtimestamp(int(expiry), UTC)
    if expires_at <= now:
        raise LinkExpired("This link has expired. Open the downloads page for a new one; the transfer can go on from there.")
    return LinkClaims(job_id, user_id, sha256, expires_at)


def _sign(key: str, text: str) -> str:
    signer = Signer(key, salt=_SALT, key_derivation="hmac", digest_method=hashlib.sha256)
    return signer.sign(text.encode(errors="replace")).decode()


def _key_id(key: str) -> str:
    """Which key signed, without telling anything of it."""
    return hashlib.sha256(_SALT + b".key-id." + key.encode()).hexdigest()[:8]

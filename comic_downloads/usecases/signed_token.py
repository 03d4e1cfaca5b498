"""Signed tokens: ``v1.<key id>.<part>.….<signature>``, whose parts are letters and digits.

The signature is HMAC-SHA-256 over everything before it. Anybody can read a token, but only the
server can make one. The salt says what a token is for: a token for another purpose is invalid.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from functools import lru_cache

from itsdangerous import Signer

from ..domain.errors import LinkInvalid

VERSION = "v1"
MAX_TOKEN_LENGTH = 512
_NOT_COMPLETE = "This link is not valid. Check that it was copied completely."


def sign_parts(keys: Sequence[str], salt: bytes, parts: Sequence[str]) -> str:
    """Return the token, signed with the first key. The same parts result in the same token."""
    joined = "".join(parts)
    if not (all(parts) and joined.isascii() and joined.isalnum()):
        raise ValueError("the parts of a token must be letters and digits")
    return _sign(keys[0], salt, ".".join((VERSION, _key_id(keys[0], salt), *parts)))


def read_parts(keys: Sequence[str], salt: bytes, token: str, count: int) -> list[str]:
    """Return the parts of the token.

    Raises:
        LinkInvalid: None of the keys signed exactly this text, or it has not ``count`` parts.
    """
    parts = token.split(".")
    if (
        len(parts) != count + 3
        or len(token) > MAX_TOKEN_LENGTH
        or parts[0] != VERSION
        or not token.isascii()
    ):
        raise LinkInvalid(_NOT_COMPLETE)
    key = next(
        (
            key
            for key in keys
            if hmac.compare_digest(_key_id(key, salt).encode(), parts[1].encode())
        ),
        None,
    )
    if key is None:
        raise LinkInvalid(_NOT_COMPLETE)
    # The text is signed again and compared, instead of decoding the signature: the last character
    # of a base64 text has unused bits, so four texts would decode to the same signature.
    if not hmac.compare_digest(_sign(key, salt, token.rpartition(".")[0]).encode(), token.encode()):
        raise LinkInvalid(_NOT_COMPLETE)
    return parts[2:-1]


def password_digest(password_hash: str) -> str:
    """Return the part of a token that makes it invalid once the password changes."""
    return hashlib.sha256(password_hash.encode()).hexdigest()[:16]


def _sign(key: str, salt: bytes, text: str) -> str:
    """Return the text with its signature, as ``itsdangerous.Signer.sign`` does.

    A list of downloads signs a link for each, and that takes three times as long.
    """
    signature = hmac.digest(_derived_key(key, salt), text.encode(), hashlib.sha256)
    return f"{text}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


@lru_cache(maxsize=64)
def _derived_key(key: str, salt: bytes) -> bytes:
    return Signer(key, salt=salt, key_derivation="hmac", digest_method=hashlib.sha256).derive_key()


@lru_cache(maxsize=64)
def _key_id(key: str, salt: bytes) -> str:
    """Return a name of the key that reveals nothing about it."""
    return hashlib.sha256(salt + b".key-id." + key.encode()).hexdigest()[:8]

"""Rules for usernames and passwords, and the secrets of signed-in people."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from .errors import InvalidRequest
from .permission import EVERYTHING, Permission

USERNAME_LENGTH = (2, 40)
# The upper limit bounds the work of hashing.
PASSWORD_LENGTH = (8, 1024)
# A colon is left out because it ends the name in Basic authentication (RFC 7617, section 2).
_USERNAME_PUNCTUATION = set("._-@")


class Role(StrEnum):
    """What an account may do: the owner runs the server, members use it."""

    OWNER = "owner"
    MEMBER = "member"


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in. ``granted`` are the permissions of a member."""

    id: str
    username: str
    role: str
    granted: frozenset[Permission] = EVERYTHING

    @property
    def is_owner(self) -> bool:
        """Return True for the account that runs the server."""
        return self.role == Role.OWNER

    @property
    def permissions(self) -> frozenset[Permission]:
        """Return what the account may do."""
        return EVERYTHING if self.is_owner else self.granted


@dataclass(frozen=True)
class AccountLimits:
    """What an account may do, and how much storage it may use.

    ``storage_quota_bytes`` is 0 without a limit, and None if the server's setting counts.
    """

    permissions: frozenset[Permission]
    storage_quota_bytes: int | None


def checked_username(text: str) -> str:
    """Return the username as it is stored: in NFC, without surrounding blanks.

    Raises:
        InvalidRequest: The length or a character is not allowed.
    """
    name = unicodedata.normalize("NFC", text).strip()
    shortest, longest = USERNAME_LENGTH
    if not shortest <= len(name) <= longest:
        raise InvalidRequest(
            f"A username has {shortest} to {longest} characters; this one has {len(name)}."
        )
    for character in name:
        if (
            unicodedata.category(character)[0] not in "LMN"
            and character not in _USERNAME_PUNCTUATION
        ):
            shown = (
                f"“{character}”"
                if character.isprintable() and not character.isspace()
                else "a blank or control character"
            )
            raise InvalidRequest(
                f"A username may contain letters, digits and . _ - @ only, but not {shown}."
            )
    return name


def username_key(username: str) -> str:
    """Return a key that is equal for Ann, ann and ＡＮＮ, so that nobody can pass for another."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username.strip()).casefold())


def checked_password(text: str) -> str:
    """Return the password as it is hashed: in NFC (RFC 8265, section 4.2).

    Raises:
        InvalidRequest: It is too short or too long.
    """
    password = unicodedata.normalize("NFC", text)
    shortest, longest = PASSWORD_LENGTH
    if len(password) < shortest:
        raise InvalidRequest(
            f"A password has at least {shortest} characters; this one has {len(password)}."
        )
    if len(password) > longest:
        raise InvalidRequest(f"A password has at most {longest} characters.")
    return password


def new_secret(prefix: str = "") -> str:
    """Return a secret of 256 random bits that is safe in URLs, cookies and headers."""
    return prefix + secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """Return the SHA-256 of a secret in hex, which is stored in its place.

    A secret of 256 random bits needs no slow hash.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def network_of(address: str) -> str:
    """Return the part of an IP address that one household shares.

    That is the whole of an IPv4 address, and the first 64 bits of an IPv6 address.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address or "unknown"
    if ip.version == 4:
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))

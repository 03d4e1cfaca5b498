"""Accounts: the rules for usernames and passwords, and the secrets that stand for a signed-in person."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from .errors import InvalidRequest

USERNAME_LENGTH = (2, 40)
PASSWORD_LENGTH = (8, 1024)  # the upper limit bounds the work of hashing, not the strength
_USERNAME_PUNCTUATION = set(
    "._-@"
)  # no colon: Basic authentication ends the name with it (RFC 7617, section 2)


class Role(StrEnum):
    OWNER = "owner"
    MEMBER = "member"


@dataclass(frozen=True)
class Account:
    id: str
    username: str
    role: str

    @property
    def is_owner(self) -> bool:
        return self.role == Role.OWNER


def checked_username(text: str) -> str:
    """The username as it is kept: composed (NFC), without blanks around it. Raises InvalidRequest saying what is wrong."""
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
                f"A username is made of letters, digits and . _ - @ only; this one has {shown} in it."
            )
    return name


def username_key(username: str) -> str:
    """What makes two usernames the same: Ann, ann and ＡＮＮ are one."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", username.strip()).casefold())


def checked_password(text: str) -> str:
    """The password as it is hashed: composed (NFC, RFC 8265 section 4.2). Raises InvalidRequest if its length is wrong."""
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
    """An unguessable secret of 256 random bits, safe in URLs, cookies and headers."""
    return prefix + secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """What is stored of a secret: its SHA-256 in hex. A secret of 256 random bits needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def network_of(address: str) -> str:
    """What one household shares of an IP address: the whole of an IPv4 address, the first 64 bits of an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address or "unknown"
    if ip.version == 4:
        return str(ip)
    return str(ip.ipv4_mapped or ipaddress.ip_network((ip, 64), strict=False))

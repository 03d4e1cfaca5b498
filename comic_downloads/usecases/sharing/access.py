"""Admit guests to shares: everybody who has the address and, if there is one, the password.

A guest is a random id in a signed cookie, one cookie per share. Nothing else is known about guests;
the id separates the downloads of one guest from those of another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ...db import shares
from ...db.tables import Share
from ...domain.errors import InvalidCredentials, LinkInvalid, PasswordRequired
from ...domain.identity import new_id
from ...domain.share import ensure_open
from ..accounts.devices import Lock, device_cookie, known_device
from ..accounts.passwords import check_password
from ..accounts.rate_limit import begin_attempt
from ..context import Context
from ..new_cookie import NewCookie
from ..signed_token import password_digest
from .tokens import GuestClaims, read_guest, read_share, sign_guest

GUEST_COOKIE = "share_"  # The prefix of the cookie's name; the share's id follows.
MAX_STAY = timedelta(hours=24)


@dataclass(frozen=True)
class GuestCredentials:
    """What a visitor of a share sends: the token in the share's address, and the cookies."""

    token: str = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Guest:
    """A visitor who may use the share.

    ``new_cookie`` is None if the browser already has one. ``device_cookie`` is set if the guest
    has just entered the password.
    """

    id: str
    share: Share = field(repr=False)
    new_cookie: NewCookie | None = None
    device_cookie: NewCookie | None = None


def admit_guest(context: Context, credentials: GuestCredentials) -> Guest:
    """Return the guest of the cookie, or a new guest if the share has no password.

    Raises:
        LinkInvalid: the token is forged, or the share was revoked.
        LinkExpired: the share has expired.
        PasswordRequired: the share has a password, and the guest has not entered it.
    """
    share = share_of_token(context, credentials.token)
    if guest := _known_guest(context, share, credentials.cookies):
        return guest
    if share.password_hash:
        raise PasswordRequired("Enter the password of this share first.")
    return _new_guest(context, share)


def cookie_to_keep(context: Context, credentials: GuestCredentials) -> NewCookie | None:
    """Return the cookie to set when the share's page is opened, or None if none is needed.

    That is a new guest's cookie, or a renewed one once half of its lifetime has passed. Raises the
    errors of ``admit_guest``.
    """
    guest = admit_guest(context, credentials)
    claims, now = _claims(context, guest.share, credentials.cookies), context.clock()
    if claims is None:
        return guest.new_cookie
    is_half_over = claims.expires_at - now < MAX_STAY / 2
    # Claims contain whole seconds, so a smaller difference is none.
    gained = _end_of_stay(guest.share, now) - claims.expires_at
    stays_longer = gained >= timedelta(seconds=1)
    return guest_cookie(context, guest.share, guest.id) if is_half_over and stays_longer else None


def unlock(context: Context, credentials: GuestCredentials, password: str, network: str) -> Guest:
    """Admit a guest who sends the password. ``network`` is the client's IP address.

    Raises:
        LinkInvalid: the token is forged, or the share was revoked.
        LinkExpired: the share has expired.
        InvalidCredentials: the password is wrong.
        RateLimited: too many attempts for this share or from this network failed.
    """
    share = share_of_token(context, credentials.token)
    if not share.password_hash:
        return _known_guest(context, share, credentials.cookies) or _new_guest(context, share)
    lock = Lock(share.id, share.password_hash)
    device = known_device(context, lock, credentials.cookies)
    with context.db.write() as session:
        attempt = begin_attempt(session, context.clock(), f"share {share.id}", network, device)
    fits, _ = check_password(password, share.password_hash)
    if not fits:
        raise InvalidCredentials("Wrong password.")
    with context.db.write() as session:
        attempt.succeeded(session)
    guest = _known_guest(context, share, credentials.cookies) or _new_guest(context, share)
    cookie = device_cookie(context, lock, credentials.cookies, share.expires_at)
    return replace(guest, device_cookie=cookie)


def share_of_token(context: Context, token: str) -> Share:
    """Return the share. Raises LinkInvalid or LinkExpired."""
    share_id = read_share(context.settings.secret_keys, token)
    with context.db.read() as session:
        share = shares.share_by_id(session, share_id)
    if share is None:
        raise LinkInvalid("This link is no longer valid: the share was removed.")
    ensure_open(share.revoked_at, share.expires_at, context.clock())
    return share


def _known_guest(context: Context, share: Share, cookies: Mapping[str, str]) -> Guest | None:
    claims = _claims(context, share, cookies)
    return None if claims is None else Guest(claims.guest_id, share)


def _claims(context: Context, share: Share, cookies: Mapping[str, str]) -> GuestClaims | None:
    claims = read_guest(
        context.settings.secret_keys, cookies.get(GUEST_COOKIE + share.id, ""), context.clock()
    )
    if (
        claims is None
        or claims.share_id != share.id
        or claims.password_digest != password_digest(share.password_hash)
    ):
        return None
    return claims


def _new_guest(context: Context, share: Share) -> Guest:
    guest_id = new_id(context.clock())
    return Guest(guest_id, share, guest_cookie(context, share, guest_id))


def guest_cookie(context: Context, share: Share, guest_id: str) -> NewCookie:
    """Return the cookie of a guest who was admitted."""
    now = context.clock()
    until = _end_of_stay(share, now)
    claims = GuestClaims(share.id, guest_id, password_digest(share.password_hash), until)
    value = sign_guest(context.settings.secret_keys, claims)
    return NewCookie(GUEST_COOKIE + share.id, value, int((until - now).total_seconds()))


def _end_of_stay(share: Share, now: datetime) -> datetime:
    return min(share.expires_at, now + MAX_STAY)

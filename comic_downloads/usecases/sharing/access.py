"""Who may use a share: whoever has its address, and its password where it has one.

A guest is a random id in a signed cookie, one for each share. It is all that we know of them, and tells their downloads
from those of other guests.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ...db import shares
from ...db.share_tables import Share
from ...domain.errors import InvalidCredentials, LinkInvalid, PasswordRequired
from ...domain.identity import new_id
from ...domain.share import ensure_open
from ..accounts.passwords import check_password
from ..accounts.rate_limit import begin_attempt
from ..context import Context
from .tokens import GuestClaims, password_digest, read_guest, read_share, sign_guest

GUEST_COOKIE = "share_"  # and the share's id
MAX_STAY = timedelta(hours=24)


@dataclass(frozen=True)
class GuestCredentials:
    """What a visitor of a share sends: the token in the share's address, and the cookies."""

    token: str = field(repr=False)
    cookies: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class NewCookie:
    """What a guest's browser is to keep; HttpOnly, for a site's own requests."""

    name: str
    value: str = field(repr=False)
    max_age_seconds: int


@dataclass(frozen=True)
class Guest:
    """Somebody who may use the share. ``new_cookie`` is None if their browser has it already."""

    id: str
    share: Share = field(repr=False)
    new_cookie: NewCookie | None = None


def admit_guest(context: Context, credentials: GuestCredentials) -> Guest:
    """The guest whose cookie is among those, or a new one where the share has no password.

    Raises LinkInvalid for a token that is forged or whose share was revoked, LinkExpired, PasswordRequired.
    """
    share = _open_share(context, credentials.token)
    if guest := _known_guest(context, share, credentials.cookies):
        return guest
    if share.password_hash:
        raise PasswordRequired("Enter the password of this share first.")
    return _new_guest(context, share)


def cookie_to_keep(context: Context, credentials: GuestCredentials) -> NewCookie | None:
    """What the browser that opens the share's page is to keep: a new guest's cookie, or the guest's own for a longer stay.

    None while its own is good for long enough. Raises what ``admit_guest`` does.
    """
    guest = admit_guest(context, credentials)
    claims, now = _claims(context, guest.share, credentials.cookies), context.clock()
    if claims is None:
        return guest.new_cookie
    is_half_over = claims.expires_at - now < MAX_STAY / 2
    stays_longer = _end_of_stay(guest.share, now) - claims.expires_at >= timedelta(
        seconds=1
    )  # claims hold whole seconds
    return _cookie(context, guest.share, guest.id) if is_half_over and stays_longer else None


def unlock(context: Context, credentials: GuestCredentials, password: str, network: str) -> Guest:
    """The guest that the right password makes of whoever asks. ``network`` is the asking IP address.

    Raises what ``admit_guest`` does but PasswordRequired, InvalidCredentials, and RateLimited with the seconds to wait after
    repeated failures for this share or from this network.
    """
    share = _open_share(context, credentials.token)
    if not share.password_hash:
        return _known_guest(context, share, credentials.cookies) or _new_guest(context, share)
    with context.db.write() as session:
        attempt = begin_attempt(session, context.clock(), f"share {share.id}", network)
    fits, _ = check_password(password, share.password_hash)
    if not fits:
        raise InvalidCredentials("The password is wrong.")
    with context.db.write() as session:
        attempt.succeeded(session)
    return _known_guest(context, share, credentials.cookies) or _new_guest(context, share)


def _open_share(context: Context, token: str) -> Share:
    share_id = read_share(context.settings.secret_keys, token)
    with context.db.read() as session:
        share = shares.share_by_id(session, share_id)
    if share is None:
        raise LinkInvalid("This link is not valid any more: what it led to is gone.")
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
    return Guest(guest_id, share, _cookie(context, share, guest_id))


def _cookie(context: Context, share: Share, guest_id: str) -> NewCookie:
    now = context.clock()
    until = _end_of_stay(share, now)
    claims = GuestClaims(share.id, guest_id, password_digest(share.password_hash), until)
    value = sign_guest(context.settings.secret_keys, claims)
    return NewCookie(GUEST_COOKIE + share.id, value, int((until - now).total_seconds()))


def _end_of_stay(share: Share, now: datetime) -> datetime:
    return min(share.expires_at, now + MAX_STAY)

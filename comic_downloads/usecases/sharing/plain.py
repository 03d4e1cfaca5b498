"""Guests without cookies and scripts: curl, download managers and the browsers of e-readers.

They send the share's password, if it has one, with every request. All requests from one network are
one guest, who can continue a file that was interrupted.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from threading import Lock

from ...db.tables import Share
from ...domain.account import network_of
from ...domain.errors import NotFound
from ...domain.link import Link
from ...domain.share import ensure_downloads_left
from ..context import Context
from ..downloads.unfinished import check_finished
from .access import GuestCredentials, admit_guest, guest_cookie, share_of_token, unlock
from .downloads import GuestDownload, make_guest_link, submit_guest_download
from .guest_request import GuestRequest

ALL = "all"
REMEMBERED_SECONDS = 600.0
MOST_REMEMBERED = 1000
_LOCKS = 16
_ID_LENGTH = 26  # As of other ids.


@dataclass(frozen=True)
class PlainRequest:
    """A file of a share: ``which`` is ``all`` or the place of a comic in the share, from 1."""

    which: str
    format: str
    quality: str


class PlainGuests:
    """Admits such guests, for one web process. Safe for threads."""

    def __init__(self, context: Context) -> None:
        self._context = context
        # Passwords are remembered as keyed digests, whose key only this process has.
        self._key = secrets.token_bytes(32)
        self._right: dict[bytes, float] = {}
        # Clients send several requests at a time. Only the first of them hashes the password.
        self._locks = tuple(Lock() for _ in range(_LOCKS))

    def admit(self, token: str, password: str, network: str) -> GuestCredentials:
        """Return the credentials of the guest at this IP address.

        Raises the errors of ``admit_guest`` and ``unlock``.
        """
        share = share_of_token(self._context, token)
        if share.password_hash:
            if not password:
                admit_guest(self._context, GuestCredentials(token, {}))
            self._check(share, token, password, network)
        cookie = guest_cookie(self._context, share, _guest_id(self._context, share, network))
        return GuestCredentials(token, {cookie.name: cookie.value})

    def _check(self, share: Share, token: str, password: str, network: str) -> None:
        text = f"{share.id}\0{share.password_hash}\0{password}".encode(errors="replace")
        digest = hashlib.blake2b(text, key=self._key).digest()
        with self._locks[digest[0] % _LOCKS]:
            now = self._context.monotonic()
            if self._right.get(digest, 0.0) >= now:
                return
            unlock(self._context, GuestCredentials(token, {}), password, network)
            if len(self._right) >= MOST_REMEMBERED:
                self._right.clear()
            self._right[digest] = now + REMEMBERED_SECONDS


def prepare_plain(
    context: Context, credentials: GuestCredentials, wanted: PlainRequest
) -> GuestDownload:
    """Return the guest's download of the file: one that is ready or under way, or a new one.

    Raises the errors of ``submit_guest_download``, and NotFound if the share has no such comic.
    """
    share = admit_guest(context, credentials).share
    ensure_downloads_left(share.max_downloads, share.downloads_done)
    comic_ids = None if wanted.which == ALL else (_comic_at(share, wanted.which),)
    request = GuestRequest(wanted.format, wanted.quality, comic_ids)
    return submit_guest_download(context, credentials, request).download


def ready_file(context: Context, credentials: GuestCredentials, download: GuestDownload) -> Link:
    """Return a new link to the file of the guest's download.

    Raises the errors of ``make_guest_link`` and ``check_finished``.
    """
    check_finished(download)
    return make_guest_link(context, credentials, download.job_id)


def _comic_at(share: Share, place: str) -> str:
    number = int(place)
    if number > len(share.comics):
        raise NotFound(f"This share has {len(share.comics)} comics, and no number {number}.")
    return share.comics[number - 1]["id"]


def _guest_id(context: Context, share: Share, network: str) -> str:
    """Return an id that is always the same for this network and share, and tells nothing of it."""
    key = context.settings.secret_keys[0].encode()
    text = f"{share.id}\0{network_of(network)}".encode()
    digest = hmac.digest(key, text, hashlib.sha256)
    return base64.b32encode(digest).decode()[:_ID_LENGTH]

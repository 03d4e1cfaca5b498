"""Pictures in data URLs (RFC 2397): taken out of a document before it is parsed."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

_DATA_URL = re.compile(
    rb"data:image/([\w.+-]{1,40})(?:;[\w=.-]{1,40}){0,4};base64,((?:[A-Za-z0-9+/=_-]|\s|%[0-9A-Fa-f]{2})*)",
    re.IGNORECASE,
)
_ESCAPED = re.compile(rb"%([0-9A-Fa-f]{2})")
_EXTENSIONS = {"jpeg": "jpg", "svg+xml": "svg", "x-icon": "ico", "jpg2000": "jp2"}


def without_pictures(document: bytes, link_to: Callable[[int, str], str]) -> bytes:
    """Return the document with other links in place of its pictures.

    ``link_to`` gets the number of each picture in the document, from 0, and its extension.
    """
    number = -1

    def link(match: re.Match[bytes]) -> bytes:
        nonlocal number
        number += 1
        kind = match[1].decode("ascii").lower()
        return link_to(number, _EXTENSIONS.get(kind, kind)).encode()

    return _DATA_URL.sub(link, document)


def embedded_picture(document: bytes, number: int) -> bytes | None:
    """Return the bytes of a picture in the document, or None if it cannot be decoded."""
    for count, match in enumerate(_DATA_URL.finditer(document)):
        if count == number:
            text = _ESCAPED.sub(lambda escape: bytes.fromhex(escape[1].decode()), match[2])
            text = b"".join(text.split()).rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
            try:
                return base64.b64decode(text + b"=" * (-len(text) % 4))
            except binascii.Error:
                return None
    return None

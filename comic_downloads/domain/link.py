"""What a signed link says: whose file, which bytes, until when."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote


@dataclass(frozen=True)
class LinkClaims:
    """``sha256`` binds the link to the content: one address never serves two, and a file prepared again fits it."""

    job_id: str
    user_id: str
    sha256: str
    expires_at: datetime


@dataclass(frozen=True)
class Link:
    """An address to fetch a file from, and when it stops to work for new requests.

    ``url`` starts with ``/``, so that it works under every name this server is reached by, unless a CDN serves it.
    """

    url: str
    expires_at: datetime


def content_disposition(filename: str) -> str:
    """``attachment`` with a name in plain ASCII for old clients and the true one in UTF-8 (RFC 6266, RFC 8187)."""
    return f"attachment; filename=\"{ascii_filename(filename)}\"; filename*=UTF-8''{quote(filename, safe=_ATTR_CHARS)}"


def ascii_filename(filename: str) -> str:
    """The name without accents; what has no ASCII form, needs quoting or could be a path becomes ``_``.

    A name of which nothing is left but its ending becomes ``comic``.
    """
    decomposed = unicodedata.normalize("NFKD", filename)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    safe = "".join(c if " " <= c <= "~" and c not in _UNSAFE else "_" for c in plain).lstrip(".")
    stem, dot, ending = safe.rpartition(".")
    return (
        safe if any(c.isalnum() for c in stem or ending) else f"comic{dot}{ending if dot else ''}"
    )


_UNSAFE = set('"\\/%<>:|?*')  # "%" because some browsers decode it in the plain form
_ATTR_CHARS = "!#$&+-.^_`|~"  # RFC 8187, section 3.2.1

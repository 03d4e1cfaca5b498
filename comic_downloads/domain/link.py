"""Signed links to files: whose file, which content, and until when."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote


@dataclass(frozen=True)
class LinkClaims:
    """The facts that a link signs.

    ``etag`` binds the link to the content: one address never serves two contents, and it still
    works after the same file was prepared again.
    """

    job_id: str
    user_id: str
    etag: str
    expires_at: datetime


# Added to the address of a file that the browser shall show in place of saving it.
INLINE = "inline"
# Browsers have a viewer of their own for these. It runs nothing of the file in our origin.
SHOWN_BY_BROWSERS = frozenset({"application/pdf"})


@dataclass(frozen=True)
class Link:
    """An address to fetch a file from, and when it stops working for new requests.

    ``url`` starts with ``/``, so that it works under every name of this server. It is a whole
    address if a CDN serves the file.
    """

    url: str
    expires_at: datetime


# A client asks for a file again and again, range by range.
@lru_cache(maxsize=256)
def content_disposition(filename: str, *, inline: bool = False) -> str:
    """Return the header's value, with an ASCII name and the true one in UTF-8.

    It is ``attachment``, or ``inline`` for a file that the browser shows. Source: RFC 6266 and
    RFC 8187.
    """
    kind, encoded = "inline" if inline else "attachment", quote(filename, safe=_ATTR_CHARS)
    return f"{kind}; filename=\"{ascii_filename(filename)}\"; filename*=UTF-8''{encoded}"


def ascii_filename(filename: str) -> str:
    """Return the name without accents, for clients that know ASCII only.

    Characters that have no ASCII form, need quoting or could form a path become ``_``. If nothing
    but the extension is left, the name becomes ``comic``.
    """
    decomposed = unicodedata.normalize("NFKD", filename)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    safe = "".join(c if " " <= c <= "~" and c not in _UNSAFE else "_" for c in plain).lstrip(".")
    stem, dot, ending = safe.rpartition(".")
    return (
        safe if any(c.isalnum() for c in stem or ending) else f"comic{dot}{ending if dot else ''}"
    )


# The percent sign is here because some browsers decode it in the plain form.
_UNSAFE = set('"\\/%<>:|?*')
# The characters that RFC 8187 leaves unencoded (section 3.2.1).
_ATTR_CHARS = "!#$&+-.^_`|~"

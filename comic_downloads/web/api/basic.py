"""Read the name and the secret of HTTP Basic authentication (RFC 7617)."""

from __future__ import annotations

import base64
import binascii

from fastapi import Request

from ...domain.errors import InvalidCredentials


def read_credentials(request: Request) -> tuple[str, str] | None:
    """Return the name and the secret, or None if the request has another scheme or none.

    Raises InvalidCredentials.
    """
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as error:
        raise InvalidCredentials("The credentials are not as RFC 7617 says.") from error
    name, colon, secret = decoded.partition(":")
    if not colon:
        raise InvalidCredentials("The credentials are not as RFC 7617 says.")
    return name, secret

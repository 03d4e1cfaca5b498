"""Set the cookies that use cases ask for."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import HTTPConnection
from starlette.responses import Response

from ...settings import Settings
from ...usecases.new_cookie import NewCookie


def set_cookie(
    response: Response, cookie: NewCookie, connection: HTTPConnection, settings: Settings
) -> None:
    """Add the cookie to the response, hidden from scripts and from other sites."""
    response.set_cookie(
        cookie.name,
        cookie.value,
        max_age=cookie.max_age_seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=is_secure(connection, settings),
    )


def is_secure(connection: HTTPConnection, settings: Settings) -> bool:
    """Return True if cookies of the request's host belong on HTTPS only.

    They do if BASE_URL has HTTPS, and the request came over it or asks for the host of BASE_URL.
    Another host, such as the address of the machine in the home network, may be open without
    HTTPS: browsers drop Secure cookies there, and nobody could sign in.
    """
    if not settings.serves_https:
        return False
    scheme = connection.headers.get("x-forwarded-proto", connection.url.scheme)
    if scheme.partition(",")[0].strip() == "https":
        return True
    return connection.url.hostname == urlsplit(settings.base_url).hostname

"""Set the cookies that use cases ask for."""

from __future__ import annotations

from starlette.responses import Response

from ...settings import Settings
from ...usecases.new_cookie import NewCookie


def set_cookie(response: Response, cookie: NewCookie, settings: Settings) -> None:
    """Add the cookie to the response, hidden from scripts and from other sites."""
    response.set_cookie(
        cookie.name,
        cookie.value,
        max_age=cookie.max_age_seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.serves_https,
    )

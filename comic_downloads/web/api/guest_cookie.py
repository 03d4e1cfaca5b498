"""The cookie that identifies a browser as one guest of one share."""

from __future__ import annotations

from starlette.responses import Response

from ...usecases.context import Context
from ...usecases.sharing.access import NewCookie


def set_guest_cookie(context: Context, response: Response, cookie: NewCookie) -> None:
    """Add the cookie to the response, hidden from scripts and from other sites."""
    response.set_cookie(
        cookie.name,
        cookie.value,
        max_age=cookie.max_age_seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=context.settings.serves_https,
    )

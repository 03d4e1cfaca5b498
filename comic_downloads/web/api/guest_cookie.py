"""The cookie that makes a browser a guest of a share, and the page of the share, which brings it."""

from __future__ import annotations

import logging

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...domain.errors import ComicDownloadsError
from ...usecases.context import Context
from ...usecases.sharing.access import NewCookie, cookie_to_keep
from ..routes import share_token

log = logging.getLogger(__name__)

_HEADERS = {
    "Referrer-Policy": "no-referrer",  # the address is the credential
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "private, no-cache",
}


def set_guest_cookie(context: Context, response: Response, cookie: NewCookie) -> None:
    response.set_cookie(
        cookie.name,
        cookie.value,
        max_age=cookie.max_age_seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=context.settings.serves_https,
    )


class GuestPages:
    """Keeps the pages of shares from search engines and other sites, and has them bring the guest's cookie.

    A websocket cannot set one. Where a password is wanted the cookie comes with ``unlock`` instead.
    """

    def __init__(self, app: ASGIApp, context: Context) -> None:
        self.app = app
        self.context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = share_token(scope["path"]) if scope["type"] == "http" else ""
        if not token:
            return await self.app(scope, receive, send)
        cookie = await run_in_threadpool(self._new_cookie, token, Request(scope).cookies)
        carrier = Response()
        if cookie is not None:
            set_guest_cookie(self.context, carrier, cookie)

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                for value in carrier.headers.getlist("set-cookie"):
                    headers.append("set-cookie", value)
            await send(message)

        await self.app(scope, receive, adding)

    def _new_cookie(self, token: str, cookies: dict[str, str]) -> NewCookie | None:
        try:
            return cookie_to_keep(self.context, token, cookies)
        except ComicDownloadsError:  # the page itself says why it stays closed
            return None
        except Exception:  # such as a database that is away: the page comes without, and says that it could not be loaded
            log.exception("A page of a share came without its cookie", extra={"action": "load"})
            return None

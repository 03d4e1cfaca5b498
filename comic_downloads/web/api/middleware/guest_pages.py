"""Set the guest's cookie and privacy headers on pages whose address is a credential."""

from __future__ import annotations

import logging

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ....domain.errors import Refusal
from ....usecases.context import Context
from ....usecases.new_cookie import NewCookie
from ....usecases.sharing.access import GuestCredentials, cookie_to_keep
from ...routes import account_link_token, share_token
from ..cookies import set_cookie

_HEADERS = {
    "Referrer-Policy": "no-referrer",  # The address is a credential.
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "private, no-cache",
}

log = logging.getLogger(__name__)


class GuestPages:
    """Hides such pages from search engines and gives the guests of shares their cookie.

    The page of a share sets the cookie because a websocket cannot. A share with a password sets it
    in ``unlock`` instead.
    """

    def __init__(self, app: ASGIApp, context: Context) -> None:
        self.app = app
        self.context = context

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the request and add cookie and headers if it is for such a page."""
        path = scope["path"] if scope["type"] == "http" else ""
        token = share_token(path)
        if not token and not account_link_token(path):
            return await self.app(scope, receive, send)
        cookie = None
        if token:
            cookie = await run_in_threadpool(self._new_cookie, token, Request(scope).cookies)
        carrier = Response()
        if cookie is not None:
            set_cookie(carrier, cookie, Request(scope), self.context.settings)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
                for value in carrier.headers.getlist("set-cookie"):
                    headers.append("set-cookie", value)
            await send(message)

        await self.app(scope, receive, send_with_headers)

    def _new_cookie(self, token: str, cookies: dict[str, str]) -> NewCookie | None:
        try:
            return cookie_to_keep(self.context, GuestCredentials(token, cookies))
        except Refusal:
            return None  # The page itself says why the share is closed.
        except Exception:
            # With the database away, the page is sent without a cookie and shows a load error.
            log.exception("Guest cookie could not be set", extra={"action": "page_load"})
            return None

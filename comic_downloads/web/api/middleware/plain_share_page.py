"""Lead from the address of a share with ``?plain`` to its page without scripts."""

from __future__ import annotations

from urllib.parse import parse_qs

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from ...routes import share_token
from ..paths import PLAIN_PAGE, SHARE_PAGES


class PlainSharePage:
    """Redirects ``/s/{token}?plain``, which Reflex would take for the page of the share.

    Routes do not look at the query.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the request, or redirect it."""
        if scope["type"] == "http" and b"plain" in scope["query_string"]:
            wanted = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
            token = share_token(scope["path"])
            if token and PLAIN_PAGE in wanted:
                there = RedirectResponse(f"{SHARE_PAGES}/{token}/{PLAIN_PAGE}", 307)
                return await there(scope, receive, send)
        await self.app(scope, receive, send)

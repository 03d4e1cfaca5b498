"""What browsers may keep of the pages, and where redirects between them lead."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .requests import is_ours

_FOR_EVER = "public, max-age=31536000, immutable"  # RFC 8246


class FreshPages:
    """Tells browsers what they may keep of the pages, and sends them on under the name they know us by.

    A new version gives scripts under /assets new names: a page that a browser had kept from before an update would ask
    for scripts that are gone, and stay empty. Behind a proxy we do not know our own scheme, so redirects name none.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_ours(scope):
            return await self.app(scope, receive, send)

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_named_by_content = scope["path"].startswith("/assets/") and message[
                    "status"
                ] in {200, 206, 304}
                headers.setdefault(
                    "Cache-Control", _FOR_EVER if is_named_by_content else "no-cache"
                )
                if "Location" in headers:
                    headers["Location"] = _here(
                        headers["Location"], Headers(scope=scope).get("host", "")
                    )
            await send(message)

        await self.app(scope, receive, adding)


def _here(address: str, host: str) -> str:
    """The address without the host, if it is on this one."""
    parts = urlsplit(address)
    if not host or parts.netloc != host:
        return address
    # one slash before the path: without a host, what follows two is taken for one (RFC 3986, section 4.2)
    return parts._replace(scheme="", netloc="", path="/" + parts.path.lstrip("/")).geturl()

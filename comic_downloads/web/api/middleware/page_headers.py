"""Set the caching and redirect headers of pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .api_paths import ApiPaths

_FOREVER = "public, max-age=31536000, immutable"  # RFC 8246


class PageHeaders:
    """Tells browsers what to cache, and makes redirects between pages relative to the host.

    Files under /assets are named by their content, so they are cached forever. Pages are
    revalidated: a page cached before an update would load scripts that no longer exist.
    Behind a proxy we do not know our own scheme, so a redirect to this host must not name one.
    """

    def __init__(self, app: ASGIApp, paths: ApiPaths) -> None:
        self.app = app
        self.paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the request and set the headers if it is for a page."""
        if scope["type"] != "http" or self.paths.own(scope):
            return await self.app(scope, receive, send)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault(
                    "Cache-Control", _cache_control(scope["path"], message["status"])
                )
                if "Location" in headers:
                    host = Headers(scope=scope).get("host", "")
                    headers["Location"] = _without_host(headers["Location"], host)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _cache_control(path: str, status: int) -> str:
    is_named_by_content = path.startswith("/assets/") and status in {200, 206, 304}
    return _FOREVER if is_named_by_content else "no-cache"


def _without_host(address: str, host: str) -> str:
    """Return only path and query of an address on this host; any other one unchanged."""
    parts = urlsplit(address)
    if not host or parts.netloc != host:
        return address
    # A path that begins with two slashes would be read as a host name (RFC 3986, section 4.2).
    return parts._replace(scheme="", netloc="", path="/" + parts.path.lstrip("/")).geturl()

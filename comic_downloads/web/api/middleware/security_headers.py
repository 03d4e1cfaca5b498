"""Adds security headers to every response, of the HTTP interface and of pages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ...page_scripts import inline_script_sources
from .api_paths import ApiPaths

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": ", ".join(
        f"{feature}=()"
        for feature in (
            "accelerometer",
            "camera",
            "geolocation",
            "gyroscope",
            "magnetometer",
            "microphone",
            "payment",
            "usb",
        )
    ),
}
_HTTPS_HEADERS = {"Strict-Transport-Security": "max-age=31536000"}  # A year (RFC 6797).
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY = "frame-ancestors 'none'; base-uri 'self'; object-src 'none'; form-action 'self'"
# Reflex's client evaluates the scripts that event handlers send it, so eval must stay allowed.
_SCRIPT_SOURCES = "'self' 'unsafe-eval'"


class SecurityHeaders:
    """Keeps browsers from running scripts that are not ours, framing our pages, and the like.

    A header that a route has set stays as it is.
    """

    def __init__(
        self, app: ASGIApp, paths: ApiPaths, *, serves_https: bool, pages: Path | None
    ) -> None:
        """Wrap ``app``; ``pages`` is the folder of the built pages, if this server has them."""
        self.app = app
        self.paths = paths
        self.headers = _HEADERS | (_HTTPS_HEADERS if serves_https else {})
        self.api_headers = _raw(self.headers | {"Content-Security-Policy": _API_POLICY})
        self.pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the request and add the headers that its response lacks."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        own = self.api_headers if self.paths.own(scope) else self._page_headers

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message.get("headers", ())}
                missing = [header for header in own if header[0] not in present]
                message = {**message, "headers": [*message.get("headers", ()), *missing]}
            await send(message)

        await self.app(scope, receive, send_with_headers)

    @cached_property
    def _page_headers(self) -> list[tuple[bytes, bytes]]:
        """The headers of pages; made at the first of them, when the pages have been built."""
        sources = inline_script_sources(self.pages) if self.pages else ()
        policy = f"{_PAGE_POLICY}; script-src {' '.join((_SCRIPT_SOURCES, *sources))}"
        return _raw(self.headers | {"Content-Security-Policy": policy})


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    """Return the headers as ASGI has them."""
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]

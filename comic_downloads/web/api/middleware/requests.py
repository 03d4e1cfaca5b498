"""What happens around every request: foreign sites are refused, headers set, errors caught, the access logged.

Plain ASGI, so that the pages and the websocket that are mounted below pass through untouched and unbuffered.
"""

from __future__ import annotations

import logging
import time
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ....domain.errors import CrossOrigin, PayloadTooLarge
from ....logs import redacted
from ..errors import domain_problem, internal_problem

OUR_PREFIXES = ("/api/", "/auth/", "/d/", "/health", "/metrics")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110, section 9.2.1
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}
_API_POLICY = "default-src 'none'; frame-ancestors 'none'"
_PAGE_POLICY = "frame-ancestors 'none'; base-uri 'self'; object-src 'none'; form-action 'self'"

access_log = logging.getLogger("comic_downloads.access")
log = logging.getLogger(__name__)


def is_ours(scope: Scope) -> bool:
    """True for the addresses of the HTTP interface; the rest are pages."""
    return scope["type"] == "http" and scope["path"].startswith(OUR_PREFIXES)


class AccessLog:
    """One line for each request to the HTTP interface, with the tokens in addresses blacked out."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_ours(scope) or not access_log.isEnabledFor(logging.INFO):
            return await self.app(scope, receive, send)
        started, status, sent_bytes = time.monotonic(), 0, 0

        async def noting(message: Message) -> None:
            nonlocal status, sent_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
            sent_bytes += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            duration_ms = round((time.monotonic() - started) * 1000, 1)
            facts = {"method": scope["method"], "path": redacted(scope["path"]), "status": status}
            access_log.info(
                "Answered", extra={**facts, "duration_ms": duration_ms, "bytes": sent_bytes}
            )


class SafeHeaders:
    """Adds the headers that keep browsers from guessing types, framing us or telling others our addresses."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        policy = _API_POLICY if is_ours(scope) else _PAGE_POLICY

        async def adding(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in {**_HEADERS, "Content-Security-Policy": policy}.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, adding)


class UnexpectedErrors:
    """Turns an error nobody expected into a problem document and logs it once, with its trace."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_ours(scope):
            return await self.app(scope, receive, send)
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception:
            log.exception(
                "Unexpected error",
                extra={"method": scope["method"], "path": redacted(scope["path"])},
            )
            if started:  # too late for another answer: the connection is broken off, so the client sees it is incomplete
                raise
            await internal_problem()(scope, receive, send)


class OwnOriginOnly:
    """Refuses what another site makes a browser send: changes to our data, and connections to the pages' socket.

    Browsers name the sending site in Origin, older ones in Referer. A request with neither and without Sec-Fetch-Site
    comes from a program, not from a page; SameSite=Lax on the cookie stands behind that. A request with an access token
    and no cookie is not forgeable this way and is let through.
    """

    def __init__(self, app: ASGIApp, base_url: str) -> None:
        self.app = app
        self.base_origin = _origin(base_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            is_ours(scope)
            and scope["method"] not in _SAFE_METHODS
            and self._is_foreign(Headers(scope=scope))
        ):
            error = CrossOrigin(
                "This request was sent by another website, so it was not carried out."
            )
            return await domain_problem(error)(scope, receive, send)
        await self.app(scope, receive, send)

    def _is_foreign(self, headers: Headers) -> bool:
        if "authorization" in headers and "cookie" not in headers:
            return False
        sender = headers.get("origin") or headers.get("referer")
        if sender is None:
            return headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}
        origin = _origin(sender)
        # no page can make a browser send another X-Forwarded-Host without asking us first (CORS), which we would refuse
        host = (
            headers.get("x-forwarded-host", headers.get("host", ""))
            .partition(",")[0]
            .strip()
            .lower()
        )
        return origin != self.base_origin and urlsplit(origin).netloc != host


class BodyLimit:
    """Refuses request bodies that are too large, at once where their length is told, else when they get there.

    Uploads have a limit of their own, which they keep themselves.
    """

    def __init__(self, app: ASGIApp, max_bytes: int, upload_path: str) -> None:
        self.app = app
        self.max_bytes = max_bytes
        self.upload_path = upload_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_ours(scope) or scope["path"] == self.upload_path:
            return await self.app(scope, receive, send)
        too_large = f"The request is larger than this server takes here ({self.max_bytes:,} bytes)."
        told = Headers(scope=scope).get("content-length", "")
        if told.isdecimal() and int(told) > self.max_bytes:
            return await domain_problem(PayloadTooLarge(too_large))(scope, receive, send)
        received_bytes = 0

        async def counting() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            if received_bytes > self.max_bytes:
                raise HTTPException(
                    413, too_large
                )  # the one error FastAPI lets through while it reads a body
            return message

        await self.app(scope, counting, send)


class HeadAsGet:
    """Answers HEAD as GET without the body (RFC 9110, section 9.3.2), except for files, which know HEAD themselves.

    A Range is for GET alone (section 14.2).
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not is_ours(scope) or scope["method"] != "HEAD" or scope["path"].startswith("/d/"):
            return await self.app(scope, receive, send)

        async def bodiless(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await self.app({**scope, "method": "GET", "headers": headers}, receive, bodiless)


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()

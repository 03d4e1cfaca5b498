"""Write the access log of the HTTP interface."""

from __future__ import annotations

import logging
from collections.abc import Callable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ....logs import redacted
from .api_paths import ApiPaths

access_log = logging.getLogger("comic_downloads.access")


class AccessLog:
    """Logs one line for each request to the HTTP interface, with tokens in paths replaced."""

    def __init__(self, app: ASGIApp, paths: ApiPaths, monotonic: Callable[[], float]) -> None:
        self.app = app
        self.monotonic = monotonic
        self.paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the request and log its status, duration and number of body bytes."""
        if not self.paths.own(scope) or not access_log.isEnabledFor(logging.INFO):
            return await self.app(scope, receive, send)
        started, status, sent_bytes = self.monotonic(), 0, 0

        async def send_counted(message: Message) -> None:
            nonlocal status, sent_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
            sent_bytes += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, send_counted)
        finally:
            duration_ms = round((self.monotonic() - started) * 1000, 1)
            facts = {"method": scope["method"], "path": redacted(scope["path"]), "status": status}
            access_log.info(
                "Request answered", extra={**facts, "duration_ms": duration_ms, "bytes": sent_bytes}
            )

"""Answer unexpected errors of the HTTP interface with a problem document."""

from __future__ import annotations

import logging

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ....logs import redacted
from ..errors import internal_problem
from .api_paths import ApiPaths

log = logging.getLogger(__name__)


class UnexpectedErrors:
    """Logs an error that no handler expected, once and with its traceback, and answers 500."""

    def __init__(self, app: ASGIApp, paths: ApiPaths) -> None:
        self.app = app
        self.paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the request. Raises the error again if the response has already started."""
        if not self.paths.own(scope):
            return await self.app(scope, receive, send)
        started = False

        async def send_noting_start(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_noting_start)
        except Exception:
            log.exception(
                "Request failed with an unexpected error",
                extra={"method": scope["method"], "path": redacted(scope["path"])},
            )
            # It is too late for another response. Raising closes the connection, so that the
            # client notices that the body is incomplete.
            if started:
                raise
            await internal_problem()(scope, receive, send)

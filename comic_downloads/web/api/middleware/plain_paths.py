"""Refuse addresses with a line break, which belong to no page and no route."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from ....domain.errors import NotFound
from ..errors import domain_problem


class PlainPaths:
    """Answers 404 to paths with a line break.

    The patterns of routes would take it for part of an id, for the end of the path, or for neither.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the request, or answer 404 ``not_found``."""
        if scope["type"] == "http" and "\n" in scope["path"]:
            error = NotFound("Nothing exists at an address with a line break.")
            return await domain_problem(error)(scope, receive, send)
        await self.app(scope, receive, send)

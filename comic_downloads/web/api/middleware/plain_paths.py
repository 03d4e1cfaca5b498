"""Refuse addresses with control characters, which belong to no page and no route."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Receive, Scope, Send

from ....domain.errors import NotFound
from ..errors import domain_problem

_CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]")


class PlainPaths:
    """Answers 404 to paths with control characters.

    Routes treat a line break differently: some take it for part of an id, some for the end.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the request, or answer 404 ``not_found``."""
        if scope["type"] == "http" and _CONTROL_CHARACTERS.search(scope["path"]):
            error = NotFound("Nothing exists at an address with a line break or control character.")
            return await domain_problem(error)(scope, receive, send)
        await self.app(scope, receive, send)

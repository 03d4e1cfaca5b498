"""Limit the size of request bodies."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ....domain.errors import PayloadTooLarge
from ..errors import domain_problem
from .api_paths import ApiPaths


class BodyLimit:
    """Refuses larger bodies by their Content-Length or, without one, while they arrive.

    Uploads are exempt, because their route enforces its own limit.
    """

    def __init__(self, app: ASGIApp, paths: ApiPaths, max_bytes: int, upload_path: str) -> None:
        self.app = app
        self.paths = paths
        self.max_bytes = max_bytes
        self.upload_path = upload_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the request, or answer 413 ``payload_too_large``."""
        if not self.paths.own(scope) or scope["path"] == self.upload_path:
            return await self.app(scope, receive, send)
        too_large = (
            f"The request body is larger than {self.max_bytes:,} bytes, the limit of this server. "
            "Send a smaller one."
        )
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdecimal() and int(declared) > self.max_bytes:
            return await domain_problem(PayloadTooLarge(too_large))(scope, receive, send)
        received_bytes = 0

        async def receive_counted() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            if received_bytes > self.max_bytes:
                # HTTPException is the only error that FastAPI passes on while it reads a body.
                raise HTTPException(413, too_large)
            return message

        await self.app(scope, receive_counted, send)

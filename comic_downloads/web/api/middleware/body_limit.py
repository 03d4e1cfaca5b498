"""Limits how large request bodies are, how long they take, and how many arrive at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ....domain.account import network_of
from ....domain.errors import PayloadTooLarge, TooManyConnections
from ..authentication import client_ip
from ..errors import domain_problem
from ..open_counts import OpenCounts
from .api_paths import ApiPaths

# Of one network. A body that has arrived is not counted any more, however long the answer takes.
MAX_UNFINISHED = 64

_TOO_SLOW = "The body of the request did not arrive in time. Send it again."


class BodyLimit:
    """Refuses bodies that are too large or arrive too slowly.

    A large body is refused by its Content-Length or, without one, while it arrives. Uploads are
    exempt from the size, because their route enforces its own limit, and may take any time as long
    as bytes keep coming. A network that sends too many bodies at a time is refused more.
    """

    def __init__(
        self,
        app: ASGIApp,
        paths: ApiPaths,
        *,
        max_bytes: int,
        seconds: float,
        larger: Mapping[str, int | None],
    ) -> None:
        """Wrap ``app``.

        ``seconds`` is the time for a body, or for each piece of an upload. ``larger`` has the
        limits of paths that take larger bodies; uploads have None.
        """
        self.app = app
        self.paths = paths
        self.max_bytes = max_bytes
        self.seconds = seconds
        self.larger = larger
        self.unfinished = OpenCounts(
            MAX_UNFINISHED, "Too many requests of your network have not arrived yet. Try again."
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the request, or answer 413, 429 ``too_many_connections``, or 408 later."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        limit = self.larger.get(scope["path"], self.max_bytes)
        is_upload = limit is None
        max_bytes = limit if self.paths.own(scope) else None
        try:
            leave = self._enter(scope, max_bytes)
        except (PayloadTooLarge, TooManyConnections) as refusal:
            answer = domain_problem(refusal)
            answer.headers["Connection"] = "close"
            return await answer(scope, receive, send)
        body = _Body(receive, send, max_bytes, leave)
        body.allow(self.seconds, for_each_piece=is_upload)
        try:
            await self.app(scope, body.receive, body.send)
        finally:
            leave()

    def _enter(self, scope: Scope, max_bytes: int | None) -> Callable[[], None]:
        """Count the body until the returned function is called.

        Raises PayloadTooLarge, by what the body declares, and TooManyConnections.
        """
        headers = Headers(scope=scope)
        declared = headers.get("content-length", "0")
        if max_bytes is not None and declared.isdecimal() and int(declared) > max_bytes:
            raise PayloadTooLarge(_too_large(max_bytes))
        if declared == "0" and "transfer-encoding" not in headers:
            return _nothing
        return self.unfinished.enter(network_of(client_ip(HTTPConnection(scope))))


def _nothing() -> None:
    """Do nothing: a request without a body is not counted."""


class _Body:
    """The body of one request, with what is left of its limits."""

    def __init__(
        self, receive: Receive, send: Send, max_bytes: int | None, leave: Callable[[], None]
    ) -> None:
        """``leave`` is called once the body is complete."""
        self._receive = receive
        self._send = send
        self._max_bytes = max_bytes
        self._leave = leave
        self._received_bytes = 0
        self._is_complete = False
        self._is_answered = False
        self._piece_seconds: float | None = None
        self._deadline = 0.0

    def allow(self, seconds: float, *, for_each_piece: bool) -> None:
        """Start the time for the whole body, or set it for each of its pieces."""
        self._piece_seconds = seconds if for_each_piece else None
        self._deadline = asyncio.get_running_loop().time() + seconds

    async def send(self, message: Message) -> None:
        """Forward a message of the answer."""
        self._is_answered = True
        await self._send(message)

    async def receive(self) -> Message:
        """Return the next message. Raises HTTPException if a limit is exceeded.

        That is the only error that FastAPI passes on while it reads a body.
        """
        if self._is_complete:
            return await self._receive()  # Waits until the client disconnects.
        if self._piece_seconds is not None:
            self._deadline = asyncio.get_running_loop().time() + self._piece_seconds
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError as error:
            if self._is_answered:
                return {"type": "http.disconnect"}
            headers = {"Connection": "close"}
            raise HTTPException(408, _TOO_SLOW, headers) from error
        self._is_complete = not message.get("more_body", False)
        if self._is_complete:
            self._leave()
        self._received_bytes += len(message.get("body", b""))
        if self._max_bytes is not None and self._received_bytes > self._max_bytes:
            raise HTTPException(413, _too_large(self._max_bytes))
        return message


def _too_large(max_bytes: int) -> str:
    return (
        f"The request body is larger than {max_bytes:,} bytes, the limit of this server. "
        "Send a smaller one."
    )

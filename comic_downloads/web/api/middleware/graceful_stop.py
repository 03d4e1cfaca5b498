"""End open responses when the server is asked to stop.

The web server waits for open responses without a limit. Event streams never end, and a slow
client can take hours for a file. Clients lose nothing: they reconnect to streams and resume files.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable
from types import FrameType

from starlette.types import ASGIApp, Receive, Scope, Send

GRACE_SECONDS = 3.0

log = logging.getLogger(__name__)


class OpenResponses:
    """The unfinished responses of this process, each with a deadline that a stop sets."""

    def __init__(self) -> None:
        self._deadlines: set[asyncio.Timeout] = set()
        self._end: float | None = None

    async def run(self, respond: Callable[[], Awaitable[None]]) -> bool:
        """Run ``respond``; return False if a stop cut it short."""
        deadline = asyncio.timeout_at(self._end)
        try:
            async with deadline:
                self._deadlines.add(deadline)
                await respond()
        except TimeoutError:
            if not deadline.expired():
                raise
            return False
        finally:
            self._deadlines.discard(deadline)
        return True

    async def end_at_stop(self) -> None:
        """Wait for SIGINT or SIGTERM, then end all responses after GRACE_SECONDS."""
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            _add_signal_handler(
                number, lambda: loop.is_closed() or loop.call_soon_threadsafe(stop.set)
            )
        await stop.wait()
        self._end = loop.time() + GRACE_SECONDS
        for deadline in self._deadlines:
            deadline.reschedule(self._end)


class GracefulStop:
    """Runs every HTTP response under the deadline that OpenResponses sets at a stop."""

    def __init__(self, app: ASGIApp, responses: OpenResponses) -> None:
        self.app = app
        self.responses = responses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the request. Websockets pass untouched, because the server closes them itself."""
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        if not await self.responses.run(lambda: self.app(scope, receive, send)):
            log.info("Response ended early because the server stops", extra={"action": "stop"})


def _add_signal_handler(number: signal.Signals, act: Callable[[], object]) -> None:
    """Call ``act`` at the signal, before the handler that the web server has installed.

    Replacing the handler does not hide the signal from the event loop, which learns of signals
    through a file descriptor.
    """
    before = signal.getsignal(number)

    def handle(received: int, frame: FrameType | None) -> None:
        act()
        if callable(before):
            before(received, frame)

    signal.signal(number, handle)
    signal.siginterrupt(number, False)

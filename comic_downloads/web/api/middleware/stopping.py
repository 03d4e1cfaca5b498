"""Ends the answers that would hold up a stop: event streams, which have no end, and files on their way to slow readers.

The web server itself waits for answers under way, however long they take. Clients lose nothing by it: streams are opened
again, transfers resume.
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


class AnswersUnderWay:
    """The answers of this process that are not finished. Each has a deadline, which is set when a stop is asked for."""

    def __init__(self) -> None:
        self._deadlines: set[asyncio.Timeout] = set()
        self._end: float | None = None

    async def finish_or_end(self, answer: Callable[[], Awaitable[None]]) -> bool:
        """Runs the answer; False if it was ended early because the server stops."""
        deadline = asyncio.timeout_at(self._end)
        try:
            async with deadline:
                self._deadlines.add(deadline)
                await answer()
        except TimeoutError:
            if not deadline.expired():
                raise
            return False
        finally:
            self._deadlines.discard(deadline)
        return True

    async def end_at_stop(self) -> None:
        """Waits for SIGINT or SIGTERM, then lets answers go on for a few seconds and no longer: a lifespan task."""
        loop = asyncio.get_running_loop()
        told = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            _call_as_well(number, lambda: loop.is_closed() or loop.call_soon_threadsafe(told.set))
        await told.wait()
        self._end = loop.time() + GRACE_SECONDS
        for deadline in self._deadlines:
            deadline.reschedule(self._end)


class EndAtStop:
    """Gives every answer a deadline once the server is asked to stop."""

    def __init__(self, app: ASGIApp, answers: AnswersUnderWay) -> None:
        self.app = app
        self.answers = answers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # the server closes websockets itself
            return await self.app(scope, receive, send)
        if not await self.answers.finish_or_end(lambda: self.app(scope, receive, send)):
            log.info("ended an answer early: the server stops", extra={"action": "stop"})


def _call_as_well(number: signal.Signals, act: Callable[[], object]) -> None:
    """Calls ``act`` at the signal, beside whatever the web server has asked its event loop to do then.

    The loop learns of signals through a file descriptor, whichever function is the signal's handler.
    """
    before = signal.getsignal(number)

    def handle(received: int, frame: FrameType | None) -> None:
        act()
        if callable(before):
            before(received, frame)

    signal.signal(number, handle)
    signal.siginterrupt(number, False)

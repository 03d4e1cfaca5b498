"""The signal on Redis that wakes live updates.

A process that commits a change to a job publishes a message, and every web process receives it. The
message is empty: what changed is read from the database. A lost message only costs a moment (see
POLL_SECONDS).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import redis
from redis import asyncio as async_redis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

CHANNEL = "comic-downloads.changed"
# A committing process waits for Redis no longer than this, and pauses after a failure.
PUBLISH_WITHIN_SECONDS = 0.25
SILENT_AFTER_FAILURE_SECONDS = 1.0
# Messages within this time wake once.
TOGETHER_SECONDS = 0.1
# Without a message the reader polls after this time, because messages may be lost.
POLL_SECONDS = 2.0
# The same while Redis is down.
POLL_WHILE_DOWN_SECONDS = 0.15
RECONNECT_AFTER_SECONDS = 1.0
# A connection that is silent for this long is pinged, and closed if it does not answer.
PING_AFTER_SECONDS = 5.0
_ERRORS = (redis.RedisError, OSError, TimeoutError)


class Announcer:
    """Publishes the signal. Safe for threads and after a fork."""

    def __init__(self, redis_url: str, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._redis = redis.Redis.from_url(
            redis_url,
            socket_connect_timeout=PUBLISH_WITHIN_SECONDS,
            socket_timeout=PUBLISH_WITHIN_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._silent_until = 0.0
        self._is_away = False

    def announce(self) -> None:
        """Publish the signal; return after a quarter of a second if Redis is down."""
        if self._monotonic() < self._silent_until:
            return
        try:
            self._redis.publish(CHANNEL, b"")
        except _ERRORS as error:
            self._silent_until = self._monotonic() + SILENT_AFTER_FAILURE_SECONDS
            if not self._is_away:
                log.warning(
                    "Change was not announced; web processes poll instead: %s",
                    error,
                    extra={"action": "announce"},
                )
            self._is_away = True
        else:
            self._is_away = False


class ChangeListener:
    """Receives the signal, as an asynchronous context manager.

    Attributes:
        hears: False while Redis is down; then ``wait`` returns after a short interval.
    """

    def __init__(self, redis_url: str) -> None:
        self._url = redis_url
        self._signalled = asyncio.Event()
        self.is_subscribed = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen_forever())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def wait(self) -> bool:
        """Wait until it is time to read the database; return True if a change was signalled."""
        await asyncio.sleep(TOGETHER_SECONDS)
        seconds = POLL_SECONDS if self.is_subscribed else POLL_WHILE_DOWN_SECONDS
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._signalled.wait(), seconds)
        signalled = self._signalled.is_set()
        self._signalled.clear()
        return signalled

    async def _listen_forever(self) -> None:
        while True:
            client = async_redis.Redis.from_url(
                self._url,
                socket_connect_timeout=RECONNECT_AFTER_SECONDS,
                retry=AsyncRetry(NoBackoff(), 0),
            )
            try:
                async with client, client.pubsub() as pubsub:
                    await pubsub.subscribe(CHANNEL)
                    await self._listen(pubsub)
            except _ERRORS as error:
                if self.is_subscribed:
                    log.warning(
                        "Change signal is lost; polling often instead: %s",
                        error,
                        extra={"action": "listen"},
                    )
            self.is_subscribed = False
            self._signalled.set()
            await asyncio.sleep(RECONNECT_AFTER_SECONDS)

    async def _listen(self, pubsub: Any) -> None:
        """Listen until the connection breaks. Raises redis.RedisError or OSError."""
        pinged = False
        while True:
            message = await pubsub.get_message(timeout=PING_AFTER_SECONDS)
            if message is not None:
                pinged = False
                # The answer to the subscription counts as a signal, too: earlier ones were missed.
                self.is_subscribed |= message["type"] == "subscribe"
                if message["type"] != "pong":
                    self._signalled.set()
            elif pinged:
                raise redis.TimeoutError("Redis does not answer")
            else:
                await pubsub.ping()
                pinged = True

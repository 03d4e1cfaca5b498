"""The wake-up of live updates on Redis: whoever commits a change to a job publishes a word, and every web process hears it.

The word carries nothing: what changed is read from the database. A word that is lost costs a moment (see QUIET_SECONDS).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from types import TracebackType
from typing import Any, Self

import redis
from redis import asyncio as async_redis
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

log = logging.getLogger(__name__)

CHANNEL = "comic-downloads.changed"
# A committing process waits for Redis no longer than this, and after a failure does not ask again for a while.
PUBLISH_WITHIN_SECONDS = 0.25
SILENT_AFTER_FAILURE_SECONDS = 1.0
TOGETHER_SECONDS = 0.1  # words that come within this time wake once
QUIET_SECONDS = 2.0  # without a word the reader looks after this time, for words that were lost
UNHEARD_SECONDS = 0.15  # and after this time while Redis is away
RECONNECT_AFTER_SECONDS = 1.0
PING_AFTER_SECONDS = (
    5.0  # a connection that says nothing for so long is asked, and given up if it does not answer
)
_ERRORS = (redis.RedisError, OSError, TimeoutError)


class Announcer:
    """Publishes the word, from any thread and after a fork too; a Redis that is away costs a quarter of a second at most."""

    def __init__(self, redis_url: str) -> None:
        self._redis = redis.Redis.from_url(
            redis_url,
            socket_connect_timeout=PUBLISH_WITHIN_SECONDS,
            socket_timeout=PUBLISH_WITHIN_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )
        self._silent_until = 0.0
        self._is_away = False

    def announce(self) -> None:
        if time.monotonic() < self._silent_until:
            return
        try:
            self._redis.publish(CHANNEL, b"")
        except _ERRORS as error:
            self._silent_until = time.monotonic() + SILENT_AFTER_FAILURE_SECONDS
            if not self._is_away:
                log.warning(
                    "changes are not announced, the web looks by itself: %s",
                    error,
                    extra={"action": "announce"},
                )
            self._is_away = True
        else:
            self._is_away = False


class ChangeListener:
    """Hears the word; while Redis is away ``wait`` returns after a short interval instead. An asynchronous context manager.

    ``hears`` is False while Redis is away.
    """

    def __init__(self, redis_url: str) -> None:
        self._url = redis_url
        self._told = asyncio.Event()
        self.hears = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen_for_ever())
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
        """Returns when it is time to look; True if somebody said that there is a change."""
        await asyncio.sleep(TOGETHER_SECONDS)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(
                self._told.wait(), QUIET_SECONDS if self.hears else UNHEARD_SECONDS
            )
        told = self._told.is_set()
        self._told.clear()
        return told

    async def _listen_for_ever(self) -> None:
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
                if self.hears:
                    log.warning(
                        "changes are not heard of, looking often instead: %s",
                        error,
                        extra={"action": "listen"},
                    )
            self.hears = False
            self._told.set()
            await asyncio.sleep(RECONNECT_AFTER_SECONDS)

    async def _listen(self, pubsub: Any) -> None:
        """Listens until the connection breaks. Raises redis.RedisError, OSError."""
        asked = False
        while True:
            message = await pubsub.get_message(timeout=PING_AFTER_SECONDS)
            if message is not None:
                asked = False
                # the answer to the subscription counts as a word, too: what changed before it was not heard
                self.hears |= message["type"] == "subscribe"
                if message["type"] != "pong":
                    self._told.set()
            elif asked:
                raise redis.TimeoutError("Redis does not answer")
            else:
                await pubsub.ping()
                asked = True

"""Answer requests in a few threads, in turn.

Threads that run Python at the same time hand its lock to each other at every row that they read
from SQLite. Eight that answer at once answer less often together than two that take turns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

THREADS = 2
# A search in a very large library takes a quarter of it.
STUCK_SECONDS = 0.25

Result = TypeVar("Result")


class AnswerThreads:
    """Threads that take turns. Use them in the thread of an event loop.

    While none of them finishes anything, because a disk or a database does not answer, others run
    in the many threads that all routes share.
    """

    def __init__(self, stuck_seconds: float = STUCK_SECONDS) -> None:
        self._stuck_seconds = stuck_seconds
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="answer")
        self._pending = 0
        self._advanced_at = 0.0

    async def run(self, function: Callable[[], Result]) -> Result:
        """Return what the function returns, which may wait for the database; raise its errors."""
        loop = asyncio.get_running_loop()
        if self._pending < THREADS:
            self._advanced_at = loop.time()
        elif loop.time() - self._advanced_at >= self._stuck_seconds:
            return await run_in_threadpool(function)
        self._pending += 1
        try:
            return await loop.run_in_executor(self._threads, function)
        finally:
            self._pending -= 1
            self._advanced_at = loop.time()

"""Wait for a file that is being prepared. The wait takes no thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from anyio import to_thread

from ...usecases.downloads.unfinished import GOES_ON, Download
from .job_changes import Subscription

D = TypeVar("D", bound=Download)
# Changes are handed to those who wait. While the watcher starts, it may miss some.
LOOK_AGAIN_SECONDS = 5.0


async def settled(
    download: D,
    job_id: str,
    changes: Subscription,
    read: Callable[[], D],
    seconds: float,
) -> D:
    """Return the download once it is finished or paused, or as it is after so many seconds.

    ``read`` returns the download as it is now, and may block; ``changes`` have those of its job.
    """
    clock = asyncio.get_running_loop().time
    due = clock() + seconds
    while download.status in GOES_ON and (left := due - clock()) > 0:
        await _end_of(job_id, changes, min(left, LOOK_AGAIN_SECONDS))
        download = await to_thread.run_sync(read)
    return download


async def _end_of(job_id: str, changes: Subscription, seconds: float) -> None:
    """Wait until the job is finished or paused, at most so long."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for job in changes:
                if job.id == job_id and job.status not in GOES_ON:
                    return

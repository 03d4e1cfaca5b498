"""Push changes to tabs in rounds, a few per second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from ...logs.repeated import RepeatedFailure
from ...usecases.downloads.snapshots import JobSnapshot
from . import job_changes

# Changes that come closer together are shown together.
ROUND_SECONDS = 0.1
# The longest time between two rounds when nothing changes.
TICK_SECONDS = 0.5

log = logging.getLogger(__name__)


async def every_round(show: Callable[[Sequence[JobSnapshot]], Awaitable[None]]) -> None:
    """Show the changes of all jobs until cancelled.

    An error in one round is logged and does not end the next.
    """
    changes = job_changes.subscribe(None)
    failure = RepeatedFailure(log, "A round of live updates", asyncio.get_running_loop().time)
    while True:
        try:
            async with asyncio.timeout(TICK_SECONDS):
                jobs = await changes.batch()
        except TimeoutError:
            jobs = []
        try:
            await show(jobs)
        # One broken tab must not stop the progress of all others.
        except Exception as error:  # noqa: BLE001 - ``note`` logs it
            failure.note(error)
        else:
            failure.end()
        await asyncio.sleep(ROUND_SECONDS)

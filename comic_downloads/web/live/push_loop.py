"""How whatever changed gets to the tabs: in rounds, a few a second."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence

from ...usecases.downloads.snapshots import JobSnapshot
from . import job_changes

ROUND_SECONDS = 0.1  # changes that come closer together are shown together
TICK_SECONDS = 0.5  # how long there is no round when nothing changes

log = logging.getLogger(__name__)


async def every_round(show: Callable[[Sequence[JobSnapshot]], Awaitable[None]]) -> None:
    """Shows the changes of all jobs until cancelled. What goes wrong for one round is logged and does not end the next."""
    changes = job_changes.subscribe(None)
    while True:
        try:
            async with asyncio.timeout(TICK_SECONDS):
                jobs = await changes.batch()
        except TimeoutError:
            jobs = []
        try:
            await show(jobs)
        except Exception:  # a tab that breaks must not stop the progress of all others
            log.exception("A round of live updates failed")
        await asyncio.sleep(ROUND_SECONDS)

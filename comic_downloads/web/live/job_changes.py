"""Hand changes of jobs to those who watch them: one watcher per web process, so that no tab asks.

The watcher reads the jobs that changed, transitions from the outbox and progress by revision, and
hands them to the subscriptions of their users. With Redis it is woken for that, otherwise it looks
every few moments; the database is the source of truth either way.
"""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing

from ...logs.repeated import RepeatedFailure
from ...settings import Settings
from ...usecases.context import Context
from ...usecases.downloads.changes import changes_after, latest_change
from ...usecases.downloads.snapshots import JobSnapshot

CHECK_INTERVAL_SECONDS = 0.15  # A change reaches the tabs well within half a second.
# On PostgreSQL a transaction may commit after one with a higher revision. So the reader looks
# back this many revisions until nothing has changed for this long. Progress that it misses even so
# is followed by more; transitions are not missed, as they come from the outbox.
LOOK_BACK_REVISIONS = 200
LOOK_BACK_SECONDS = 5.0
REMEMBERED_REVISIONS = 5000
PAUSE_AFTER_ERROR_SECONDS = 2.0

log = logging.getLogger(__name__)


class Subscription:
    """An endless asynchronous iterator over the changed jobs that are wanted.

    A slow reader skips states that were overtaken meanwhile, but never the last one of a job. Drop
    the object to end the subscription.
    """

    def __init__(self, wants: Callable[[JobSnapshot], bool]) -> None:
        self._wants = wants
        self._pending: dict[str, JobSnapshot] = {}
        self._changed = asyncio.Event()

    def offer(self, job: JobSnapshot) -> None:
        """Hand over a changed job; it is ignored unless it is wanted."""
        if self._wants(job):
            self._pending.pop(job.id, None)
            self._pending[job.id] = job
            self._changed.set()

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> JobSnapshot:
        while not self._pending:
            self._changed.clear()
            await self._changed.wait()
        return self._pending.pop(next(iter(self._pending)))

    async def batch(self) -> list[JobSnapshot]:
        """Return all jobs that changed since the last call, at least one."""
        jobs = [await anext(self)]
        jobs.extend(self._pending.values())
        self._pending.clear()
        return jobs


_subscriptions: weakref.WeakSet[Subscription] = weakref.WeakSet()


def subscribe(user_id: str | None) -> Subscription:
    """Subscribe to the changes of a user's downloads from now on, removals included.

    With None for the user, all changes are handed over, including those of guests.
    """
    subscription = Subscription(
        lambda job: user_id is None or (job.user_id == user_id and job.share_id is None)
    )
    _subscriptions.add(subscription)
    return subscription


def subscribe_guest(share_id: str, guest_id: str) -> Subscription:
    """Subscribe to the changes of a guest's downloads from now on."""
    subscription = Subscription(lambda job: (job.share_id, job.guest_id) == (share_id, guest_id))
    _subscriptions.add(subscription)
    return subscription


async def watch(context: Context) -> None:
    """Hand changes to the subscriptions of this process until cancelled: a lifespan task."""
    loop = asyncio.get_running_loop()
    reader = _Reader(context)
    told_before = False
    failure = RepeatedFailure(log, "Reading the changes", context.monotonic)
    with ThreadPoolExecutor(1, thread_name_prefix="live") as thread:
        async with aclosing(_moments(context.settings)) as moments:
            async for told in moments:
                told_before |= told
                try:
                    jobs = await loop.run_in_executor(thread, reader.read, told_before)
                # A database that is away for a while must not end the watching.
                except Exception as error:  # noqa: BLE001 - ``note`` logs it
                    failure.note(error)
                    await asyncio.sleep(PAUSE_AFTER_ERROR_SECONDS)
                    continue
                failure.end()
                told_before = False
                for job in jobs:
                    for subscription in list(_subscriptions):
                        subscription.offer(job)


async def _moments(settings: Settings) -> AsyncGenerator[bool]:
    """Yield when it is time to look for changes; True if somebody announced some."""
    if not settings.redis_url:
        while True:
            yield False
            await asyncio.sleep(CHECK_INTERVAL_SECONDS)
    # Imported here because most installations have no Redis.
    from ...change_signal import ChangeListener

    async with ChangeListener(settings.redis_url) as listener:
        yield False
        while True:
            yield await listener.wait()


class _Reader:
    """Return each pair of job and revision once, beginning after the first call."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._look_back = 0 if context.settings.uses_sqlite else LOOK_BACK_REVISIONS
        self._revision: int | None = None
        self._position = 0  # In the outbox.
        self._changed_at = 0.0
        self._seen: dict[tuple[str, int], None] = {}

    def read(self, told: bool) -> list[JobSnapshot]:
        """Return the jobs that changed since the last call, in the order of their changes.

        ``told``: somebody committed a change, which may have a lower revision than one that was
        read already.
        """
        latest = latest_change(self._context)
        if self._revision is None:
            self._revision, self._position = latest.revision, latest.tip.position
            if self._look_back:
                self._read_new()
            return []
        now = self._context.monotonic()
        if told or latest.revision > self._revision or latest.tip.is_beyond(self._position):
            self._changed_at = now
        elif not self._look_back or now - self._changed_at > LOOK_BACK_SECONDS:
            return []
        jobs = self._read_new()
        self._revision = max([self._revision, latest.revision, *(job.revision for job in jobs)])
        return jobs

    def _read_new(self) -> list[JobSnapshot]:
        """Return what changed and was not returned before, and remember it."""
        assert self._revision is not None
        jobs, self._position = changes_after(
            self._context, self._revision - self._look_back, self._position
        )
        new = [job for job in jobs if (job.id, job.revision) not in self._seen]
        self._seen.update(((job.id, job.revision), None) for job in new)
        for key in list(self._seen)[: max(len(self._seen) - REMEMBERED_REVISIONS, 0)]:
            del self._seen[key]
        return new

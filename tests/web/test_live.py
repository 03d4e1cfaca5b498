"""The watcher tells every subscription what changed, once, and nobody else's."""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import redis

from comic_downloads import change_signal
from comic_downloads.change_signal import CHANNEL
from comic_downloads.db.session import next_revision
from comic_downloads.db.tables import Job, Manifest, Share
from comic_downloads.domain.identity import new_id
from comic_downloads.settings import Settings
from comic_downloads.usecases.accounts.accounts import create_owner, create_user
from comic_downloads.usecases.context import Context
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from comic_downloads.web.live import job_changes
from comic_downloads.wiring import build_context
from tests.servers import RedisServer
from tests.waiting import PATIENCE_SECONDS, wait_for
from tests.web.jobs import a_job

# What tabs are promised, and how long a test waits for what must not come.
SOON_SECONDS = 0.5


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return build_context(Settings(data_dir=tmp_path))


def add_job(context: Context, user_id: str) -> str:
    now = datetime.now(UTC)
    with context.db.write() as session:
        if session.get(Manifest, "key") is None:
            session.add(Manifest(content_key="key", created_at=now))
            session.flush()
        job = Job(
            id=new_id(now),
            user_id=user_id,
            revision=next_revision(session),
            format="cbz",
            quality="original",
            comics=[],
            request={},
            request_key=new_id(now),
            content_key="key",
            filename="a.cbz",
            media_type="application/zip",
            missing_pages=[],
            not_before=now,
            created_at=now,
        )
        session.add(job)
    return job.id


def touch(context: Context, job_id: str, progress: int) -> None:
    with context.db.write() as session:
        job = session.get(Job, job_id)
        assert job is not None
        job.progress, job.revision = progress, next_revision(session)


def run(test: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run the test in a thread of its own, as Playwright may have a loop in the main thread."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, test()).result(PATIENCE_SECONDS)


@asynccontextmanager
async def watching(context: Context) -> AsyncIterator[None]:
    """Watch during the block, which begins after the first look: what it finds is not told."""
    reader, over = job_changes._Reader, threading.Semaphore(0)  # pyright: ignore[reportPrivateUsage]
    read = reader.read

    def look(self: Any, told: bool) -> list[JobSnapshot]:
        jobs = read(self, told)
        over.release()
        return jobs

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader, "read", look)
        task = asyncio.create_task(job_changes.watch(context))
        assert await asyncio.to_thread(over.acquire, timeout=PATIENCE_SECONDS)
        yield
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def next_of(subscription: job_changes.Subscription) -> JobSnapshot:
    return await asyncio.wait_for(anext(subscription), PATIENCE_SECONDS)


def test_tabs_are_told_within_half_a_second():
    assert job_changes.CHECK_INTERVAL_SECONDS < SOON_SECONDS / 2


def test_change_arrives_at_its_user_only(context: Context):
    ann = create_owner(context, "ann", "a long password").id
    ben = create_user(context, "ben", "a long password").id

    async def test() -> None:
        async with watching(context):
            anns, bens, everybodys = (
                job_changes.subscribe(ann),
                job_changes.subscribe(ben),
                job_changes.subscribe(None),
            )
            job_id = await asyncio.to_thread(add_job, context, ann)
            seen = await next_of(anns)
            assert (seen.id, seen.user_id) == (job_id, ann)
            assert [job.id for job in await everybodys.batch()] == [job_id]
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(bens), SOON_SECONDS)

    run(test)


def test_changes_for_a_guest_do_not_reach_the_sharer(context: Context):
    ann = create_owner(context, "ann", "a long password").id
    now = context.clock()
    with context.db.write() as session:
        share = Share(id="01SHARE", user_id=ann, title="Comics", comics=[], formats=[])
        share.created_at, share.expires_at = now, now + timedelta(days=1)
        session.add(share)
    job_id = add_job(context, ann)

    async def test() -> None:
        async with watching(context):
            anns, everybodys = job_changes.subscribe(ann), job_changes.subscribe(None)
            await asyncio.to_thread(give_to_guest, context, job_id)
            assert (await next_of(everybodys)).guest_id == "01GUEST"
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(anns), SOON_SECONDS)

    run(test)


def give_to_guest(context: Context, job_id: str) -> None:
    with context.db.write() as session:
        job = session.get_one(Job, job_id)
        job.share_id, job.guest_id, job.revision = "01SHARE", "01GUEST", next_revision(session)


def test_change_is_told_once_and_the_next_one_again(context: Context):
    ann = create_owner(context, "ann", "a long password").id
    job_id = add_job(context, ann)

    async def test() -> None:
        async with watching(context):
            changes = job_changes.subscribe(ann)
            for progress in (10, 20):
                await asyncio.to_thread(touch, context, job_id, progress)
                assert (await next_of(changes)).progress == progress
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(changes), SOON_SECONDS)

    run(test)


def test_what_happened_before_is_not_told(context: Context):
    ann = create_owner(context, "ann", "a long password").id
    add_job(context, ann)

    async def test() -> None:
        async with watching(context):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(job_changes.subscribe(ann)), SOON_SECONDS)

    run(test)


@pytest.fixture
def heard(tmp_path: Path, redis_server: RedisServer) -> Context:
    """Return a context with Redis."""
    return build_context(Settings(data_dir=tmp_path, redis_url=redis_server.url))


async def listening(redis_server: RedisServer) -> None:
    """Wait until the watcher receives what is published."""
    client: Any = redis.Redis(port=redis_server.port)
    await asyncio.to_thread(
        wait_for, "the watcher to listen", lambda: client.pubsub_numsub(CHANNEL)[0][1] == 1
    )


def test_change_is_heard_of_through_redis(
    heard: Context, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(change_signal, "POLL_SECONDS", 3600)
    ann = create_owner(heard, "ann", "a long password").id

    async def test() -> None:
        async with watching(heard):
            await listening(redis_server)
            changes = job_changes.subscribe(ann)
            # The first may be found by the last look before the subscription to Redis, and the
            # second by the look that follows the subscription.
            for _ in range(3):
                job_id = await asyncio.to_thread(add_job, heard, ann)
                assert (await next_of(changes)).id == job_id

    run(test)


def test_change_whose_word_was_lost_is_found_a_little_later(
    heard: Context, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(change_signal, "POLL_SECONDS", 0.3)
    ann = create_owner(heard, "ann", "a long password").id
    silent = build_context(heard.settings.model_copy(update={"redis_url": ""}))

    async def test() -> None:
        async with watching(heard):
            await listening(redis_server)
            changes = job_changes.subscribe(ann)
            job_id = await asyncio.to_thread(add_job, silent, ann)
            assert (await next_of(changes)).id == job_id

    run(test)


def test_silent_connection_is_given_up_and_made_again(
    heard: Context, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(change_signal, "PING_AFTER_SECONDS", 0.2)
    server = redis_server.process
    assert server is not None

    async def test() -> None:
        async with change_signal.ChangeListener(redis_server.url) as listener:
            await listening(redis_server)
            server.send_signal(signal.SIGSTOP)  # it neither answers nor hangs up
            try:
                while listener.is_subscribed:
                    await listener.wait()
            finally:
                server.send_signal(signal.SIGCONT)
            while not listener.is_subscribed:
                await listener.wait()

    run(test)


def test_slow_reader_gets_the_last_state_of_each_job():
    async def test() -> None:
        subscription = job_changes.Subscription(lambda job: job.user_id == "01USER")
        for revision, progress in enumerate((10, 20, 30)):
            subscription.offer(a_job(revision=revision, progress=progress))
        subscription.offer(a_job(id="other", revision=9))
        assert [(job.id, job.progress) for job in await subscription.batch()] == [
            ("01JOB", 30),
            ("other", 0),
        ]

    run(test)

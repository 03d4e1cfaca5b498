"""A change of many jobs has one revision, so that tabs looking back do not miss any of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from comic_downloads.db import jobs
from comic_downloads.db.session import next_revision
from comic_downloads.db.tables import Job
from comic_downloads.domain.identity import new_id
from comic_downloads.domain.job import Action
from comic_downloads.usecases.downloads.control import cleanup_finished, pause_all
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from comic_downloads.usecases.operations.maintenance import purge
from comic_downloads.web.live import job_changes
from tests.queue.world import World
from tests.web.test_live import listening, run, watching

MANY = job_changes.LOOK_BACK_REVISIONS + 50


def multiply(world: World, view: JobSnapshot) -> set[str]:
    """Insert copies of the job as rows, which is faster than submitting them one by one."""
    template = world.row(view).model_dump()
    now = world.context.clock()
    with world.context.db.write() as session:
        copies = [
            Job(
                **{
                    **template,
                    "id": new_id(now),
                    "request_key": f"{number}",
                    "revision": next_revision(session),
                }
            )
            for number in range(MANY)
        ]
        session.add_all(copies)
        return {view.id, *(job.id for job in copies)}


def purge_tomorrow(world: World, user_id: str) -> None:
    purge(world.after(timedelta(hours=25)).context)


def clean_up(world: World, user_id: str) -> None:
    cleanup_finished(world.context, user_id)


def pause(world: World, user_id: str) -> None:
    pause_all(world.context, user_id)


CHANGES = pytest.mark.parametrize(
    ("is_ready", "change"),
    [(True, purge_tomorrow), (True, clean_up), (False, pause)],
    ids=["purge", "clean up", "pause"],
)


def many_jobs(world: World, user_id: str, *, is_ready: bool) -> set[str]:
    job = world.submit(user_id, world.add_comic("Small"))
    assert not is_ready or world.prepare_here()
    return multiply(world, job)


@CHANGES
def test_all_get_one_number(
    new_world: Callable[..., World], is_ready: bool, change: Callable[[World, str], None]
):
    world = new_world()
    ann = world.add_user("ann")
    many = many_jobs(world, ann, is_ready=is_ready)
    with world.context.db.read() as session:
        before = jobs.latest_revision(session)

    change(world, ann)

    with world.context.db.read() as session:
        changed = jobs.changed_after(session, before)
    assert {job.id for job in changed} == many
    assert len({job.revision for job in changed}) == 1


@pytest.mark.parametrize("backend", ["postgres+redis"], indirect=True)
@CHANGES
def test_tabs_hear_of_what_was_begun_before_and_committed_after(
    new_world: Callable[..., World], is_ready: bool, change: Callable[[World, str], None]
):
    world = new_world()
    ann = world.add_user("ann")
    many = many_jobs(world, ann, is_ready=is_ready)
    slow = world.submit(world.add_user("bob"), world.add_comic("Slow"))

    async def look() -> None:
        assert world.redis is not None
        async with watching(world.context), asyncio.timeout(15):
            await listening(world.redis)
            changes, heard = job_changes.subscribe(None), set[str]()
            with world.context.db.write() as session:
                assert jobs.move(session, Action.PAUSE, slow.id)
                await asyncio.to_thread(partial(change, world, ann))
                while not heard >= many:
                    heard |= {job.id for job in await changes.batch()}
                assert slow.id not in heard
            assert [(job.id, job.status) for job in await changes.batch()] == [(slow.id, "paused")]

    run(look)


@pytest.mark.parametrize("backend", ["postgres+redis"], indirect=True)
def test_tabs_hear_of_a_transition_that_is_committed_after_very_many_others(
    new_world: Callable[..., World],
):
    world = new_world()
    slow, fast = (
        world.submit(world.add_user(name), world.add_comic(name)) for name in ("slow", "fast")
    )

    async def look() -> None:
        assert world.redis is not None
        async with watching(world.context), asyncio.timeout(15):
            await listening(world.redis)
            changes, heard = job_changes.subscribe(None), set[str]()
            with world.context.db.write() as session:
                assert jobs.move(session, Action.PAUSE, slow.id)
                await asyncio.to_thread(use_up_revisions, world)
                await asyncio.to_thread(pause, world, fast.user_id)
                while fast.id not in heard:
                    heard |= {job.id for job in await changes.batch()}
                assert slow.id not in heard
            assert [(job.id, job.status) for job in await changes.batch()] == [(slow.id, "paused")]

    run(look)


def use_up_revisions(world: World) -> None:
    """As very many changes do: so many that the watcher does not look back to before them."""
    for _ in range(MANY):
        with world.context.db.write() as session:
            next_revision(session)

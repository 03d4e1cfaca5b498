"""Machines whose clocks are an hour wrong: leases, order and delays use the database's clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import col, update

from comic_downloads.db import scans
from comic_downloads.db.session import database_now
from comic_downloads.db.tables import Job
from comic_downloads.usecases.downloads.control import (
    pause_download,
    resume_download,
    retry_download,
)
from comic_downloads.usecases.library.scan import request_scan
from comic_downloads.usecases.operations.maintenance import (
    recover_lost_jobs,
    scan_is_due,
    work_is_due,
)
from tests.queue.world import World

WRONG_BY = pytest.mark.parametrize(
    "wrong_by", [timedelta(hours=1), timedelta(hours=-1)], ids=["ahead", "behind"]
)


@WRONG_BY
def test_job_submitted_by_a_wrong_clock_is_due_at_once(
    new_world: Callable[..., World], wrong_by: timedelta
):
    world = new_world()
    wrong = world.after(wrong_by)
    job = wrong.submit(world.add_user("ann"), world.add_comic("Small"))
    assert wrong.job(job).next_attempt_at is None

    pause_download(wrong.context, job.user_id, job.id)
    resume_download(wrong.context, job.user_id, job.id)
    assert work_is_due(world.context)
    assert wrong.prepare_here()
    assert world.job(job).status == "ready"


@WRONG_BY
def test_failed_job_is_tried_again_at_once(new_world: Callable[..., World], wrong_by: timedelta):
    world = new_world(MAX_ATTEMPTS="1")
    job = world.submit(world.add_user("ann"), world.add_comic("Small"))
    mend = world.break_storage()
    world.prepare_here()
    assert world.job(job).status == "failed"
    mend()

    retry_download(world.after(wrong_by).context, job.user_id, job.id)

    assert world.prepare_here()
    assert world.job(job).status == "ready"


@WRONG_BY
def test_job_in_hand_is_not_taken_by_a_machine_with_a_wrong_clock(
    new_world: Callable[..., World], wrong_by: timedelta
):
    world = new_world(LEASE_SECONDS="30")
    wrong = world.after(wrong_by)
    with world.converting(6, hold_at=3) as job:
        assert recover_lost_jobs(wrong.context) == 0
        assert not wrong.prepare_here()
    assert world.wait_for_status(job, "ready", "failed").attempt == 1


def test_jobs_do_not_wait_out_an_hour_that_the_clock_was_set_back(new_world: Callable[..., World]):
    world = new_world()
    user = world.add_user("ann")
    fresh, failed = (
        world.submit(user, world.add_comic("Fresh")),
        world.submit(user, world.add_comic("Failed")),
    )
    with world.context.db.write() as session:
        later = database_now(session) + timedelta(hours=1)
        session.connection().execute(update(Job).values(not_before=later))
        session.connection().execute(update(Job).where(col(Job.id) == failed.id).values(attempt=1))

    assert work_is_due(world.context)
    assert world.prepare_here()
    assert world.prepare_here()
    assert {world.job(fresh).status, world.job(failed).status} == {"ready"}


def test_scan_of_a_dead_process_does_not_wait_out_an_hour_that_the_clock_was_set_back(
    new_world: Callable[..., World],
):
    world = new_world()
    world.add_comic("Small")
    ahead = world.after(timedelta(hours=1)).context
    request_scan(ahead)
    with ahead.db.write() as session:
        assert scans.claim_scan(session, ahead.clock()) is not None

    assert scan_is_due(world.context)

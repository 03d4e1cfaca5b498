"""Many jobs created in one transaction are like as many that were submitted one by one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from comic_downloads.db.jobs import jobs_by_id
from comic_downloads.domain.errors import QueueFull, QuotaExceeded
from comic_downloads.usecases.downloads.admission import check_queue_limit
from comic_downloads.usecases.downloads.create import NewJob, add_jobs, find_stored_artifacts
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.resolve import resolve_requests
from comic_downloads.usecases.downloads.snapshots import list_downloads
from tests.queue.outbox_history import all_events
from tests.queue.test_fairness import add_waiting, claim
from tests.queue.world import World


def submit_all(world: World, user_id: str, comic_ids: list[str]) -> list[str]:
    """Create a job for each comic in one transaction; return the ids of the jobs."""
    context = world.context
    with context.db.read() as session:
        requests = [DownloadRequest(comic_ids=(comic_id,)) for comic_id in comic_ids]
        resolved = resolve_requests(context, session, requests)
        stored = find_stored_artifacts(context, session, [one.content_key for one in resolved])
    with context.db.write() as session:
        check_queue_limit(context, session, user_id, len(resolved))
        new = [NewJob(one, stored.get(one.content_key)) for one in resolved]
        return [job.id for job in add_jobs(context, session, user_id, new)]


def test_they_are_claimed_in_order_and_those_whose_files_exist_are_ready(
    new_world: Callable[..., World],
):
    world = new_world()
    ann, bob = world.add_user("ann"), world.add_user("bob")
    comics = [world.add_comic(f"Comic {number}") for number in range(4)]
    world.submit(bob, comics[2])
    assert world.prepare_here()

    ids = submit_all(world, ann, comics)

    with world.context.db.read() as session:
        rows = {job.id: job for job in jobs_by_id(session, ids)}
    events = [
        (event.job_id, str(event.action))
        for event in all_events(world.context)
        if event.user_id == ann
    ]
    assert [rows[id].comics[0]["id"] for id in ids] == comics
    assert [rows[id].status for id in ids] == ["queued", "queued", "ready", "queued"]
    assert sorted(events) == sorted(
        (id, "reuse" if rows[id].status == "ready" else "submit") for id in ids
    )
    claimed = [job.lease.job_id for _ in range(3) if (job := claim(world))]
    assert claimed == [ids[0], ids[1], ids[3]]


def test_the_quota_and_the_limit_of_the_queue_count_all_of_them(new_world: Callable[..., World]):
    world = new_world(MAX_QUEUED_PER_USER="3")
    ann, comics = world.add_user("ann"), [world.add_comic(f"Comic {n}") for n in range(4)]
    with pytest.raises(QueueFull, match="These are 4 downloads, you have 0 waiting, and 3 is"):
        submit_all(world, ann, comics)
    with world.context.db.read() as session:
        one = resolve_requests(world.context, session, [DownloadRequest(comic_ids=(comics[0],))])[
            0
        ].expected_bytes

    world = world.with_settings(storage_quota_bytes=int(one * 2.5))
    with pytest.raises(QuotaExceeded, match="These files would take about"):
        submit_all(world, ann, comics[:3])
    assert list_downloads(world.context, ann) == ([], 0)
    assert len(submit_all(world, ann, comics[:2])) == 2


def test_a_list_says_the_same_places_in_the_queue_as_each_job_alone(
    new_world: Callable[..., World],
):
    world = new_world()
    ann, bob = world.add_user("ann"), world.add_user("bob")
    add_waiting(world, ann, 30)
    add_waiting(world, bob, 12)
    assert claim(world) is not None

    listed, total = list_downloads(world.context, ann, limit=12, offset=7)

    assert total == 30
    assert len({job.queue_position for job in listed}) == 12
    assert [job.queue_position for job in listed] == [
        world.job(job).queue_position for job in listed
    ]

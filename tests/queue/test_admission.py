"""Admission: limited queues and quotas, one job per request, one answer per idempotency key."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from comic_downloads.domain.errors import Conflict, QueueFull, QuotaExceeded
from comic_downloads.usecases.downloads.control import remove_download
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.snapshots import list_downloads
from comic_downloads.usecases.downloads.submit import estimate_download, submit_download
from tests.queue.world import World


def test_queue_of_one_user_is_bounded_and_others_are_not_hurt(new_world: Callable[..., World]):
    world = new_world(MAX_QUEUED_PER_USER="2")
    ann, bob, comic = world.add_user("ann"), world.add_user("bob"), world.add_comic("Small")
    first = world.submit(ann, comic, format="cbz")
    world.submit(ann, comic, format="zip")

    with pytest.raises(QueueFull, match="You have 2 downloads waiting") as refusal:
        world.submit(ann, comic, format="pdf")

    assert (refusal.value.status, refusal.value.retry_after_seconds) == (429, 60)
    assert (
        world.submit(ann, comic, format="cbz").id == first.id
    )  # A file that exists is not queued.
    assert world.submit(bob, comic, format="pdf").status == "queued"


def test_quota_counts_what_a_user_holds_and_what_is_coming(new_world: Callable[..., World]):
    world = new_world()
    ann, bob, comic = world.add_user("ann"), world.add_user("bob"), world.add_comic("Small")
    held = world.submit(ann, comic, format="cbz")
    assert world.prepare_here()
    world = world.with_settings(
        storage_quota_bytes=int((world.job(held).file_size_bytes or 0) * 1.5)
    )

    with pytest.raises(QuotaExceeded, match="Remove finished downloads"):
        world.submit(ann, comic, format="zip")
    assert (
        world.submit(ann, comic, format="cbz").status == "ready"
    )  # The same file needs no more storage.
    assert world.submit(bob, comic, format="zip").status == "queued"
    with pytest.raises(QuotaExceeded):
        world.submit(
            bob, comic, format="cbz"
        )  # The file exists, but it would count towards bob's quota, too.

    for job in list_downloads(world.context, ann)[0]:
        remove_download(world.context, ann, job.id)
    assert world.submit(ann, comic, format="zip").status == "queued"


def test_file_larger_than_the_whole_quota_is_refused_with_both_sizes(
    new_world: Callable[..., World],
):
    world = new_world().with_settings(storage_quota_bytes=1000)
    with pytest.raises(
        QuotaExceeded,
        match=r"would take about 0\.0 MB, but your quota is 0\.0 MB\. Pick fewer pages",
    ):
        world.submit(world.add_user("ann"), world.add_comic("Small", pages=5))


def test_same_request_from_many_threads_is_one_job(new_world: Callable[..., World]):
    world = new_world()
    user, comic = world.add_user("ann"), world.add_comic("Small")
    with ThreadPoolExecutor(8) as threads:
        jobs = list(threads.map(lambda _: world.submit(user, comic), range(24)))

    assert len({job.id for job in jobs}) == 1
    assert list_downloads(world.context, user)[1] == 1


def test_idempotency_key_gives_the_first_answer_again(new_world: Callable[..., World]):
    world = new_world()
    user, comic = world.add_user("ann"), world.add_comic("Small")
    request = DownloadRequest(comic_ids=(comic,))
    first = submit_download(world.context, user, request, "a key")
    assert world.prepare_here()

    again = submit_download(world.context, user, request, "a key")

    assert (again.job.id, again.created, again.job.status) == (first.job.id, False, "ready")
    with pytest.raises(Conflict, match="different request"):
        submit_download(
            world.context, user, DownloadRequest(comic_ids=(comic,), format="pdf"), "a key"
        )


def test_idempotency_key_that_met_an_unfinished_job_gives_it_again_when_it_is_over(
    new_world: Callable[..., World],
):
    world = new_world()
    user, comic = world.add_user("ann"), world.add_comic("Small")
    first = world.submit(user, comic)
    request = DownloadRequest(comic_ids=(comic,))
    assert submit_download(world.context, user, request, "a key").job.id == first.id
    assert world.prepare_here()

    again = submit_download(world.context, user, request, "a key")

    assert (again.job.id, again.created) == (first.id, False)


def test_estimate_is_near_and_knows_what_is_ready(new_world: Callable[..., World]):
    world = new_world()
    user, comic = world.add_user("ann"), world.add_comic("Small", pages=5)
    request = DownloadRequest(comic_ids=(comic,))
    before = estimate_download(world.context, request)
    job = world.submit(user, comic)
    assert world.prepare_here()
    after = estimate_download(world.context, request)

    size_bytes = world.job(job).file_size_bytes or 0
    assert (before.cached, before.page_count) == (False, 5)
    assert abs(before.size_bytes - size_bytes) < 0.15 * size_bytes
    assert (after.cached, after.size_bytes, after.seconds) == (True, size_bytes, 0.0)

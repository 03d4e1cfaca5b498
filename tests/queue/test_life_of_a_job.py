"""A job from its submission to its end, prepared by a real worker."""

from __future__ import annotations

from comic_downloads.domain.formats import Format
from tests.queue.world import World


def test_job_ends_ready_and_the_file_is_whole(world: World):
    user, other = world.add_user("ann"), world.add_user("bob")
    comic = world.add_comic("Small", pages=4)
    job = world.submit(user, comic, format="cbz")
    assert (job.status, job.queue_position, job.pages_total) == ("queued", 1, 4)
    assert (
        world.submit(user, comic, format="cbz").id == job.id
    )  # The same request returns the same job.

    world.start_worker()

    done = world.wait_for_status(job, "ready")
    assert (done.progress, done.phase, done.pages_done, done.attempt) == (100, "done", 4, 1)
    blob = next(iter(world.context.blobs.list("artifacts/")))
    assert blob.size_bytes == done.file_size_bytes
    assert len(world.page_names(job)) == 4

    again = world.submit(other, comic, format="cbz")  # Equal requests share one file.
    assert (again.status, again.sha256) == ("ready", done.sha256)
    assert len(list(world.context.blobs.list("artifacts/"))) == 1


def test_every_format_and_converted_pages_come_out(world: World):
    user = world.add_user("ann")
    comic = world.add_comic("Large", pages=3, size=(800, 1200))
    jobs = [world.submit(user, comic, format=format, quality="480p") for format in Format]
    world.start_worker()

    for job in jobs:
        done = world.wait_for_status(job, "ready", "failed")
        assert (done.status, done.error) == ("ready", None)
    assert sorted(world.conversions().values()) == [
        1,
        1,
        1,
    ]  # The pages of one preset are converted once for all formats.


def test_a_job_tells_when_it_last_made_progress(world: World):
    job = world.submit(world.add_user("ann"), world.add_comic("Small"))
    assert job.progressed_at is None
    assert world.prepare_here()
    progressed_at, finished_at = world.job(job).progressed_at, world.job(job).finished_at
    assert progressed_at is not None
    assert finished_at is not None
    assert job.created_at < progressed_at

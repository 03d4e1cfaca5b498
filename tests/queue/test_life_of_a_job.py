"""A job from submitting to its end, by a real worker."""

from __future__ import annotations

import zipfile

from tests.queue.world import World


def test_job_ends_ready_and_the_file_is_whole(world: World):
    user = world.add_user("ann")
    comic = world.add_comic("Small", pages=4)
    job = world.submit(user, comic, format="cbz")
    assert job.status == "queued"

    world.start_worker()

    done = world.wait_for_status(job, "ready")
    assert (done.progress, done.phase, done.pages_done) == (100, "done", 4)
    blob = next(iter(world.context.blobs.list("artifacts/")))
    assert blob.size_bytes == done.file_size_bytes
    with world.context.blobs.open(blob.key) as file, zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        assert len([name for name in archive.namelist() if name.endswith(".jpg")]) == 4


def test_same_request_twice_is_one_job_and_one_file(world: World):
    user, other = world.add_user("ann"), world.add_user("bob")
    comic = world.add_comic("Small")
    first = world.submit(user, comic, format="zip")
    assert world.submit(user, comic, format="zip").id == first.id

    world.start_worker()
    world.wait_for_status(first, "ready")

    again = world.submit(other, comic, format="zip")
    assert again.status == "ready"
    assert again.sha256 == world.job(first).sha256
    assert len(list(world.context.blobs.list("artifacts/"))) == 1

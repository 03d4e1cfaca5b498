"""A full disk: the error is typed, no unfinished file stays, and the job ends ready later."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from comic_downloads.domain.errors import InsufficientStorage
from comic_downloads.usecases.disk import free_disk_bytes
from comic_downloads.usecases.downloads.control import cancel_download
from comic_downloads.usecases.operations.maintenance import new_worker_id, register_worker
from tests.queue.test_fairness import claim
from tests.queue.world import World
from tests.small_disk import SmallDisk

MIB = 1024 * 1024
PAGE_BYTES = MIB

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str, int], SmallDisk]]:
    disks: list[SmallDisk] = []

    def mount(folder: str, mib: int) -> SmallDisk:
        disks.append(SmallDisk(tmp_path / folder, mib))
        return disks[-1]

    yield mount
    for disk in disks:
        disk.unmount()


def add_heavy_comic(world: World, pages: int) -> str:
    """Add a comic with pages of one MiB each; return its id.

    The bytes after the end of a JPEG belong to the file and are kept.
    """
    folder = world.settings.library / "Heavy"
    world.add_comic("Heavy", pages=pages)
    for page in folder.iterdir():
        page.write_bytes(page.read_bytes().ljust(PAGE_BYTES, b"."))
    return world.scan("Heavy")


@pytest.mark.parametrize("wishes", [{}, {"quality": "480p"}], ids=["packaging", "converting"])
def test_attempt_that_fills_the_disk_fails_typed_and_the_next_ends_ready(
    new_world: Callable[..., World],
    small_disk: Callable[[str, int], SmallDisk],
    wishes: dict[str, str],
):
    disk = small_disk("one/data/work", 1 if wishes else 4)
    world = new_world()
    comic = (
        world.add_comic("Many", pages=60, size=(700, 1000))
        if wishes
        else add_heavy_comic(world, pages=8)
    )
    job = world.submit(world.add_user("ann"), comic, **wishes)

    assert world.prepare_here()

    waiting = world.job(job)
    assert waiting.error is not None
    assert (waiting.status, waiting.error.code, waiting.attempt) == ("queued", "disk_full", 1)
    assert not list((disk.folder / "jobs").rglob("*.cbz"))
    assert list(world.context.blobs.list("artifacts/")) == []
    disk.enlarge(64)
    world.make_due(job)
    assert world.prepare_here()
    assert (world.job(job).status, world.job(job).error) == ("ready", None)
    assert len(world.page_names(job)) == job.pages_total


def test_job_too_large_for_the_room_waits_and_says_why(
    new_world: Callable[..., World], small_disk: Callable[[str, int], SmallDisk]
):
    disk = small_disk("one/data", 40)
    world = new_world(MIN_FREE_BYTES=str(30 * MIB))
    user = world.add_user("ann")
    large = world.submit(user, add_heavy_comic(world, pages=12))
    small = world.submit(user, world.add_comic("Small"))
    world.start_worker()

    assert world.wait_for_status(small, "ready").attempt == 1
    waiting = world.wait_for_job(large, "waiting for room", lambda job: job.waiting_for == "disk")
    assert (waiting.status, waiting.attempt) == ("queued", 0)
    disk.enlarge(100)

    done = world.wait_for_status(large, "ready")
    assert (done.attempt, done.waiting_for) == (1, "")


def test_room_that_one_worker_counts_on_is_not_promised_to_others_of_its_machine(
    new_world: Callable[..., World], small_disk: Callable[[str, int], SmallDisk]
):
    small_disk("one/data", 60)
    world = new_world(MIN_FREE_BYTES=str(40 * MIB))  # This leaves room for one of the files.
    comic = add_heavy_comic(world, pages=12)
    jobs = [
        world.submit(world.add_user(format), comic, format=format)
        for format in ("cbz", "zip", "pdf")
    ]
    worker_id, room = new_worker_id(world.context), free_disk_bytes(world.context)
    register_worker(world.context, worker_id)

    first = claim(
        world, worker_id=worker_id, host=socket.gethostname(), free_disk_bytes=room
    )  # Nothing is written yet.
    assert not world.prepare_here()
    elsewhere = claim(world, host="a machine with a disk of its own", free_disk_bytes=room)
    assert first is not None
    assert elsewhere is not None
    cancel_download(world.context, first.user_id, first.lease.job_id)

    assert world.prepare_here()
    assert sorted(world.job(job).status for job in jobs) == ["cancelled", "preparing", "ready"]


def test_nothing_new_is_accepted_below_the_reserve(
    new_world: Callable[..., World], small_disk: Callable[[str, int], SmallDisk]
):
    small_disk("one/data", 20)
    world = new_world(MIN_FREE_BYTES=str(30 * MIB))
    user, comic = world.add_user("ann"), world.add_comic("Small")

    with pytest.raises(InsufficientStorage, match="nearly full") as refusal:
        world.submit(user, comic)

    assert (refusal.value.status, refusal.value.retry_after_seconds) == (507, 60)

"""Files that are built again with larger pages: if this fails, the first file is kept."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from comic_downloads.domain.errors import (
    DiskFull,
    PageUnreadable,
    StorageUnavailable,
    TargetSizeImpossible,
    TimedOut,
)
from comic_downloads.domain.formats import Format
from comic_downloads.packaging.formats import SPECS
from comic_downloads.packaging.pages import BuiltFile, Document, OnProgress
from comic_downloads.usecases.downloads.control import cancel_download
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from comic_downloads.usecases.operations.maintenance import tidy_machine
from comic_downloads.usecases.preparing import heartbeat, page_cache
from comic_downloads.usecases.preparing.heartbeat import WorkerStopping
from tests.packaging.test_filling import COMICS, add_comic
from tests.queue.world import World
from tests.small_disk import SmallDisk

WISHES = {"quality": "480p", "grayscale": True, "image_format": "jpeg"}


class Builds:
    """The sizes of the files that were written, and what to do while one is written.

    ``on_page`` is called for every page with the number of the file, counted from 1.
    """

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.on_page: Callable[[int], None] = lambda number: None
        self.begun = 0
        self._write = SPECS[Format.CBZ].write

    def write(self, book: Document, target: Path, progress: OnProgress) -> BuiltFile:
        self.begun += 1

        def note(pages_done: int, bytes_done: int) -> None:
            progress(pages_done, bytes_done)
            self.on_page(self.begun)

        built = self._write(book, target, note)
        self.sizes.append(built.size_bytes)
        return built

    def forget(self) -> None:
        self.sizes.clear()
        self.begun = 0

    def fail(self, errors: dict[int, Exception]) -> None:
        def fail(number: int) -> None:
            if number in errors:
                raise errors[number]

        self.on_page = fail


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> Builds:
    builds = Builds()
    spec = replace(SPECS[Format.CBZ], write=builds.write)
    monkeypatch.setitem(SPECS, Format.CBZ, spec)
    return builds


@pytest.fixture
def submit(world: World, builds: Builds) -> Callable[[str], JobSnapshot]:
    """Return a function that requests a file which is built again to fill its target.

    Its argument is the name of a new user. Names of the same length request the same file.
    """
    comic = add_comic(world, COMICS["WebP without loss"]())
    whole = world.submit(world.add_user("first"), comic, **WISHES)
    assert world.prepare_here()
    target = int((world.job(whole).file_size_bytes or 0) * 0.95)
    for path in world.kept_pages():
        path.unlink()
    tidy_machine(world.context)
    builds.forget()
    return lambda name: world.submit(
        world.add_user(name), comic, target_size_bytes=target - len(name), **WISHES
    )


def renditions(world: World) -> set[str]:
    return {path.parent.name for path in world.kept_pages()}


def unfinished(world: World) -> list[Path]:
    return list((world.settings.data / "work" / "jobs").rglob("*.cbz"))


@pytest.mark.parametrize(
    "error", [DiskFull(), PageUnreadable(), TargetSizeImpossible()], ids=lambda error: error.code
)
def test_file_that_fits_is_kept_when_larger_pages_cannot_be_made(
    world: World,
    builds: Builds,
    submit: Callable[[str], JobSnapshot],
    error: Exception,
    monkeypatch: pytest.MonkeyPatch,
):
    job = submit("ann")
    really_write = page_cache.write_checksummed
    written: list[Path] = []

    def write(target: Path, data: bytes) -> None:
        """Write the pages of the first file and one of the next, and then fail."""
        if builds.sizes and written[-1].parent == target.parent:
            raise error
        really_write(target, data)
        written.append(target)

    monkeypatch.setattr(page_cache, "write_checksummed", write)
    assert world.prepare_here()
    done = world.job(job)
    assert (done.status, done.error, done.attempt) == ("ready", None, 1)
    assert [done.file_size_bytes] == builds.sizes
    assert len(world.page_names(job)) == job.pages_total
    assert len({path.parent for path in written}) == 2
    assert renditions(world) == {written[0].parent.name}
    assert unfinished(world) == []


def test_file_that_fits_is_kept_when_there_is_no_room_for_a_second(
    world: World, builds: Builds, submit: Callable[[str], JobSnapshot]
):
    job = submit("ann")
    builds.fail({2: DiskFull()})
    assert world.prepare_here()
    assert (world.job(job).status, world.job(job).error) == ("ready", None)
    assert [world.job(job).file_size_bytes] == builds.sizes
    assert len(world.page_names(job)) == job.pages_total
    assert (builds.begun, len(renditions(world)), unfinished(world)) == (2, 1, [])


@pytest.fixture
def small_disk(world: World) -> Iterator[Callable[[int], None]]:
    """Return a function that puts the work folder on a disk with that much free space."""
    disks: list[SmallDisk] = []

    def mount(free_disk_bytes: int) -> None:
        work = world.settings.data / "work"
        shutil.rmtree(work)
        disks.append(SmallDisk(work, 4))
        (work / "ballast").write_bytes(bytes(shutil.disk_usage(work).free - free_disk_bytes))

    yield mount
    for disk in disks:
        disk.unmount()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a small file system")
def test_disk_with_room_for_one_set_of_pages_is_room_enough(
    world: World,
    builds: Builds,
    submit: Callable[[str], JobSnapshot],
    small_disk: Callable[[int], None],
):
    pages_bytes: dict[int, int] = {}

    def measure(number: int) -> None:
        pages_bytes[number] = sum(path.stat().st_blocks * 512 for path in world.kept_pages())

    builds.on_page = measure
    submit("ann")
    assert world.prepare_here()
    assert len(builds.sizes) > 1
    first_bytes = pages_bytes[1] + builds.sizes[0]
    builds.forget()
    small_disk(first_bytes + (pages_bytes[2] - pages_bytes[1]) // 2)

    job = submit("bert")
    assert world.prepare_here()

    assert (world.job(job).status, world.job(job).error) == ("ready", None)
    assert [world.job(job).file_size_bytes] == builds.sizes
    assert (len(renditions(world)), unfinished(world)) == (1, [])


@pytest.mark.parametrize(
    "reason", [TimedOut(), WorkerStopping()], ids=["timed out", "worker stops"]
)
def test_what_ends_an_attempt_ends_it_while_the_file_is_made_again(
    world: World, builds: Builds, submit: Callable[[str], JobSnapshot], reason: Exception
):
    job = submit("ann")
    builds.fail({2: reason})
    assert world.prepare_here()
    assert (world.job(job).status, builds.begun, unfinished(world)) == ("queued", 2, [])
    builds.fail({})
    world.make_due(job)
    assert world.prepare_here()
    assert world.job(job).status == "ready"
    assert world.job(job).file_size_bytes == builds.sizes[-1] > builds.sizes[0]


def test_cancelling_while_the_file_is_made_again_leaves_nothing_behind(
    world: World,
    builds: Builds,
    submit: Callable[[str], JobSnapshot],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(heartbeat, "WRITE_EVERY_SECONDS", 0)
    job = submit("ann")
    kept: list[int] = []

    def cancel(number: int) -> None:
        if number == 2 and not kept:
            kept.append(len(renditions(world)))
            cancel_download(world.context, job.user_id, job.id)

    builds.on_page = cancel
    assert world.prepare_here()
    assert (world.job(job).status, len(builds.sizes), kept, unfinished(world)) == (
        "cancelled",
        1,
        [2],
        [],
    )
    tidy_machine(world.context)
    assert (world.job_folders(), world.kept_pages()) == ([], [])


def test_cancelling_keeps_the_pages_of_every_try_of_another_job(
    world: World, builds: Builds, submit: Callable[[str], JobSnapshot]
):
    again, once = submit("ann"), submit("bob")
    builds.fail({2: StorageUnavailable(), 3: StorageUnavailable()})
    assert world.prepare_here()
    assert world.prepare_here()
    assert (world.job(again).status, world.job(once).status, builds.begun) == (
        "queued",
        "queued",
        3,
    )
    kept = set(world.kept_pages())
    assert len(renditions(world)) == 2

    cancel_download(world.context, once.user_id, once.id)
    tidy_machine(world.context)
    assert (world.job_folders(), set(world.kept_pages())) == ([again.id], kept)

    cancel_download(world.context, again.user_id, again.id)
    tidy_machine(world.context)
    assert (world.job_folders(), world.kept_pages()) == ([], [])


def test_progress_goes_on_while_the_file_is_made_again(
    world: World,
    builds: Builds,
    submit: Callable[[str], JobSnapshot],
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(heartbeat, "WRITE_EVERY_SECONDS", 0)
    job = submit("ann")
    shown: dict[int, list[tuple[int, int]]] = {}

    def look(number: int) -> None:
        now = world.job(job)
        shown.setdefault(number, []).append((now.progress, now.bytes_done))

    builds.on_page = look
    assert world.prepare_here()
    assert world.job(job).status == "ready"
    assert len(shown) >= 2
    progress, bytes_done = zip(*(view for views in shown.values() for view in views), strict=True)
    assert list(progress) == sorted(progress)
    assert list(bytes_done) == sorted(bytes_done)
    first, second = shown[1], shown[2]
    # The second file reads its source again.
    source_bytes = second[0][1] - first[-1][1]
    assert first[-1][0] < second[0][0] <= second[-1][0] < 93
    assert source_bytes >= sum(
        path.stat().st_size for path in (world.settings.library / "Comic").iterdir()
    )

"""Disk errors while comics are read are temporary and do not make a page damaged."""

from __future__ import annotations

import errno
import os
import tempfile
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.library.packed import write_7z
from tests.queue.world import TALL, World, page_bytes
from tests.small_disk import SmallDisk

PAGES = {f"{number:03}.jpg": page_bytes("Packed", number, TALL) for number in range(1, 6)}
HEADER_BYTES = 30  # A local header, which stands before the name.
WISHES = pytest.mark.parametrize(
    "wishes",
    [
        {},
        {"on_page_error": "skip"},
        {"on_page_error": "skip", "quality": "480p"},
        {"on_page_error": "skip", "format": "pdf"},
    ],
    ids=["fail", "skip", "skip-converted", "skip-pdf"],
)


def add_cbz(world: World, method: int) -> str:
    with zipfile.ZipFile(world.settings.library / "Packed.cbz", "w", method) as archive:
        for name, data in PAGES.items():
            archive.writestr(name, data)
    return world.scan("Packed.cbz")


def fail_one_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make one read fail: the first of the third page's data."""
    with zipfile.ZipFile(world.settings.library / "Packed.cbz") as archive:
        page = archive.infolist()[2]
    start = page.header_offset + HEADER_BYTES + len(page.filename)
    really_read = os.pread
    failed = False

    def read(descriptor: int, size: int, position: int) -> bytes:
        nonlocal failed
        if not failed and start <= position < start + page.compress_size:
            failed = True
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return really_read(descriptor, size, position)

    monkeypatch.setattr(os, "pread", read)


@WISHES
def test_a_page_that_cannot_be_read_now_is_tried_again_and_not_left_out(
    new_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch, wishes: dict[str, str]
):
    world = new_world()
    job = world.submit(world.add_user("ann"), add_cbz(world, zipfile.ZIP_STORED), **wishes)

    with monkeypatch.context() as failing:
        fail_one_read(world, failing)
        assert world.prepare_here()

    after = world.job(job)
    assert (after.status, after.attempt, after.missing_pages) == ("queued", 1, ())
    row = world.row(job)
    assert (row.error_code, row.error_retryable, row.error_page_index) == (
        "storage_unavailable",
        True,
        2,
    )
    assert "Page 3 of “Packed” cannot be read now" in (row.error_message or "")

    world.make_due(job)
    assert world.prepare_here()
    done = world.job(job)
    assert (done.status, done.pages_total, done.missing_pages) == ("ready", 5, ())


@pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="only Linux has a disk that is always full"
)
@pytest.mark.parametrize("wishes", [{}, {"on_page_error": "skip"}], ids=["fail", "skip"])
def test_a_full_temporary_folder_is_no_damage(
    new_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch, wishes: dict[str, str]
):
    world = new_world()
    write_7z(world.settings.library / "Packed.cb7", PAGES)
    job = world.submit(world.add_user("ann"), world.scan("Packed.cb7"), **wishes)

    with monkeypatch.context() as failing:
        failing.setattr(tempfile, "TemporaryFile", partial(open, "/dev/full", "wb+"))
        assert world.prepare_here()

    row = world.row(job)
    assert (row.status, row.error_code, row.error_retryable) == (
        "queued",
        "storage_unavailable",
        True,
    )
    assert "No space left on device" in (row.error_message or "")

    world.make_due(job)
    assert world.prepare_here()
    assert (world.job(job).status, world.job(job).missing_pages) == ("ready", ())


def test_a_comic_whose_folder_cannot_be_entered_now_is_tried_again(new_world: Callable[..., World]):
    world = new_world()
    job = world.submit(world.add_user("ann"), world.add_comic("Series/Book"), on_page_error="skip")
    folder = world.settings.library / "Series"
    hidden = folder.rename(world.settings.library / "Hidden")
    folder.symlink_to(folder)  # Opening it fails with another error than "not found".

    assert world.prepare_here()
    assert (world.row(job).status, world.row(job).error_code) == ("queued", "storage_unavailable")

    folder.unlink()
    hidden.rename(folder)
    world.make_due(job)
    assert world.prepare_here()
    assert (world.job(job).status, world.job(job).missing_pages) == ("ready", ())


@pytest.mark.parametrize("mount_point_stays", [True, False], ids=["empty", "gone"])
def test_a_library_that_is_not_mounted_now_is_waited_for(
    new_world: Callable[..., World], mount_point_stays: bool
):
    world = new_world()
    job = world.submit(world.add_user("ann"), world.add_comic("Book"), on_page_error="skip")
    library = world.settings.library
    away = library.rename(library.with_name("away"))
    if mount_point_stays:
        library.mkdir()

    for _ in range(world.settings.max_attempts + 1):
        world.make_due(job)
        assert world.prepare_here()
        row = world.row(job)
        assert (row.status, row.error_code, row.waiting_for) == (
            "queued",
            "library_away",
            "library",
        )
    row = world.row(job)
    assert row.attempt == 1
    assert "disk may not be mounted" in (row.error_message or "")

    if mount_point_stays:
        library.rmdir()
    away.rename(library)
    world.make_due(job)
    assert world.prepare_here()
    assert (world.job(job).status, world.job(job).missing_pages) == ("ready", ())


def test_a_worker_waits_for_the_library_and_finishes_once_it_is_back(
    new_world: Callable[..., World],
):
    world = new_world(MAX_ATTEMPTS="1")
    job = world.submit(world.add_user("ann"), world.add_comic("Book"))
    library = world.settings.library
    away = library.rename(library.with_name("away"))
    library.mkdir()
    world.start_worker()

    waiting = world.wait_for_job(
        job, "waiting for the library", lambda job: job.waiting_for == "library"
    )
    assert waiting.status == "queued"
    assert waiting.next_attempt_at is not None

    library.rmdir()
    away.rename(library)
    world.make_due(job)
    assert world.wait_for_status(job, "ready", "failed").status == "ready"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system")
def test_a_comic_on_a_disk_in_the_library_is_waited_for_when_that_disk_is_away(
    new_world: Callable[..., World],
):
    world = new_world()
    world.add_comic("Here")
    disk = SmallDisk(world.settings.library / "nas", 8)
    job = world.submit(world.add_user("ann"), world.add_comic("nas/Book"))
    disk.unmount()

    assert world.prepare_here()
    row = world.row(job)
    assert (row.status, row.error_code, row.waiting_for) == ("queued", "library_away", "library")

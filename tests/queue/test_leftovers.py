"""Unfinished files of killed attempts are deleted before the next attempt or when idle."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from comic_downloads.usecases.downloads.control import pause_download
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from comic_downloads.usecases.operations.maintenance import (
    new_worker_id,
    recover_lost_jobs,
    tidy_machine,
)
from tests.queue.one_attempt import prepare_and_die
from tests.queue.world import SMALL, World, page_bytes

UNFINISHED_BYTES = 20_000_000


def unfinished(world: World) -> list[Path]:
    return list((world.settings.data / "work" / "jobs").glob("*/*.cbz"))


def kill_while_packing(world: World) -> tuple[JobSnapshot, str]:
    """Return a job whose first attempt was killed while writing, and the id of the dead worker."""
    folder = world.settings.library / "Big"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.jpg").write_bytes(
            page_bytes("Big", number, SMALL) + os.urandom(UNFINISHED_BYTES // 4)
        )
    job = world.submit(world.add_user("ann"), world.scan("Big"))
    for step in range(4, 60):
        killed = new_worker_id(world.context)
        assert prepare_and_die(world.environment, killed, step, world.folder / "log") < 0, (
            "the attempt came to its end"
        )
        if unfinished(world):
            return job, killed
        recover_lost_jobs(world.context, [killed])
        world.make_due(job)
    raise AssertionError("no attempt began a file")


@pytest.mark.parametrize("paused", [False, True], ids=["waiting", "paused"])
def test_what_a_killed_attempt_left_goes_when_none_is_at_work(
    new_world: Callable[..., World], paused: bool
):
    world = new_world(MAX_ATTEMPTS="99")
    job, killed = kill_while_packing(world)
    (left,) = unfinished(world)
    assert left.stat().st_blocks * 512 >= UNFINISHED_BYTES

    recover_lost_jobs(world.context, [killed])
    if paused:
        pause_download(world.context, job.user_id, job.id)
    tidy_machine(world.context)

    assert unfinished(world) == []
    assert world.job(job).status == ("paused" if paused else "queued")
    assert world.job_folders() == [job.id]


def test_the_next_attempt_begins_without_what_the_killed_one_left(new_world: Callable[..., World]):
    world = new_world(MAX_ATTEMPTS="99")
    job, killed = kill_while_packing(world)
    recover_lost_jobs(world.context, [killed])
    world.make_due(job)

    assert world.prepare_here()

    assert world.job(job).status == "ready"
    assert unfinished(world) == []


def test_the_file_an_attempt_is_making_stays(
    new_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
):
    world = new_world()
    job = world.submit(world.add_user("ann"), world.add_comic("Small"))
    really_sync = os.fsync
    seen: list[int] = []

    def sync(descriptor: int) -> None:
        """Tidy while the attempt has its file open."""
        if not seen and unfinished(world):
            tidy_machine(world.context)
            seen.append(len(unfinished(world)))
        really_sync(descriptor)

    monkeypatch.setattr(os, "fsync", sync)
    assert world.prepare_here()
    assert (world.job(job).status, seen) == ("ready", [1])

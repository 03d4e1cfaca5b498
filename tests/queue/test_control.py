"""Pause, resume, cancel and retry take effect between two pages and are safe to repeat."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from comic_downloads.domain.errors import InvalidTransition, NotFound
from comic_downloads.usecases.downloads.control import (
    cancel_download,
    cleanup_finished,
    pause_all,
    pause_download,
    remove_download,
    resume_all,
    resume_download,
    retry_download,
    retry_failed,
)
from comic_downloads.usecases.downloads.snapshots import list_downloads
from comic_downloads.usecases.operations.maintenance import tidy_machine
from tests.queue.world import TALL, World
from tests.waiting import wait_for

PAGES = 30


def test_paused_job_keeps_its_pages_and_goes_on_where_it_was(world: World):
    # The next page is held for seconds, so that the pause is noticed before the page is done.
    with world.converting(PAGES, hold_at=10, held=PAGES - 9) as job:
        paused = pause_download(world.context, job.user_id, job.id)
        assert (paused.status, paused.attempt) == ("paused", 0)
        assert pause_download(world.context, job.user_id, job.id) == paused
        wait_for("the worker to stop at the end of its page", lambda: world.lines("fenced"))
    kept = len(world.kept_pages())
    assert kept < PAGES
    other = world.submit(job.user_id, world.add_comic("Other"))
    assert world.wait_for_status(other, "ready").attempt == 1
    assert len(world.kept_pages()) == kept  # No page is converted after the pause.

    resumed = resume_download(world.context, job.user_id, job.id)
    assert resumed.status == "queued"
    assert resume_download(world.context, job.user_id, job.id).status in {
        "queued",
        "preparing",
        "ready",
    }
    shown = [(paused.progress, paused.pages_done)]
    ready = world.wait_for_job(
        job,
        "ready",
        lambda now: shown.append((now.progress, now.pages_done)) or now.status == "ready",
    )
    assert (shown, ready.attempt) == (sorted(shown), 1)  # The progress never goes back.
    assert sorted(world.conversions().values()) == [1] * PAGES


def test_cancelled_job_leaves_nothing_behind(world: World):
    with world.converting(PAGES, hold_at=10) as job:
        cancelled = cancel_download(world.context, job.user_id, job.id)
        assert cancelled.status == "cancelled"
        assert cancel_download(world.context, job.user_id, job.id) == cancelled

    wait_for("the worker to tidy up", lambda: not world.job_folders() and not world.kept_pages())
    assert list(world.context.blobs.list("artifacts/")) == []
    with pytest.raises(InvalidTransition, match="cancelled cannot be paused"):
        pause_download(world.context, job.user_id, job.id)


def test_cancelling_keeps_the_pages_another_job_uses(new_world: Callable[..., World]):
    world = new_world()
    user, comic = world.add_user("ann"), world.add_comic("Pages", pages=4, size=TALL)
    paused = world.submit(user, comic, quality="480p", format="cbz")
    cancelled = world.submit(user, comic, quality="480p", format="zip", pages="1-3")
    for job in (
        paused,
        cancelled,
    ):  # Both have converted pages and neither is finished, as if their workers had just stopped.
        converted_but_not_finished(world, job)

    cancel_download(world.context, user, cancelled.id)
    tidy_machine(world.context)
    assert (world.job_folders(), len(world.kept_pages())) == ([paused.id], 4)

    cancel_download(world.context, user, paused.id)
    tidy_machine(world.context)
    assert (world.job_folders(), world.kept_pages()) == ([], [])


def test_cancelling_removes_the_pages_an_older_version_has_noted(new_world: Callable[..., World]):
    world = new_world()
    job = world.submit(
        world.add_user("ann"), world.add_comic("Pages", pages=4, size=TALL), quality="480p"
    )
    converted_but_not_finished(world, job)
    (note,) = (world.settings.data / "work" / "jobs" / job.id).glob("pages.*")
    note.rename(note.with_name("pages"))

    cancel_download(world.context, job.user_id, job.id)
    tidy_machine(world.context)
    assert (world.job_folders(), world.kept_pages()) == ([], [])


def converted_but_not_finished(world: World, job) -> None:
    """Convert the job's pages and fail to store its file."""
    mend = world.break_storage()
    assert world.prepare_here()
    mend()
    waiting = world.job(job)
    assert (waiting.status, waiting.error and waiting.error.code) == (
        "queued",
        "storage_unavailable",
    )


def test_job_is_tried_again_from_the_comic_as_it_is_now(new_world: Callable[..., World]):
    world = new_world()
    user, comic = world.add_user("ann"), world.add_comic("Small", pages=3)
    job = world.submit(user, comic)
    (world.settings.library / "Small" / "002.jpg").unlink()
    assert world.prepare_here()
    failed = world.job(job)
    assert failed.error is not None
    assert (failed.status, failed.error.code, failed.error.page_index) == (
        "failed",
        "comic_changed",
        1,
    )
    world.scan("Small")

    retried = retry_download(world.context, user, job.id)
    assert (retried.status, retried.error, retried.attempt, retried.pages_total) == (
        "queued",
        None,
        0,
        2,
    )
    assert retry_download(world.context, user, job.id) == retried
    assert world.prepare_here()
    assert world.job(job).status == "ready"
    with pytest.raises(InvalidTransition, match="ready cannot be tried again"):
        retry_download(world.context, user, job.id)


def test_all_at_once_touches_only_what_it_may(new_world: Callable[..., World]):
    world = new_world()
    ann, bob, comic = world.add_user("ann"), world.add_user("bob"), world.add_comic("Small")
    done = world.submit(ann, comic, format="pdf")
    assert world.prepare_here()
    mine = [world.submit(ann, comic, format=format) for format in ("cbz", "zip")]
    foreign = world.submit(bob, comic, format="cbz")

    assert pause_all(world.context, ann) == 2
    assert pause_all(world.context, ann) == 0
    assert {world.job(job).status for job in mine} == {"paused"}
    assert (world.job(foreign).status, world.job(done).status) == ("queued", "ready")
    assert resume_all(world.context, ann) == 2
    assert {world.job(job).status for job in mine} == {"queued"}
    assert retry_failed(world.context, ann) == 0
    with pytest.raises(NotFound):
        pause_download(world.context, bob, mine[0].id)


def test_removed_download_frees_its_file_once_nobody_needs_it(new_world: Callable[..., World]):
    world = new_world()
    ann, bob, comic = world.add_user("ann"), world.add_user("bob"), world.add_comic("Small")
    first = world.submit(ann, comic)
    assert world.prepare_here()
    second = world.submit(bob, comic)
    assert second.status == "ready"

    remove_download(world.context, ann, first.id)
    assert list_downloads(world.context, ann) == ([], 0)
    assert len(list(world.context.blobs.list("artifacts/"))) == 1
    freed = cleanup_finished(world.context, bob)
    assert (freed.deleted, freed.freed_bytes) == (1, second.file_size_bytes)
    assert list(world.context.blobs.list("artifacts/")) == []

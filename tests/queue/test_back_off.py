"""Retryable errors are retried after growing delays that users can see; others fail at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from comic_downloads.domain.backoff import CEILING_SECONDS, retry_delay
from tests.queue.world import World


def test_retryable_error_waits_longer_each_time_and_then_fails(new_world: Callable[..., World]):
    world = new_world(MAX_ATTEMPTS="3")
    job = world.submit(world.add_user("ann"), world.add_comic("Small"))
    world.break_storage()

    for attempt, delay_seconds in ((1, 2), (2, 8)):
        asked = datetime.now(UTC)
        assert world.prepare_here()
        waiting = world.job(job)
        assert (waiting.status, waiting.attempt, waiting.progress) == ("queued", attempt, 0)
        assert waiting.error is not None
        assert (waiting.error.code, waiting.error.retryable) == ("storage_unavailable", True)
        assert waiting.next_attempt_at is not None
        late = datetime.now(UTC) - asked
        assert (
            timedelta(0)
            < waiting.next_attempt_at - asked
            < timedelta(seconds=delay_seconds * 1.25) + late
        )
        assert waiting.next_attempt_at - asked > timedelta(seconds=delay_seconds * 0.75)
        world.postpone(job)
        assert not world.prepare_here()  # The delay is not over.
        world.make_due(job)

    assert world.prepare_here()
    failed = world.job(job)
    assert (failed.status, failed.attempt, failed.next_attempt_at) == ("failed", 3, None)
    assert failed.error is not None
    assert failed.error.code == "storage_unavailable"
    assert world.job_folders() in ([], [job.id])
    assert not list((world.settings.data / "work").rglob("*.cbz"))  # No unfinished file stays.


def test_job_ends_ready_when_the_storage_comes_back(new_world: Callable[..., World]):
    world = new_world()
    job = world.submit(world.add_user("ann"), world.add_comic("Small"))
    mend = world.break_storage()
    assert world.prepare_here()
    mend()
    world.make_due(job)

    assert world.prepare_here()

    done = world.job(job)
    assert (done.status, done.attempt, done.error) == ("ready", 2, None)


def test_damaged_page_fails_at_once_and_is_named(new_world: Callable[..., World]):
    world = new_world()
    comic = world.add_comic("Small", pages=3, size=(400, 600))
    original = world.submit(world.add_user("ann"), comic)
    converted = world.submit(world.add_user("bob"), comic, quality="480p")
    page = world.settings.library / "Small" / "002.jpg"
    page.write_bytes(
        page.read_bytes()[:-20] + bytes(20)
    )  # Only now, so that the scan does not notice it.

    while world.prepare_here():
        pass

    for job in (original, converted):
        failed = world.job(job)
        assert (failed.status, failed.attempt) == ("failed", 1)
        assert failed.error is not None
        assert (failed.error.code, failed.error.retryable) == ("comic_changed", False)
        assert (failed.error.comic_id, failed.error.page_index) == (comic, 1)
        assert "Page 2 (002.jpg) of “Small”" in failed.error.message


@pytest.mark.parametrize(
    ("attempt", "seconds"),
    [(1, 2), (2, 8), (3, 32), (4, 128), (5, CEILING_SECONDS), (40, CEILING_SECONDS)],
)
def test_delay_grows_fourfold_up_to_the_ceiling(attempt: int, seconds: float):
    assert retry_delay(attempt, 0.5) == seconds
    assert 0.75 * seconds <= retry_delay(attempt, 0.0) <= seconds
    assert seconds <= retry_delay(attempt, 1.0) <= min(1.25 * seconds, CEILING_SECONDS)

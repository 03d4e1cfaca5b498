"""Jobs for comics that are listed and not read yet: a worker reads them first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

import pytest

from comic_downloads.domain.errors import NotFound
from comic_downloads.domain.library import ImageFacts
from comic_downloads.packaging import images
from comic_downloads.usecases.downloads.control import (
    pause_download,
    resume_download,
    retry_download,
)
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from comic_downloads.usecases.library.reading_pace import RESTS, ReadingPace
from comic_downloads.usecases.library.scan import run_requested_scans
from tests.waiting import wait_for

from .world import SMALL, TALL, World

PAGES = 4


class Probe:
    """The real probe, which counts its calls and lets a test look before each."""

    def __init__(self) -> None:
        self.calls = 0
        self.before: Callable[[int], object] = lambda _: None
        self._probe = images.probe

    def __call__(self, stream: BinaryIO, max_pixels: int) -> ImageFacts:
        self.before(self.calls)
        self.calls += 1
        return self._probe(stream, max_pixels)


@pytest.fixture
def probe(monkeypatch: pytest.MonkeyPatch) -> Probe:
    counted = Probe()
    monkeypatch.setattr(images, "probe", counted)
    return counted


def _listed(world: World, name: str, size: tuple[int, int] = SMALL) -> str:
    world.put_comic(name, PAGES, size)
    return world.list_only(name)


def test_a_job_reads_its_comic_first_and_counts_the_pages(world: World, probe: Probe):
    comic = _listed(world, "Attic")
    user = world.add_user("ann")
    job = world.submit(user, comic)
    assert (job.status, job.pages_total) == ("queued", PAGES)
    seen: list[tuple[str, int]] = []

    def look(_: int) -> None:
        now = world.job(job)
        seen.append((now.phase, now.pages_read))

    probe.before = look
    assert world.prepare_here()
    done = world.job(job)
    assert (done.status, done.pages_done, done.pages_read) == ("ready", PAGES, PAGES)
    assert {phase for phase, _ in seen} == {"reading"}
    assert len(world.page_names(job)) == PAGES
    assert probe.calls == PAGES
    again = world.submit(user, comic)
    assert (again.status, again.sha256) == ("ready", done.sha256)


def test_the_file_is_the_same_as_that_of_a_comic_that_was_read(world: World):
    listed = _listed(world, "Attic")
    first = world.submit(world.add_user("ann"), listed, quality="480p", format="pdf")
    assert world.prepare_here()
    run_requested_scans(world.context, lambda: False)
    second = world.submit(world.add_user("bob"), listed, quality="480p", format="pdf")
    assert second.status == "ready"
    assert second.sha256 == world.job(first).sha256


def test_one_request_is_one_job_whether_the_comic_is_read_or_not(world: World):
    comic = _listed(world, "Attic")
    user = world.add_user("ann")
    first = world.submit(user, comic)
    assert world.submit(user, comic).id == first.id
    run_requested_scans(world.context, lambda: False)
    assert world.submit(user, comic).id == first.id
    assert world.prepare_here()
    assert world.job(first).status == "ready"
    assert not world.prepare_here()


def test_two_users_get_one_file(world: World):
    comic = _listed(world, "Attic")
    jobs = [world.submit(world.add_user(name), comic) for name in ("ann", "bob")]
    while world.prepare_here():
        pass
    rows = [world.row(job) for job in jobs]
    assert {row.status for row in rows} == {"ready"}
    assert len({row.artifact_id for row in rows}) == 1


def test_a_damaged_page_fails_the_job_and_is_named(world: World):
    world.put_comic("Attic", PAGES, SMALL)
    (world.settings.library / "Attic" / "003.jpg").write_bytes(b"\xff\xd8\xff broken")
    job = world.submit(world.add_user("ann"), world.list_only("Attic"))
    assert world.prepare_here()
    failed = world.job(job)
    assert failed.status == "failed"
    assert failed.error is not None
    assert (failed.error.code, failed.error.page_index) == ("page_unreadable", 2)
    assert failed.error.message.startswith("Page 3 of “Attic” is damaged.")
    retry_download(world.context, job.user_id, job.id, skip_damaged=True)
    assert world.prepare_here()
    done = world.job(job)
    assert (done.status, [page.page_index for page in done.missing_pages]) == ("ready", [2])


def test_a_damaged_page_is_skipped_if_that_was_chosen(world: World):
    world.put_comic("Attic", PAGES, SMALL)
    (world.settings.library / "Attic" / "003.jpg").write_bytes(b"\xff\xd8\xff broken")
    job = world.submit(world.add_user("ann"), world.list_only("Attic"), on_page_error="skip")
    assert world.prepare_here()
    done = world.job(job)
    assert (done.status, done.pages_total, len(done.missing_pages)) == ("ready", PAGES - 1, 1)


def test_picked_pages_are_those_of_the_comic(world: World):
    job = world.submit(world.add_user("ann"), _listed(world, "Attic"), pages="2-3")
    assert job.pages_total == 2
    assert world.prepare_here()
    expected = [(world.settings.library / "Attic" / f"00{n}.jpg").read_bytes() for n in (2, 3)]
    with world.file_of(job) as archive:
        assert [archive.read(name) for name in world.page_names(job)] == expected


def test_a_target_that_turns_out_too_small_fails_with_the_reason(world: World):
    comic = _listed(world, "Attic", TALL)
    job = world.submit(world.add_user("ann"), comic, format="pdf", target_size_bytes=2000)
    assert world.prepare_here()
    failed = world.job(job)
    assert failed.error is not None
    assert (failed.status, failed.error.code) == ("failed", "invalid_request")
    assert not failed.error.retryable


def test_a_job_paused_while_it_reads_continues_where_it_was(world: World, probe: Probe):
    job = world.submit(world.add_user("ann"), _listed(world, "Attic"))

    def pause_at_third(calls: int) -> None:
        if calls == 3:
            pause_download(world.context, job.user_id, job.id)

    probe.before = pause_at_third
    assert world.prepare_here()
    probe.before = lambda _: None
    assert world.job(job).status == "paused"
    resume_download(world.context, job.user_id, job.id)
    assert world.prepare_here()
    assert world.job(job).status == "ready"
    assert probe.calls == PAGES


def test_a_comic_that_changes_before_it_is_read_fails_the_job(world: World):
    job = world.submit(world.add_user("ann"), _listed(world, "Attic"))
    (world.settings.library / "Attic" / "002.jpg").write_bytes(b"other")
    assert world.prepare_here()
    failed = world.job(job)
    assert failed.error is not None
    assert (failed.status, failed.error.code) == ("failed", "comic_changed")
    assert "Scan the library" in failed.error.message


def test_a_job_waits_for_a_library_that_is_away_before_it_is_read(world: World):
    job = world.submit(world.add_user("ann"), _listed(world, "Attic"))
    away = world.folder / "away"
    world.settings.library.rename(away)
    world.settings.library.mkdir()
    assert world.prepare_here()
    waiting = world.job(job)
    assert waiting.error is not None
    assert (waiting.status, waiting.waiting_for, waiting.error.code) == (
        "queued",
        "library",
        "library_away",
    )
    world.settings.library.rmdir()
    away.rename(world.settings.library)
    world.make_due(job)
    assert world.prepare_here()
    assert world.job(job).status == "ready"


def test_a_comic_that_is_gone_is_refused_at_once(world: World):
    _listed(world, "Attic")
    with pytest.raises(NotFound):
        world.submit(world.add_user("ann"), "no such comic")


def test_a_series_of_read_and_listed_comics_is_one_job(world: World, probe: Probe):
    read = world.add_comic("Attic", pages=PAGES)
    listed = _listed(world, "Cellar")
    probe.calls = 0
    job: JobSnapshot = world.submit(world.add_user("ann"), "", comic_ids=(read, listed))
    assert world.prepare_here()
    done = world.job(job)
    assert (done.status, done.pages_done, done.pages_read) == ("ready", 2 * PAGES, 2 * PAGES)
    assert probe.calls == PAGES - 1


def test_reading_in_the_background_rests_while_a_file_is_prepared(world: World, probe: Probe):
    job = world.submit(world.add_user("ann"), _listed(world, "Attic"))
    now, rested = [0.0], [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds
        rested[0] += seconds

    pace = ReadingPace(replace(world.context, monotonic=lambda: now[0]), sleep)
    now[0] += 2.0
    pace.rest(lambda: None)
    assert rested == [0.0]

    def work_for_two_seconds(_: int) -> None:
        now[0] += 2.0
        pace.rest(lambda: None)

    probe.before = work_for_two_seconds
    assert world.prepare_here()
    assert world.job(job).status == "ready"
    assert rested[0] == pytest.approx((PAGES - 1) * 2.0 * RESTS, abs=1.0)


def test_a_worker_finds_a_new_comic_by_itself(world: World):
    world.start_worker(SCAN_EVERY_SECONDS="3600")
    wait_for("the worker", world.worker_lives)
    numbers = iter(range(1000))

    def is_found() -> bool:
        # The worker may watch only after the first of these comics.
        world.put_comic(f"Attic {next(numbers)}", 2, SMALL)
        return world.is_read("Attic 0")

    wait_for("the comic to be found", is_found, every=0.5)
    assert world.comic_id("Attic 0")

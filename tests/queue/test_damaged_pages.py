"""Damaged pages are refused before a job is queued, or skipped and reported, as the user chose."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from comic_downloads.domain.errors import PagesDamaged
from comic_downloads.domain.formats import Format
from comic_downloads.packaging.formats import SPECS
from comic_downloads.packaging.pages import BuiltFile, Document, OnProgress
from comic_downloads.usecases.downloads.control import retry_download
from tests.queue.world import TALL, World

REPORT = "These pages are damaged in the library and are not in this file:"


def add_damaged_comic(world: World, name: str = "Torn") -> str:
    """Add a comic of five pages whose third is truncated before the scan; return its id."""
    comic = world.add_comic(name, pages=5, size=(400, 600))
    page = world.settings.library / name / "003.jpg"
    page.write_bytes(page.read_bytes()[:300])
    return world.scan(name) or comic


def report_of(world: World, job) -> str:
    with world.file_of(job) as archive:
        texts = [name for name in archive.namelist() if name.endswith(".txt")]
        return archive.read(texts[0]).decode() if texts else ""


def test_known_damage_is_refused_before_anything_is_queued(new_world: Callable[..., World]):
    world = new_world()
    user, comic = world.add_user("ann"), add_damaged_comic(world)

    with pytest.raises(PagesDamaged, match="Page 3 of “Torn” is damaged"):
        world.submit(user, comic)

    assert world.submit(user, comic, pages="1-2").pages_total == 2


@pytest.mark.parametrize("wishes", [{}, {"quality": "480p"}], ids=["original", "converted"])
def test_skipping_leaves_out_known_damage_and_reports_it(
    new_world: Callable[..., World], wishes: dict[str, str]
):
    world = new_world()
    user, comic = world.add_user("ann"), add_damaged_comic(world)

    job = world.submit(user, comic, on_page_error="skip", **wishes)
    assert world.prepare_here()

    done = world.job(job)
    assert (done.status, done.pages_total) == ("ready", 4)
    assert [(page.comic_id, page.page_index) for page in done.missing_pages] == [(comic, 2)]
    assert len(world.page_names(job)) == 4
    assert report_of(world, job).startswith(REPORT)
    assert "Torn: page 3" in report_of(world, job)


@pytest.mark.parametrize("wishes", [{}, {"quality": "480p"}], ids=["original", "converted"])
def test_skipping_leaves_out_what_is_found_damaged_on_the_way(
    new_world: Callable[..., World], wishes: dict[str, str]
):
    world = new_world()
    user, comic = world.add_user("ann"), world.add_comic("Small", pages=5, size=(400, 600))
    job = world.submit(user, comic, on_page_error="skip", **wishes)
    (world.settings.library / "Small" / "004.jpg").unlink()

    assert world.prepare_here()

    done = world.job(job)
    assert (done.status, done.attempt) == ("ready", 1)
    assert [page.page_index for page in done.missing_pages] == [3]
    assert len(world.page_names(job)) == 4
    assert "Small: page 4" in report_of(world, job)


def test_failed_job_can_be_tried_again_without_the_damaged_page(new_world: Callable[..., World]):
    world = new_world()
    user, comic = world.add_user("ann"), world.add_comic("Small", pages=3)
    job = world.submit(user, comic)
    page = world.settings.library / "Small" / "002.jpg"
    page.write_bytes(page.read_bytes()[:300])
    assert world.prepare_here()
    assert world.job(job).status == "failed"
    world.scan("Small")

    retry_download(world.context, user, job.id, skip_damaged=True)
    assert world.prepare_here()

    done = world.job(job)
    assert (done.status, done.on_page_error) == ("ready", "skip")
    assert [page.page_index for page in done.missing_pages] == [1]


@pytest.mark.parametrize("wishes", [{}, {"quality": "480p"}], ids=["original", "converted"])
def test_the_file_is_begun_twice_at_most_however_many_pages_are_gone(
    new_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch, wishes: dict[str, str]
):
    world = new_world()
    user, kept, gone = (
        world.add_user("ann"),
        world.add_comic("Kept", 12, TALL),
        world.add_comic("Removed", 12, TALL),
    )
    job = world.submit(user, kept, comic_ids=(kept, gone), on_page_error="skip", **wishes)
    shutil.rmtree(world.settings.library / "Removed")
    (world.settings.library / "Kept" / "011.jpg").write_bytes(b"other bytes")
    books, spec = [], SPECS[Format.CBZ]

    def counted(book: Document, target: Path, progress: OnProgress) -> BuiltFile:
        books.append(book)
        return spec.write(book, target, progress)

    monkeypatch.setitem(SPECS, Format.CBZ, replace(spec, write=counted))
    assert world.prepare_here()

    done = world.job(job)
    assert (done.status, done.attempt, done.progress) == ("ready", 1, 100)
    assert (done.pages_done, done.pages_total, len(world.page_names(job))) == (11, 11, 11)
    assert [(page.comic_id, page.page_index) for page in done.missing_pages] == [
        (kept, 10),
        *((gone, i) for i in range(12)),
    ]
    assert len(books) <= 2
    assert "Removed: page 12" in report_of(world, job)


def test_a_download_of_which_no_page_is_left_fails(new_world: Callable[..., World]):
    world = new_world()
    world.add_comic("Other")
    job = world.submit(world.add_user("ann"), world.add_comic("Removed", 3), on_page_error="skip")
    shutil.rmtree(world.settings.library / "Removed")

    assert world.prepare_here()

    row = world.row(job)
    assert (row.status, row.error_code, row.error_page_index, row.attempt) == (
        "failed",
        "comic_changed",
        0,
        1,
    )

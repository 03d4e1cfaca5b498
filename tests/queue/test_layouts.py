"""Originals that need no worker: jobs that are ready in the transaction that accepts them."""

from __future__ import annotations

import os
import uuid
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlmodel import select

from comic_downloads.db import artifacts
from comic_downloads.db.tables import Artifact, ArtifactLayout, Job, Manifest, OutboxEvent
from comic_downloads.domain.errors import ComicUnreadable, QuotaExceeded
from comic_downloads.domain.split import Split
from comic_downloads.library import sources
from comic_downloads.usecases.downloads.control import remove_download, retry_download
from comic_downloads.usecases.downloads.groups import submit_group
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from comic_downloads.usecases.downloads.submit import estimate_download
from comic_downloads.usecases.operations.maintenance import purge
from tests.library.packed import write_7z, write_rar4, write_rar5, write_tar
from tests.storage.s3_servers import new_store

from .world import SMALL, World

LATER = timedelta(days=2)


@pytest.fixture
def world(new_world: Callable[..., World]) -> World:
    return new_world().with_settings(originals="layout")


def stored(world: World) -> World:
    """Return the same machine with ORIGINALS=stored."""
    return world.with_settings(originals="stored")


def blobs(world: World) -> list[str]:
    return [blob.key for blob in world.context.blobs.list("artifacts/")]


def artifact_of(world: World, job: JobSnapshot) -> Artifact:
    with world.context.db.read() as session:
        return session.get_one(Artifact, world.row(job).artifact_id)


def actions(world: World, job: JobSnapshot) -> list[str]:
    with world.context.db.read() as session:
        events = select(OutboxEvent).where(OutboxEvent.job_id == job.id).order_by("id")
        return [str(event.action) for event in session.scalars(events)]


def test_an_original_is_ready_when_it_is_accepted(world: World):
    user, comic = world.add_user("ann"), world.add_comic("Small", pages=3)

    job = world.submit(user, comic)

    assert (job.status, job.phase, job.progress) == ("ready", "done", 100)
    assert (job.pages_done, job.attempt, job.sha256) == (3, 0, None)
    assert job.expires_at is not None and job.finished_at is not None
    assert actions(world, job) == ["reuse"]
    assert not world.prepare_here()
    assert blobs(world) == []


def test_everybody_who_asks_for_the_same_gets_the_same_file(world: World):
    comic = world.add_comic("Small")

    first, second = (world.submit(world.add_user(name), comic) for name in ("ann", "bob"))

    assert first.id != second.id and second.status == "ready"
    assert world.row(first).artifact_id == world.row(second).artifact_id


def test_a_layout_costs_its_user_only_its_own_bytes(world: World):
    user, comic = world.add_user("ann"), world.add_comic("Small", pages=8)
    job = world.submit(user, comic)
    artifact = artifact_of(world, job)

    with world.context.db.read() as session:
        used = artifacts.storage_used(session, user)

    assert used == artifact.layout_bytes
    assert 0 < used < artifact.size_bytes // 4


def test_a_layout_that_does_not_fit_into_the_quota_is_refused(world: World):
    world = world.with_settings(storage_quota_bytes=100)
    user, comic = world.add_user("ann"), world.add_comic("Small")

    with pytest.raises(QuotaExceeded):
        world.submit(user, comic)

    with world.context.db.read() as session:
        assert session.scalars(select(Artifact)).all() == []


def test_a_nearly_full_disk_does_not_keep_anybody_from_originals(world: World):
    world = world.with_settings(min_free_bytes=10**18)
    user, comic = world.add_user("ann"), world.add_comic("Small")

    assert world.submit(user, comic).status == "ready"


def test_cleaning_up_removes_a_layout_with_its_file(world: World):
    user, comic = world.add_user("ann"), world.add_comic("Small")
    job = world.submit(user, comic)

    purge(world.after(LATER).context)

    assert world.job(job).status == "expired"
    with world.context.db.read() as session:
        assert session.scalars(select(Artifact)).all() == []
        assert session.scalars(select(ArtifactLayout)).all() == []


def test_an_expired_original_has_the_same_entity_tag_when_it_is_prepared_again(world: World):
    user, comic = world.add_user("ann"), world.add_comic("Small")
    job = world.submit(user, comic)
    before = world.row(job)
    purge(world.after(LATER).context)

    retry_download(world.context, user, job.id)
    while world.prepare_here():
        pass

    again = world.row(job)
    assert (again.status, again.etag, again.content_since) == ("ready", before.etag, None)
    assert blobs(world) == []


def test_a_layout_and_a_written_file_have_the_same_entity_tag(world: World):
    comic = world.add_comic("Small")
    laid_out = world.submit(world.add_user("ann"), comic)
    tag, size = world.row(laid_out).etag, world.row(laid_out).file_size_bytes
    remove_download(world.context, laid_out.user_id, laid_out.id)

    written = stored(world).submit(world.add_user("bob"), comic)
    assert written.status == "queued"
    assert stored(world).prepare_here()

    row = world.row(written)
    assert len(blobs(world)) == 1
    assert (row.etag, row.file_size_bytes) == (tag, size)
    assert row.sha256 not in {"", tag}


def test_a_job_that_was_accepted_before_the_update_gets_a_layout_too(world: World):
    job = stored(world).submit(world.add_user("ann"), world.add_comic("Small"))
    assert job.status == "queued"

    assert world.prepare_here()

    assert world.job(job).status == "ready"
    assert artifact_of(world, job).layout_bytes is not None


def test_a_file_whose_bytes_were_lost_becomes_a_layout_for_everybody(world: World):
    comic = world.add_comic("Small")
    first = stored(world).submit(world.add_user("ann"), comic)
    assert stored(world).prepare_here()
    for key in blobs(world):
        world.context.blobs.delete(key)

    second = world.submit(world.add_user("bob"), comic)
    while world.prepare_here():
        pass

    rows = [world.row(first), world.row(second)]
    assert {(row.status, row.artifact_id) for row in rows} == {("ready", rows[0].artifact_id)}
    assert rows[0].etag == rows[1].etag
    assert rows[0].sha256 == rows[1].sha256 != ""
    assert artifact_of(world, first).layout_bytes is not None


def change_time(world: World, comic_id: str) -> None:
    path = world.settings.library / "Small" / "002.jpg"
    os.utime(path, ns=(1, 1))


def change_bytes(world: World, comic_id: str) -> None:
    path = world.settings.library / "Small" / "002.jpg"
    path.write_bytes(path.read_bytes() + b"more")


def remove_page(world: World, comic_id: str) -> None:
    (world.settings.library / "Small" / "002.jpg").unlink()


@pytest.mark.parametrize("change", [change_time, change_bytes, remove_page])
def test_a_comic_that_changed_since_the_scan_is_left_to_a_worker(
    world: World, change: Callable[[World, str], None]
):
    user, comic = world.add_user("ann"), world.add_comic("Small")
    change(world, comic)

    job = world.submit(user, comic)

    assert job.status == "queued"
    assert world.prepare_here()
    done = world.job(job)
    if change is change_time:
        assert done.status == "ready" and len(blobs(world)) == 1
    else:
        assert done.error is not None and done.error.page_index == 1


def test_converted_pages_are_left_to_a_worker(world: World):
    user = world.add_user("ann")
    comic = world.add_comic("Tall", size=(300, 600))

    assert world.submit(user, comic, quality="480p").status == "queued"


def test_a_file_for_a_cdn_is_left_to_a_worker(world: World):
    behind_cdn = world.with_settings(cdn_base_url="https://cdn.test")

    assert behind_cdn.submit(world.add_user("ann"), world.add_comic("Small")).status == "queued"


def put_packed(world: World, kind: str, write: Callable[[Path, dict[str, bytes]], object]) -> Path:
    """Add an archive of the kind to the library, with the pages of a folder."""
    world.put_comic("Loose", 3, SMALL)
    pages = {page.name: page.read_bytes() for page in (world.settings.library / "Loose").iterdir()}
    path = world.settings.library / f"Packed.{kind}"
    write(path, dict(sorted(pages.items())))
    return path


BUILT: dict[str, Callable[[Path, dict[str, bytes]], object]] = {
    "cb7": write_7z,
    "solid.cbr": partial(write_rar5, solid=True),
    "tar.gz": partial(write_tar, mode="w:gz"),
}
LAID_OUT: dict[str, Callable[[Path, dict[str, bytes]], object]] = {
    "cbr": write_rar5,
    "old.cbr": write_rar4,
    "cbt": write_tar,
}


@pytest.mark.parametrize("kind", BUILT)
def test_an_archive_whose_pages_cannot_be_had_one_by_one_is_written_by_a_worker(
    world: World, kind: str
):
    packed = put_packed(world, kind, BUILT[kind])
    user, comic = world.add_user("ann"), world.scan(packed.name)

    job = world.submit(user, comic)
    assert job.status == "queued"
    assert world.prepare_here()

    assert world.job(job).status == "ready"
    loose = sorted((world.settings.library / "Loose").iterdir())
    with world.file_of(job) as archive:
        pages = [name for name in archive.namelist() if name.endswith(".jpg")]
        assert [archive.read(name) for name in pages] == [page.read_bytes() for page in loose]


@pytest.mark.parametrize("kind", LAID_OUT)
def test_an_archive_whose_pages_can_be_had_one_by_one_needs_no_worker(world: World, kind: str):
    packed = put_packed(world, kind, LAID_OUT[kind])
    user, comic = world.add_user("ann"), world.scan(packed.name)

    assert world.submit(user, comic).status == "ready"
    assert blobs(world) == []


def test_a_file_for_a_bucket_is_left_to_a_worker(world: World, moto: str):
    bucket = new_store(moto, f"bucket-{uuid.uuid4().hex}")
    world = replace(world, context=replace(world.context, blobs=bucket))
    job = world.submit(world.add_user("ann"), world.add_comic("Small", pages=2))
    assert job.status == "queued"
    assert world.prepare_here()

    assert world.job(job).status == "ready"
    assert len(world.page_names(job)) == 2
    assert len(blobs(world)) == 1


def test_no_archive_is_opened_to_accept_an_original(world: World, monkeypatch: pytest.MonkeyPatch):
    library = world.settings.library
    world.put_comic("Loose", 3, (200, 300))
    with zipfile.ZipFile(library / "Packed.cbz", "w", zipfile.ZIP_DEFLATED) as archive:
        for page in sorted((library / "Loose").iterdir()):
            archive.write(page, page.name)
    user, comic = world.add_user("ann"), world.scan("Packed.cbz")

    def refuse(*_: object) -> None:
        raise ComicUnreadable("A test forbids to open it.")

    for kind in sources.KINDS:
        monkeypatch.setitem(sources.KINDS, kind, refuse)

    for form in ("cbz", "zip", "epub"):
        assert world.submit(user, comic, format=form).status == "ready"
    assert world.submit(user, comic, format="pdf").status == "queued"


def test_the_estimate_says_that_an_original_takes_no_time(world: World):
    request = DownloadRequest(comic_ids=(world.add_comic("Small"),))

    assert estimate_download(world.context, request).seconds == 0
    assert estimate_download(stored(world).context, request).seconds > 0


def test_every_file_of_a_group_is_ready_when_the_group_is_accepted(world: World):
    user = world.add_user("ann")
    comics = tuple(world.add_comic(f"Small {number}", pages=2) for number in range(3))
    known = world.submit(user, comics[0])

    made = submit_group(world.context, user, DownloadRequest(comic_ids=comics), Split()).found

    assert made.group.jobs_by_status == {"ready": 3}
    assert not world.prepare_here()
    with world.context.db.read() as session:
        assert len(session.scalars(select(Artifact)).all()) == 3
        assert world.row(known).artifact_id in session.scalars(select(Artifact.id)).all()


def test_nothing_but_the_layout_is_stored_for_a_worker_that_is_not_needed(world: World):
    user, comic = world.add_user("ann"), world.add_comic("Small")

    world.submit(user, comic)

    with world.context.db.read() as session:
        assert session.scalars(select(Manifest)).all() == []
        assert len(session.scalars(select(ArtifactLayout)).all()) == 1


def test_no_job_is_accepted_twice_while_its_file_is_a_layout(world: World):
    user, comic = world.add_user("ann"), world.add_comic("Small")

    jobs = [world.submit(user, comic) for _ in range(3)]

    assert {job.status for job in jobs} == {"ready"}
    with world.context.db.read() as session:
        assert len(session.scalars(select(Artifact)).all()) == 1
        assert len(session.scalars(select(Job)).all()) == 3

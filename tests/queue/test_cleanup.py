"""Cleanup: when files, rows and work folders are deleted, and what stays while it is needed."""

from __future__ import annotations

import os
import shutil
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert
from sqlmodel import col, delete, func, select

from comic_downloads.db import delivery
from comic_downloads.db.tables import (
    Artifact,
    BrowserSession,
    Comic,
    Job,
    Manifest,
    Page,
    SignInTicket,
    Transfer,
)
from comic_downloads.usecases.downloads.control import (
    cancel_download,
    pause_download,
    remove_download,
    retry_download,
)
from comic_downloads.usecases.library.page_images import cover_image, drop_thumbnails
from comic_downloads.usecases.operations.maintenance import (
    drop_old_pages,
    purge,
    reconcile,
    tidy_machine,
)
from tests.queue.world import World

HOUR = timedelta(hours=1)


def ready_job(world: World, user: str = ""):
    job = world.submit(
        user or world.add_user("ann"), world.comic_id("Small") or world.add_comic("Small")
    )
    while world.prepare_here():
        pass
    return world.job(job)


def blobs(world: World) -> list[str]:
    return [blob.key for blob in world.context.blobs.list("artifacts/")]


def count(world: World, table: type) -> int:
    with world.context.db.read() as session:
        return session.exec(select(func.count()).select_from(table)).one()


def test_file_goes_a_day_after_it_was_last_asked_for_and_is_made_again_the_same(
    new_world: Callable[..., World],
):
    world = new_world()
    job = ready_job(world)

    purge(world.after(23 * HOUR).context)
    assert (world.job(job).status, len(blobs(world))) == ("ready", 1)
    purge(world.after(25 * HOUR).context)
    expired = world.job(job)
    assert (expired.status, expired.progress, blobs(world)) == ("expired", 0, [])

    assert retry_download(world.context, job.user_id, job.id).status == "queued"
    assert world.prepare_here()
    again = world.job(job)
    assert (again.status, again.sha256) == ("ready", job.sha256)


def test_file_stays_while_another_users_download_needs_it(new_world: Callable[..., World]):
    world = new_world()
    first = ready_job(world)
    later = world.after(20 * HOUR)
    second = later.submit(later.add_user("bob"), world.comic_id("Small") or "")
    assert second.status == "ready"

    purge(world.after(25 * HOUR).context)
    assert (world.job(first).status, world.job(second).status, len(blobs(world))) == (
        "expired",
        "ready",
        1,
    )
    purge(world.after(45 * HOUR).context)
    assert (world.job(second).status, blobs(world)) == ("expired", [])


def test_transfer_under_way_keeps_its_file(new_world: Callable[..., World]):
    world = new_world()
    job = ready_job(world)
    late = world.after(30 * HOUR)
    with late.context.db.write() as session:
        artifact_id = session.get_one(Job, job.id).artifact_id or ""
        sending = Transfer(id="sending", artifact_id=artifact_id, job_id=job.id)
        delivery.heartbeat(session, [sending], late.context.clock())

    purge(late.context)
    remove_download(late.context, job.user_id, job.id)
    assert len(blobs(world)) == 1

    purge(
        world.after(30 * HOUR + timedelta(minutes=5)).context
    )  # The sender has been silent for minutes, so it is dead.
    assert (blobs(world), count(world, Transfer), count(world, Artifact)) == ([], 0, 0)


def test_rows_without_a_file_and_files_without_a_row_are_reconciled(
    new_world: Callable[..., World],
):
    world = new_world()
    job = ready_job(world)
    world.context.blobs.delete(blobs(world)[0])
    for key, age in (("artifacts/aa/old.cbz", 7 * HOUR), ("artifacts/aa/young.cbz", 5 * HOUR)):
        world.context.blobs.put_stream(
            key, iter([b"left by a killed attempt"]), media_type="application/zip"
        )
        path = world.context.blobs.local_path(key)
        assert path is not None
        modified = (datetime.now(UTC) - age).timestamp()
        os.utime(path, (modified, modified))

    reconcile(world.context)

    assert blobs(world) == [
        "artifacts/aa/young.cbz"
    ]  # It may belong to an attempt that has not finished.
    assert world.job(job).status == "expired"
    assert count(world, Artifact) == 0
    retry_download(world.context, job.user_id, job.id)
    assert world.prepare_here()
    assert world.job(job).sha256 == job.sha256


def test_lost_file_is_made_anew_for_the_next_who_asks(new_world: Callable[..., World]):
    world = new_world()
    first = ready_job(world)
    world.context.blobs.delete(blobs(world)[0])

    second = ready_job(world, world.add_user("bob"))

    assert (second.status, second.sha256) == ("ready", first.sha256)
    assert len(blobs(world)) == 1
    assert len(world.page_names(first)) == 3  # The first job has its file again, too.


def test_expired_sessions_tickets_and_removed_rows_go(new_world: Callable[..., World]):
    world = new_world()
    job = ready_job(world)
    now = world.context.clock()
    with world.context.db.write() as session:
        for name, until in (("over", now - HOUR), ("valid", now + 100 * HOUR)):
            session.add(
                BrowserSession(
                    token_hash=name,
                    id=name,
                    user_id=job.user_id,
                    created_at=now,
                    expires_at=until,
                )
            )
            session.add(SignInTicket(token_hash=name, user_id=job.user_id, expires_at=until))
    remove_download(world.context, job.user_id, job.id)

    purge(world.after(HOUR / 2).context)
    assert (count(world, BrowserSession), count(world, SignInTicket), count(world, Job)) == (
        1,
        1,
        1,
    )
    purge(world.after(26 * HOUR).context)  # By now every tab knows that the job is gone.
    assert (count(world, Job), count(world, Manifest)) == (0, 0)
    with world.context.db.read() as session:
        assert session.exec(select(BrowserSession.token_hash)).all() == ["valid"]


def test_work_folders_and_old_pages_go_and_paused_ones_stay(new_world: Callable[..., World]):
    world = new_world()
    user, comic = world.add_user("ann"), world.add_comic("Pages", pages=3, size=(300, 600))
    done = world.submit(user, comic, quality="480p")
    assert world.prepare_here()
    tidy_machine(world.context)
    assert (world.job(done).status, world.job_folders(), len(world.kept_pages())) == (
        "ready",
        [],
        3,
    )

    paused = world.submit(user, comic, quality="480p", format="pdf")
    pause_download(world.context, user, paused.id)
    (world.settings.data / "work" / "jobs" / paused.id).mkdir()
    tidy_machine(world.context)
    assert world.job_folders() == [paused.id]
    cancel_download(world.context, user, paused.id)
    tidy_machine(world.context)
    assert world.job_folders() == []

    assert drop_old_pages(world.after(23 * HOUR).context) == 0
    assert drop_old_pages(world.after(25 * HOUR).context) == 3
    assert not list((world.settings.data / "work" / "pages").iterdir())


def test_frozen_input_of_waiting_jobs_stays(new_world: Callable[..., World]):
    world = new_world()
    job = world.submit(world.add_user("ann"), world.add_comic("Small"))

    purge(world.after(25 * HOUR).context)

    assert world.prepare_here()
    assert world.job(job).status == "ready"
    with world.context.db.read() as session:
        assert session.exec(select(func.count()).where(col(Manifest.content_key) != "")).one() == 1


def test_thumbnails_go_with_their_pages_and_when_they_are_old(new_world: Callable[..., World]):
    world = new_world()
    stays, goes = world.add_comic("Stays"), world.add_comic("Goes")
    for comic in (stays, goes):
        cover_image(world.context, comic)
    shutil.rmtree(world.settings.library / "Goes")
    world.scan("Stays")
    with (
        world.context.db.write() as session
    ):  # As the scan does with comics that are missing for long.
        session.connection().execute(delete(Comic).where(col(Comic.id) == goes))

    def thumbnails() -> int:
        return len(list(world.context.blobs.list("thumbnails/")))

    assert (drop_thumbnails(world.context), thumbnails()) == (0, 2)
    assert (drop_thumbnails(world.after(2 * HOUR).context), thumbnails()) == (1, 1)
    assert (drop_thumbnails(world.after(31 * 24 * HOUR).context), thumbnails()) == (1, 0)
    assert cover_image(world.context, stays).data


def test_thumbnails_are_cleaned_up_in_the_same_memory_however_large_the_library_is(
    new_world: Callable[..., World],
):
    world = new_world()
    comic = world.add_comic("Shown")
    cover_image(world.context, comic)
    facts = {
        "comic_id": comic,
        "name": "",
        "media_type": "",
        "width": 1,
        "height": 1,
        "size_bytes": 1,
        "crc32": 1,
        "error": "",
    }
    rows = [
        {**facts, "page_index": 10 + number, "sha256": f"{number:064x}"} for number in range(20_000)
    ]
    with world.context.db.write() as session:
        session.connection().execute(insert(Page), rows)
    drop_thumbnails(world.context)

    tracemalloc.start()
    try:
        assert drop_thumbnails(world.after(2 * HOUR).context) == 0
        _, most_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most_bytes < 1_000_000  # The digests alone would take two megabytes.

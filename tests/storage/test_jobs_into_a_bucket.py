"""Jobs that store files in a bucket need no local copy, resume after a kill and leave nothing."""

from __future__ import annotations

import io
import multiprocessing
import os
import random
import signal
import uuid
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlmodel import col, select, update

from comic_downloads.db.tables import Artifact, Job
from comic_downloads.packaging.formats import STREAMABLE_FORMATS
from comic_downloads.settings import Settings
from comic_downloads.storage.blobs import UnfinishedUpload
from comic_downloads.storage.s3 import S3BlobStore
from comic_downloads.usecases.downloads.control import cancel_download
from comic_downloads.usecases.downloads.snapshots import JobSnapshot
from comic_downloads.usecases.operations.health import check_readiness
from comic_downloads.usecases.operations.maintenance import reconcile, recover_lost_jobs
from comic_downloads.usecases.preparing.worker_job import WorkerHooks, prepare_next
from comic_downloads.wiring import build_context
from tests.queue.world import World, open_world

from .s3_servers import ACCESS_KEY, SECRET_KEY, new_store, refuse

PAGES = 7
PARTS = 4  # The number of upload parts of the file.
_forks = multiprocessing.get_context("forkserver")


@pytest.fixture(params=["moto", "rclone"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """Return an installation whose comic needs several parts, on each of the two servers."""
    endpoint = request.getfixturevalue(request.param)
    bucket = f"bucket-{uuid.uuid4().hex}"
    new_store(endpoint, bucket)
    place = {
        "S3_BUCKET": bucket,
        "S3_ENDPOINT_URL": endpoint,
        "S3_REGION": "us-east-1",
        "STORAGE_BACKEND": "s3",
    }
    world = open_world(
        tmp_path,
        None,
        **place,
        S3_ACCESS_KEY=ACCESS_KEY,
        S3_SECRET_KEY=SECRET_KEY,
        LEASE_SECONDS="3",
    )
    folder = world.settings.library / "Large"
    folder.mkdir()
    for number in range(PAGES):
        (folder / f"{number + 1:03}.png").write_bytes(_large_page(number))
    yield world
    world.end()


def _large_page(seed: int) -> bytes:
    """Return a PNG with about 8 MB of noise, which cannot be compressed."""
    image = Image.frombytes("RGB", (1650, 1650), random.Random(seed).randbytes(1650 * 1650 * 3))
    output = io.BytesIO()
    image.save(output, "PNG", compress_level=0)
    return output.getvalue()


def order(world: World, **wishes: Any) -> JobSnapshot:
    return world.submit(
        world.add_user(uuid.uuid4().hex), world.comic_id("Large") or world.scan("Large"), **wishes
    )


def bucket_of(world: World) -> S3BlobStore:
    assert isinstance(world.context.blobs, S3BlobStore)
    return world.context.blobs


def unfinished(world: World) -> list[UnfinishedUpload]:
    return list(world.context.blobs.unfinished(""))


def parts_sent(
    blobs: S3BlobStore, then: Callable[[int], object] = lambda number: None
) -> list[int]:
    """Return a list that collects the numbers of parts sent; call ``then`` after each part."""
    sent: list[int] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        sent.append(int(params["query_string"]["partNumber"]))

    blobs.client.meta.events.register("before-call.s3.UploadPart", note)
    blobs.client.meta.events.register("after-call.s3.UploadPart", lambda **_: then(sent[-1]))
    return sent


def check_file(world: World, job: JobSnapshot) -> None:
    with world.file_of(job) as archive:
        assert sum(name.endswith(".png") for name in archive.namelist()) == PAGES


def die_after_part(environment: dict[str, str], part: int) -> int:
    """Run an attempt in a process that is killed after this part; return its exit code."""
    process = _forks.Process(target=_attempt, args=(environment, part))
    process.start()
    process.join(120)
    assert process.exitcode is not None
    return process.exitcode


def _attempt(environment: dict[str, str], part: int) -> None:
    context = build_context(
        Settings.model_validate({name.lower(): value for name, value in environment.items()})
    )
    assert isinstance(context.blobs, S3BlobStore)
    parts_sent(
        context.blobs, lambda number: number == part and os.kill(os.getpid(), signal.SIGKILL)
    )
    prepare_next(
        context, WorkerHooks("a worker that dies", lambda: False, hard_exit=lambda: os._exit(1))
    )


def lapse(world: World) -> None:
    """Let the lease of the killed attempt expire."""
    long_ago = datetime.now(UTC) - timedelta(minutes=1)
    with world.context.db.write() as session:
        session.connection().execute(
            update(Job).where(col(Job.lease_token).is_not(None)).values(lease_until=long_ago)
        )
    assert recover_lost_jobs(world.context) == 1
    with world.context.db.write() as session:
        session.connection().execute(update(Job).values(not_before=long_ago))


@pytest.mark.parametrize("format_name", STREAMABLE_FORMATS)
def test_an_archive_of_original_pages_needs_no_copy_here(
    world: World, format_name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = order(world, format=format_name)
    written: list[Path] = []
    monkeypatch.setattr(
        "comic_downloads.files.output.OutputFile.write",
        lambda self, data: written.append(self._target),
    )
    assert world.prepare_here()
    ready = world.job(job)
    assert (ready.status, written) == ("ready", [])
    check_file(world, job)
    with world.context.db.read() as session:
        artifact = session.exec(select(Artifact)).one()
    assert (artifact.size_bytes, artifact.sha256) == (ready.file_size_bytes, ready.sha256)
    assert unfinished(world) == []


def test_only_a_job_that_writes_here_waits_for_room_on_this_disk(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    written_here, sent_away = order(world, format="pdf"), order(world, format="cbz")
    monkeypatch.setattr(
        "comic_downloads.usecases.preparing.worker_job.free_disk_bytes", lambda _context: -1
    )
    assert world.prepare_here()
    assert not world.prepare_here()
    assert (world.job(written_here).status, world.job(sent_away).status) == ("queued", "ready")


@pytest.mark.parametrize("format_name", ["cbz", "pdf"])
def test_an_upload_continues_after_its_worker_was_killed(world: World, format_name: str) -> None:
    job = order(world, format=format_name)
    assert die_after_part(world.environment, 2) == -signal.SIGKILL
    left = unfinished(world)
    assert len(left) == 1
    reconcile(world.context)  # The killed attempt still has its lease.
    assert unfinished(world) == left
    lapse(world)
    reconcile(world.context)  # The job is queued again.
    assert unfinished(world) == left
    sent = parts_sent(bucket_of(world))
    assert world.prepare_here()
    assert (world.job(job).status, sent) == ("ready", [3, PARTS])
    assert unfinished(world) == []
    assert [blob.key for blob in world.context.blobs.list("artifacts/")] == [left[0].key]
    if format_name == "cbz":
        check_file(world, job)


def test_the_bytes_are_those_of_a_file_made_here(world: World, tmp_path: Path) -> None:
    streamed = order(world)
    assert world.prepare_here()
    local = open_world(tmp_path / "local", None, LIBRARY_DIR=str(world.settings.library))
    written = order(local)
    assert local.prepare_here()
    assert local.job(written).sha256 == world.job(streamed).sha256
    local.end()


def test_an_attempt_never_continues_the_upload_of_a_running_one(world: World) -> None:
    job = order(world)
    others: list[JobSnapshot] = []

    def meanwhile(number: int) -> None:
        if number == 2 and not others:
            others.append(order(world))
            other_store = S3BlobStore(bucket_of(world).bucket)
            sent = parts_sent(other_store)
            other = replace(world, context=replace(world.context, blobs=other_store))
            assert other.prepare_here()
            assert sent == [1, 2, 3, PARTS]

    parts_sent(bucket_of(world), meanwhile)
    assert world.prepare_here()
    assert [world.job(one).status for one in (job, *others)] == ["ready", "ready"]
    assert len(list(world.context.blobs.list("artifacts/"))) == 1
    check_file(world, job)


def test_cancelling_in_the_middle_removes_what_was_sent(world: World) -> None:
    job = order(world)
    parts_sent(
        bucket_of(world),
        lambda number: number == 2 and cancel_download(world.context, job.user_id, job.id),
    )
    assert world.prepare_here()
    assert world.job(job).status == "cancelled"
    assert (unfinished(world), list(world.context.blobs.list("artifacts/"))) == ([], [])


def test_what_a_killed_worker_sent_for_a_cancelled_job_is_cleaned_up(world: World) -> None:
    job = order(world)
    assert die_after_part(world.environment, 1) == -signal.SIGKILL
    cancel_download(world.context, job.user_id, job.id)
    assert len(unfinished(world)) == 1
    reconcile(world.context)
    assert unfinished(world) == []


def test_a_page_that_changed_ends_the_upload_and_names_the_page(world: World) -> None:
    job = order(world)
    page = world.settings.library / "Large" / "006.png"
    data = bytearray(page.read_bytes())
    data[4_000_000] ^= 1
    page.write_bytes(data)
    assert world.prepare_here()
    failed = world.job(job)
    assert (failed.status, failed.error and failed.error.page_index) == ("failed", 5)
    assert (unfinished(world), list(world.context.blobs.list("artifacts/"))) == ([], [])


def test_the_stored_archive_opens_elsewhere(world: World) -> None:
    job = order(world, format="zip")
    assert world.prepare_here()
    with world.context.db.read() as session:
        key = session.exec(select(Artifact)).one().blob_key
    with world.context.blobs.open(key) as stream:
        assert zipfile.ZipFile(io.BytesIO(stream.read())).testzip() is None
    assert world.job(job).progress == 100


def test_a_job_does_without_the_right_to_list_uploads(world: World) -> None:
    refuse(bucket_of(world), "ListMultipartUploads")
    job = order(world, format="cbz")
    assert world.prepare_here()
    assert world.job(job).status == "ready"
    check_file(world, job)
    assert check_readiness(world.context)["storage"] == "ok"


def test_a_missing_right_is_named_by_the_health_check_and_by_the_job(world: World) -> None:
    refuse(bucket_of(world), "CreateMultipartUpload")
    words = "The storage refuses the request CreateMultipartUpload: its user lacks s3:PutObject."
    assert check_readiness(world.context)["storage"] == words
    job = order(world, format="cbz")
    assert world.prepare_here()
    error = world.job(job).error
    assert error is not None
    assert words in error.message

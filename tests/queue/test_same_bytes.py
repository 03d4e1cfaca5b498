"""Equal requests result in equal bytes at any time; a file with other bytes is a new file."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import col, select

from comic_downloads.db.tables import Comic
from comic_downloads.domain.formats import Format
from comic_downloads.domain.ranges import ByteRange
from comic_downloads.packaging.comicinfo.document import comic_info
from comic_downloads.packaging.pages import Document
from comic_downloads.usecases.delivery.links import link_if_ready, resolve_link
from comic_downloads.usecases.downloads.control import remove_download, retry_download
from comic_downloads.usecases.downloads.request import DownloadRequest
from comic_downloads.usecases.downloads.submit import submit_download
from comic_downloads.usecases.operations.maintenance import purge
from tests.delivered import add_delivered
from tests.queue.world import SMALL, World

LATER = timedelta(days=3)  # By then every file has been cleaned up.


@pytest.mark.parametrize("file_format", Format)
def test_a_series_and_its_comics_are_the_same_bytes(
    new_world: Callable[..., World], file_format: str
):
    world = new_world()
    user = world.add_user("ann")
    for number in (1, 2):
        world.put_comic(f"Saga/Saga {number:03}", 2, SMALL)
    world.scan("Saga/Saga 001")
    with world.context.db.read() as session:
        comics = session.exec(select(Comic).order_by(col(Comic.path))).all()
    requests = (
        DownloadRequest(series_id=comics[0].series_id, format=file_format),
        DownloadRequest(comic_ids=tuple(comic.id for comic in comics), format=file_format),
    )

    made = []
    for request in requests:
        job = submit_download(world.context, user, request).job
        assert world.prepare_here()
        made.append(world.row(job))
        purge(world.after(LATER).context)

    assert made[0].filename != made[1].filename
    assert made[0].content_key == made[1].content_key
    assert made[0].sha256 == made[1].sha256


def test_what_was_fetched_counts_no_more_when_the_new_file_has_fewer_pages(
    new_world: Callable[..., World],
):
    world = new_world()
    user, comic = world.add_user("ann"), world.add_comic("Small", pages=3)
    job = world.submit(user, comic, on_page_error="skip")
    assert world.prepare_here()
    with world.context.db.write() as session:
        add_delivered(session, job.id, world.row(job).etag, [ByteRange(0, 1000)])
    purge(world.after(LATER).context)
    (world.settings.library / "Small" / "002.jpg").unlink()

    retry_download(world.context, user, job.id)
    assert world.job(job).downloaded_bytes == 1000
    assert world.prepare_here()

    done = world.job(job)
    assert (done.status, len(done.missing_pages), done.downloaded_bytes) == ("ready", 1, 0)


def as_a_newer_version(book: Document) -> bytes:
    """Return a ComicInfo.xml as a version that writes other bytes would."""
    return comic_info(book) + b"\n"


def test_everybody_gets_the_bytes_that_took_the_place_of_a_lost_file(
    new_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
):
    world = new_world()
    comic = world.add_comic("Small")
    first = world.submit(world.add_user("ann"), comic)
    assert world.prepare_here()
    before = world.row(first)
    with world.context.db.write() as session:
        add_delivered(session, first.id, before.etag, [ByteRange(0, 1000)])
    for blob in list(world.context.blobs.list("artifacts/")):
        world.context.blobs.delete(blob.key)
    monkeypatch.setattr("comic_downloads.packaging.cbz.comic_info", as_a_newer_version)

    second = world.submit(world.add_user("bob"), comic)
    assert world.prepare_here()

    now = world.row(first)
    assert now.artifact_id == world.row(second).artifact_id == before.artifact_id
    assert now.sha256 == world.row(second).sha256 != before.sha256
    assert (now.downloaded_bytes, now.content_since is None) == (0, False)
    link = link_if_ready(world.context, world.job(first))
    assert link is not None
    assert resolve_link(world.context, link.url.split("/")[2]).etag == now.etag


def test_a_comic_that_was_packed_since_is_read_from_where_it_is_now(
    new_world: Callable[..., World],
):
    world = new_world()
    user, comic = world.add_user("ann"), world.add_comic("Small")
    first = world.submit(user, comic)
    assert world.prepare_here()
    sha256 = world.job(first).sha256
    remove_download(world.context, user, first.id)
    library = world.settings.library
    with zipfile.ZipFile(library / "Small.cbz", "w") as archive:
        for page in (library / "Small").iterdir():
            archive.write(page, page.name)
    shutil.rmtree(library / "Small")
    again = world.submit(user, world.scan("Small.cbz"))
    assert world.prepare_here()
    assert (world.job(again).status, world.job(again).sha256) == ("ready", sha256)

"""A layout whose comics change, or cannot be read: nothing wrong is sent, and a reason is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from comic_downloads.db.tables import ArtifactLayout, Job
from tests.waiting import wait_for

from .layouts import WRITERS, Draft, draft_of, pages_of
from .live_server import live_server
from .shelf import Shelf


@dataclass
class Fault:
    """A ready layout of a CBZ of stored pages, and a client."""

    shelf: Shelf
    client: TestClient
    draft: Draft
    job: Job
    url: str

    @property
    def comic(self) -> Path:
        return self.shelf.context.settings.library / "owl.cbz"

    def layout_count(self) -> int:
        with self.shelf.context.db.read() as session:
            return len(session.exec(select(ArtifactLayout)).all())


@pytest.fixture
def fault(shelf: Shelf) -> Iterator[Fault]:
    library = shelf.context.settings.library
    library.mkdir(parents=True)
    (library / "another comic").touch()
    draft = draft_of(library, "stored", pages_of(3, 2000))
    job = shelf.add_layout(shelf.add_user(), draft.layout)
    with TestClient(shelf.app(), raise_server_exceptions=False) as client:
        yield Fault(shelf, client, draft, job, shelf.link(job))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_page_that_changed_before_is_410_and_fails_the_download_by_name(
    fault: Fault, method: str
) -> None:
    twin = fault.shelf.add_layout(fault.shelf.add_user(), fault.draft.layout)
    fault.comic.unlink()
    answer = fault.client.request(method, fault.url)
    job = fault.shelf.job(fault.job.id)

    assert answer.status_code == 410
    assert (job.status, job.error_code) == ("failed", "comic_changed")
    assert job.error_message.startswith("Page 1 (001.jpg) of “Owl #1” is not there any more.")
    assert (job.error_comic_id, job.error_page_index) == ("comic-0", 0)
    assert (job.artifact_id, job.progress, job.finished_at is None) == (None, 0, False)
    assert fault.shelf.job(twin.id).status == "failed"
    assert fault.layout_count() == 0
    later = fault.client.get(fault.url)
    assert (later.status_code, later.json()["code"]) == (410, "file_gone")
    assert "Page 1 (001.jpg) of “Owl #1” is not there any more." in later.json()["detail"]


def test_a_page_that_changed_meanwhile_ends_the_answer_before_it(fault: Fault) -> None:
    damaged = bytearray(fault.comic.read_bytes())
    second = fault.draft.data.index(b"--002.jpg--") + len(b"--002.jpg--")
    damaged[damaged.index(fault.draft.data[second : second + 100])] ^= 1
    fault.comic.write_bytes(bytes(damaged))
    answer = fault.client.get(fault.url)
    job = fault.shelf.job(fault.job.id)

    assert answer.content == fault.draft.data[:second]
    assert job.status == "failed"
    assert job.error_message.startswith("Page 2 (002.jpg) of “Owl #1” was changed or damaged")
    part = fault.client.get(fault.url, headers={"Range": f"bytes={second}-"})
    assert part.status_code == 410


def test_a_library_that_is_away_is_503_and_the_download_goes_on_when_it_is_back(
    fault: Fault,
) -> None:
    library = fault.shelf.context.settings.library
    library.rename(library.with_name("away"))
    answers = [fault.client.get(fault.url), fault.client.get(fault.url)]

    assert {answer.status_code for answer in answers} == {503}
    assert {answer.json()["code"] for answer in answers} == {"library_away"}
    assert "retry-after" in answers[0].headers
    assert fault.shelf.job(fault.job.id).status == "ready"
    library.with_name("away").rename(library)
    assert fault.client.get(fault.url).content == fault.draft.data


def test_a_disk_that_fails_on_a_page_is_503_and_fails_nothing(
    fault: Fault, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault.shelf.clock.ahead = timedelta(minutes=1)
    data_at = fault.comic.read_bytes().index(b"002.jpg")
    second = fault.draft.data.index(b"--002.jpg--")
    preadv = os.preadv

    def fail(descriptor: int, buffers: Any, offset: int, flags: int = 0) -> int:
        if offset > data_at:
            raise OSError(5, "Input/output error")
        return preadv(descriptor, buffers, offset, flags)

    monkeypatch.setattr(os, "preadv", fail)
    whole = fault.client.get(fault.url)
    part = fault.client.get(fault.url, headers={"Range": f"bytes={second + 50}-"})

    assert fault.draft.data.startswith(whole.content)
    assert len(whole.content) < len(fault.draft.data)
    assert (part.status_code, part.json()["code"]) == (503, "storage_unavailable")
    assert part.json()["detail"].startswith("Page 2 of “Owl #1” cannot be read now: Input/output")
    assert (part.json()["comic_id"], part.json()["page_index"]) == ("comic-0", 1)
    assert fault.shelf.job(fault.job.id).status == "ready"
    monkeypatch.undo()
    assert fault.client.get(fault.url).content == fault.draft.data


PAGES = pages_of(24, 2_000_000)


def _rewrite_in_place(comic: Path) -> None:
    with comic.open("r+b") as file:
        for offset in range(0, comic.stat().st_size, 65536):
            file.seek(offset)
            file.write(b"\x5a" * 1000)


def _replace(comic: Path) -> None:
    other = comic.with_name("other")
    WRITERS["stored"](other, pages_of(24, 2_000_000, seed=2))
    other.replace(comic)


CHANGES: dict[str, Callable[[Path], object]] = {
    "rewritten in place": _rewrite_in_place,
    "replaced": _replace,
    "truncated": lambda comic: os.truncate(comic, 1_000_000),
    "renamed": lambda comic: comic.rename(comic.with_name("elsewhere.cbz")),
}


@dataclass
class Cut:
    """What a client received of a transfer that was broken off."""

    received: bytes
    is_whole: bool


def _fetch(url: str, change: Callable[[], object]) -> Cut:
    """Fetch the file; make the change once the first bytes have arrived."""
    with httpx.stream("GET", url, timeout=60) as response:
        pieces = response.iter_raw()
        received = bytearray(next(pieces))
        change()
        with suppress(httpx.RemoteProtocolError):
            for piece in pieces:
                received += piece
            return Cut(bytes(received), is_whole=True)
    return Cut(bytes(received), is_whole=False)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Shelf, str]]:
    """Yield a shelf and a server over it, for which files are settled after they were written."""
    shelf = Shelf(tmp_path_factory.mktemp("faults"))
    shelf.context.settings.library.mkdir(parents=True)
    (shelf.context.settings.library / "another comic").touch()
    with live_server(shelf.folder, AHEAD_SECONDS="1800") as address:
        yield shelf, address
    shelf.close()


@pytest.mark.parametrize("change", CHANGES)
def test_a_client_sees_that_its_copy_is_not_whole_when_the_comic_changes(
    server: tuple[Shelf, str], change: str
) -> None:
    shelf, address = server
    comic = shelf.context.settings.library / f"{change}.cbz"
    draft = Draft()
    draft.add_comic(comic.name, WRITERS["stored"](comic, PAGES), PAGES)
    job = shelf.add_layout(shelf.add_user(), draft.layout)
    url = address + shelf.link(job)

    cut = _fetch(url, lambda: CHANGES[change](comic))

    assert not cut.is_whole
    assert draft.data.startswith(cut.received)
    failed = wait_for("the download to fail", lambda: shelf.job(job.id).status == "failed")
    assert failed
    assert "of “Owl #1”" in shelf.job(job.id).error_message
    again = httpx.get(url, headers={"Range": f"bytes={len(cut.received)}-"})
    assert (again.status_code, again.json()["code"]) == (410, "file_gone")


def test_a_transfer_goes_on_after_the_library_was_away(server: tuple[Shelf, str]) -> None:
    shelf, address = server
    library = shelf.context.settings.library
    draft, away = Draft(), library.with_name("away")
    draft.add_comic("far.cbz", WRITERS["stored"](library / "far.cbz", PAGES), PAGES)
    job = shelf.add_layout(shelf.add_user(), draft.layout)
    url = address + shelf.link(job)

    cut = _fetch(url, lambda: library.rename(away))

    assert not cut.is_whole
    meanwhile = httpx.get(url, headers={"Range": f"bytes={len(cut.received)}-"})
    assert (meanwhile.status_code, meanwhile.json()["code"]) == (503, "library_away")
    assert shelf.job(job.id).status == "ready"
    away.rename(library)
    part = {"Range": f"bytes={len(cut.received)}-", "If-Range": f'"{job.etag}"'}
    rest = httpx.get(url, headers=part, timeout=60)
    assert rest.status_code == 206
    assert cut.received + rest.content == draft.data

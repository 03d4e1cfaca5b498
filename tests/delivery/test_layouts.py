"""A layout is sent as a file is: ranges, conditions, counting, limits and cleaning up."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from comic_downloads.db import artifacts
from comic_downloads.db.delivery import heartbeat
from comic_downloads.db.tables import Artifact, ArtifactLayout, Job, Transfer
from comic_downloads.domain.identity import new_id
from comic_downloads.usecases.artifacts import CHECK_AGAIN_AFTER, drop_if_unreferenced, scrub
from comic_downloads.usecases.operations.maintenance import purge, reconcile
from tests.waiting import wait_for

from .cutting_proxy import cutting_proxy
from .layouts import WRITERS, Draft, draft_of, pages_of
from .live_server import live_server
from .shelf import Shelf
from .test_clients import budgets, need
from .test_share_limit import open_stall


@dataclass
class Sent:
    """A ready layout, the link to it, and a client."""

    shelf: Shelf
    client: TestClient
    draft: Draft
    job: Job
    url: str

    @property
    def data(self) -> bytes:
        return self.draft.data

    def layout_count(self) -> int:
        with self.shelf.context.db.read() as session:
            return len(session.exec(select(ArtifactLayout)).all())


@pytest.fixture(params=WRITERS)
def sent(request: pytest.FixtureRequest, shelf: Shelf) -> Iterator[Sent]:
    library = shelf.context.settings.library
    library.mkdir(parents=True)
    draft = draft_of(library, request.param, pages_of(3, 2000))
    job = shelf.add_layout(shelf.add_user(), draft.layout)
    with TestClient(shelf.app(), follow_redirects=False) as client:
        yield Sent(shelf, client, draft, job, shelf.link(job))


stored = pytest.mark.parametrize("sent", ["stored"], indirect=True)


def test_a_layout_is_sent_whole_and_in_ranges(sent: Sent) -> None:
    whole = sent.client.get(sent.url)
    part = sent.client.get(sent.url, headers={"Range": "bytes=5-3000"})
    last = sent.client.get(sent.url, headers={"Range": "bytes=-7"})
    several = sent.client.get(sent.url, headers={"Range": "bytes=4000-4100,1-2,-1"})

    assert (whole.status_code, whole.content) == (200, sent.data)
    assert whole.headers["etag"] == f'"{sent.job.etag}"'
    assert (part.status_code, part.content) == (206, sent.data[5:3001])
    assert part.headers["content-range"] == f"bytes 5-3000/{len(sent.data)}"
    assert (last.status_code, last.content) == (206, sent.data[-7:])
    assert several.headers["content-type"].startswith("multipart/byteranges")
    for piece in (sent.data[4000:4101], sent.data[1:3], sent.data[-1:]):
        assert piece in several.content


@stored
def test_conditions_and_head_are_answered_as_for_a_file(sent: Sent) -> None:
    etag, part = f'"{sent.job.etag}"', {"Range": "bytes=9-"}
    head = sent.client.head(sent.url)
    same = sent.client.get(sent.url, headers={**part, "If-Range": etag})
    other = sent.client.get(sent.url, headers={**part, "If-Range": '"other"'})

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(sent.data))
    assert (same.status_code, same.content) == (206, sent.data[9:])
    assert (other.status_code, other.content) == (200, sent.data)
    assert sent.client.get(sent.url, headers={"If-None-Match": etag}).status_code == 304
    assert sent.client.get(sent.url, headers={"If-Match": '"other"'}).status_code == 412
    assert sent.client.get(sent.url, headers={"Range": "bytes=999999-"}).status_code == 416


@stored
def test_the_digest_is_told_from_when_it_is_known(sent: Sent) -> None:
    before = sent.client.get(sent.url).headers
    with sent.shelf.context.db.write() as session:
        artifacts.set_sha256(session, sent.job.artifact_id or "", "ab" * 32)
    after = sent.client.get(sent.url).headers

    assert "repr-digest" not in before
    assert "digest" not in before
    assert after["repr-digest"].startswith("sha-256=:q6urq6u")
    assert after["etag"] == before["etag"]


@stored
def test_what_is_sent_is_counted(sent: Sent) -> None:
    sent.client.get(sent.url, headers={"Range": "bytes=0-99"})
    assert wait_for(
        "a part to be counted", lambda: sent.shelf.job(sent.job.id).downloaded_bytes == 100
    )
    sent.client.get(sent.url)
    assert wait_for(
        "everything to be counted",
        lambda: sent.shelf.job(sent.job.id).downloaded_bytes == len(sent.data),
    )


@stored
def test_a_share_with_a_limit_counts_layouts(sent: Sent) -> None:
    stall = open_stall(sent.shelf, max_downloads=1)
    job = sent.shelf.add_layout(stall.user_id, sent.draft.layout)
    sent.shelf.change(job.id, share_id=stall.share_id, guest_id=new_id(sent.shelf.clock()))
    url = stall.link(job.id)

    assert sent.client.get(url).content == sent.data
    assert stall.counted(1)
    assert sent.client.get(url).json()["code"] == "share_used_up"
    rest = sent.client.get(url, headers={"Range": "bytes=100-"})
    assert (rest.status_code, rest.content) == (206, sent.data[100:])


@stored
def test_a_layout_is_sent_by_us_where_the_server_in_front_sends_files(sent: Sent) -> None:
    behind = Shelf(sent.shelf.folder, {"send_file": "x-accel-redirect"})
    with TestClient(behind.app()) as client:
        answer = client.get(sent.url)
    behind.close()
    assert "x-accel-redirect" not in answer.headers
    assert answer.content == sent.data


@stored
def test_a_layout_is_purged_after_its_time_but_not_while_it_is_sent(sent: Sent) -> None:
    shelf, now = sent.shelf, sent.shelf.clock()
    row = Transfer(id=new_id(now), artifact_id=sent.job.artifact_id or "", job_id=sent.job.id)
    shelf.clock.ahead = timedelta(days=2)
    with shelf.context.db.write() as session:
        heartbeat(session, [row], shelf.clock())
    purge(shelf.context)
    assert shelf.job(sent.job.id).status == "ready"

    shelf.clock.ahead = timedelta(days=3)
    purge(shelf.context)
    assert shelf.job(sent.job.id).status == "expired"
    assert sent.layout_count() == 0


@stored
def test_a_layout_that_is_dropped_frees_its_own_bytes_only(sent: Sent) -> None:
    artifact_id = sent.job.artifact_id or ""
    with sent.shelf.context.db.read() as session:
        own_bytes = session.get_one(Artifact, artifact_id).layout_bytes
    sent.shelf.change(sent.job.id, status="expired", artifact_id=None, progress=0)
    sent.shelf.clock.ahead = timedelta(days=2)

    assert drop_if_unreferenced(sent.shelf.context, artifact_id) == own_bytes
    assert sent.layout_count() == 0


@stored
def test_layouts_are_not_taken_for_files_that_are_lost(sent: Sent) -> None:
    sent.shelf.clock.ahead = 2 * CHECK_AGAIN_AFTER
    reconcile(sent.shelf.context)

    assert scrub(sent.shelf.context, lambda: False) == 0
    assert sent.shelf.job(sent.job.id).status == "ready"


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, bytes]]:
    """Yield the address of a layout of both kinds of pages on a real server, and its bytes."""
    shelf = Shelf(tmp_path_factory.mktemp("line"))
    library = shelf.context.settings.library
    draft = Draft()
    for form, number in (("stored", 1), ("deflated", 2), ("folder", 3)):
        pages = pages_of(4, 1_000_000, seed=number)
        path = library / f"owl {number}"
        draft.add_comic(path.name, WRITERS[form](path, pages), pages)
    job = shelf.add_layout(shelf.add_user(), draft.layout)
    # An hour later the files count as settled, so that they are read in place.
    with live_server(shelf.folder, AHEAD_SECONDS="1800") as server:
        yield server + shelf.link(job), draft.data
    shelf.close()


def test_curl_resumes_a_layout_over_a_bad_line(line: tuple[str, bytes], tmp_path: Path) -> None:
    url, data = line
    server, path = url[: url.index("/d/")], url[url.index("/d/") :]
    target = tmp_path / "curl.cbz"
    with cutting_proxy(server, budgets(1, 5)) as proxy:
        command = [need("curl"), "-sS", "-f", "-C", "-", "-o", str(target), proxy.address + path]
        codes = [
            subprocess.run(command, check=False, capture_output=True, timeout=60).returncode
            for _ in range(6)
        ]
        assert proxy.cuts > 0
    assert codes[-1] == 0
    assert target.read_bytes() == data


def test_aria2_fetches_a_layout_over_eight_connections(
    line: tuple[str, bytes], tmp_path: Path
) -> None:
    url, data = line
    options = ["-x8", "-s8", "-k1M", "-q", "--file-allocation=none"]
    command = [need("aria2c"), *options, "-d", str(tmp_path), "-o", "aria.cbz", url]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    assert (tmp_path / "aria.cbz").read_bytes() == data

"""The programs that people download with, on a bad line: all receive exactly the same bytes."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from comic_downloads.db.tables import Job
from comic_downloads.domain.errors import NotReady
from comic_downloads.usecases.delivery.links import make_link
from tests.waiting import wait_for

from .cutting_proxy import cutting_proxy
from .live_server import live_server
from .shelf import Shelf

SIZE = 12 * 1024 * 1024 + 123


class Line:
    """A real server with one ready file; ``path`` is the link without the host."""

    def __init__(self, shelf: Shelf, server: str, job: Job, data: bytes) -> None:
        self.shelf, self.server, self.job, self.data = shelf, server, job, data
        self.path = shelf.link(job)

    @property
    def url(self) -> str:
        return self.server + self.path


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    shelf = Shelf(tmp_path_factory.mktemp("served"))
    data = os.urandom(SIZE)
    job = shelf.add_ready(shelf.add_user(), data, filename="comic.cbz")
    with live_server(shelf.folder) as server:
        yield Line(shelf, server, job, data)
    shelf.close()


def budgets(seed: int, count: int) -> list[int]:
    """Return points to cut at, from inside the headers to deep in the file."""
    numbers = random.Random(seed)
    return [
        numbers.choice([numbers.randrange(1, 900), numbers.randrange(900, SIZE // 2)])
        for _ in range(count)
    ]


def need(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_curl_resumes_to_the_same_bytes(line: Line, tmp_path: Path, seed: int) -> None:
    target = tmp_path / "curl.cbz"
    with cutting_proxy(line.server, budgets(seed, 6)) as proxy:
        for _ in range(20):
            command = [
                need("curl"),
                "-sS",
                "-f",
                "-C",
                "-",
                "-o",
                str(target),
                proxy.address + line.path,
            ]
            if (
                subprocess.run(command, check=False, capture_output=True, timeout=60).returncode
                == 0
            ):
                break
        assert proxy.cuts > 0
    assert digest(target) == line.job.sha256


def test_curl_with_a_finished_file_leaves_it_alone(line: Line, tmp_path: Path) -> None:
    target = tmp_path / "done.cbz"
    target.write_bytes(line.data)
    subprocess.run(
        [need("curl"), "-sS", "-C", "-", "-o", str(target), line.url],
        check=True,
        capture_output=True,
        timeout=60,
    )
    assert digest(target) == line.job.sha256


@pytest.mark.parametrize("seed", [4, 5])
def test_wget_resumes_to_the_same_bytes(line: Line, tmp_path: Path, seed: int) -> None:
    target = tmp_path / "wget.cbz"
    with cutting_proxy(line.server, budgets(seed, 6)) as proxy:
        command = [
            need("wget"),
            "-q",
            "-c",
            "--tries=20",
            "--waitretry=0",
            "-O",
            str(target),
            proxy.address + line.path,
        ]
        # A cut before the first byte ends wget at once.
        for _ in range(3):
            if (
                subprocess.run(command, check=False, capture_output=True, timeout=60).returncode
                == 0
            ):
                break
        assert proxy.cuts > 0
    assert digest(target) == line.job.sha256


@pytest.mark.parametrize("seed", [6, 7])
def test_aria2_with_four_connections_ends_with_the_same_bytes(
    line: Line, tmp_path: Path, seed: int
) -> None:
    options = [
        "-x4",
        "-s4",
        "-k1M",
        "--max-tries=0",
        "--allow-overwrite=true",
        "--continue=true",
        "--file-allocation=none",
        "-q",
    ]
    with cutting_proxy(line.server, budgets(seed, 12)) as proxy:
        for _ in range(10):
            command = [
                need("aria2c"),
                *options,
                "-d",
                str(tmp_path),
                "-o",
                "aria.cbz",
                proxy.address + line.path,
            ]
            if (
                subprocess.run(command, check=False, capture_output=True, timeout=60).returncode
                == 0
            ):
                break
        assert proxy.connections >= 4
        assert proxy.cuts > 0
    assert digest(tmp_path / "aria.cbz") == line.job.sha256


def test_the_bytes_of_all_connections_are_counted_once(line: Line, tmp_path: Path) -> None:
    command = [need("aria2c"), "-x4", "-s4", "-k1M", "-q", "-d", str(tmp_path), line.url]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    assert wait_for(
        "the bytes to be counted", lambda: line.shelf.job(line.job.id).downloaded_bytes == SIZE
    )


def test_a_link_that_expires_in_the_middle_lets_the_transfer_end_and_a_fresh_one_goes_on(
    tmp_path: Path,
) -> None:
    shelf = Shelf(tmp_path / "data", {"link_ttl_seconds": 2})
    data = os.urandom(SIZE)
    job = shelf.add_ready(shelf.add_user(), data)
    with live_server(shelf.folder) as server:
        old = server + shelf.link(job)
        with httpx.stream("GET", old) as response:
            pieces = response.iter_raw()
            received = next(pieces)
            assert wait_for("the link to end", lambda: httpx.head(old).status_code == 410)
            assert httpx.get(old).json()["code"] == "link_expired"
            received += b"".join(pieces)
        fresh = httpx.get(
            server + shelf.link(job),
            headers={"Range": "bytes=1000-", "If-Range": response.headers["etag"]},
        )
    shelf.close()
    assert received == data
    assert (fresh.status_code, fresh.content) == (206, data[1000:])


def test_a_file_purged_in_the_middle_is_sent_to_its_end_and_then_gone(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "data")
    data = os.urandom(SIZE)
    job = shelf.add_ready(shelf.add_user(), data)
    with live_server(shelf.folder) as server:
        url = server + shelf.link(job)
        with httpx.stream("GET", url) as response:
            pieces = response.iter_raw()
            received = next(pieces)
            shelf.blob_path(job).unlink()
            shelf.change(job.id, status="expired", progress=0, artifact_id=None)
            received += b"".join(pieces)
        afterwards = httpx.get(url)
    assert received == data
    assert (afterwards.status_code, afterwards.json()["code"]) == (410, "file_gone")
    with pytest.raises(NotReady):
        make_link(shelf.context, job.user_id, job.id)
    shelf.close()


def test_ten_stalled_readers_do_not_stop_others(line: Line) -> None:
    address = urlsplit(line.server)
    stalled = []
    for _ in range(10):
        reader = socket.create_connection((address.hostname or "", address.port or 0))
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.sendall(f"GET {line.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        assert reader.recv(15) == b"HTTP/1.1 200 OK"
        stalled.append(reader)
    assert hashlib.sha256(httpx.get(line.url, timeout=10).content).hexdigest() == line.job.sha256
    for reader in stalled:
        reader.close()


def test_a_client_that_leaves_is_not_counted_further(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path / "data")
    job = shelf.add_ready(shelf.add_user(), bytes(256 * 1024 * 1024))
    with live_server(shelf.folder) as server:
        with httpx.stream("GET", server + shelf.link(job)) as response:
            pieces = response.iter_raw()
            assert wait_for(
                "the first bytes to be counted",
                lambda: next(pieces) and shelf.job(job.id).downloaded_bytes > 0,
            )
            assert wait_for("the transfer to be noted", lambda: shelf.transfers() == 1)
        assert wait_for("the transfer to be over", lambda: shelf.transfers() == 0)
        assert shelf.job(job.id).downloaded_bytes < 192 * 1024 * 1024
    shelf.close()

"""An upload whose server is killed leaves nothing in the library."""

from __future__ import annotations

import os
import signal
import socket
from pathlib import Path
from urllib.parse import urlsplit

from tests.attack.conftest import OWNER, cookie_of, running_server, started_server
from tests.waiting import wait_for

HEAD = (
    b'--cut\r\nContent-Disposition: form-data; name="file"; filename="Long.cbz"\r\n'
    b"Content-Type: application/zip\r\n\r\n"
)


def begin_upload(url: str, cookie: str) -> socket.socket:
    """Send the beginning of a comic, and return the connection."""
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname or "", address.port or 0))
    request = (
        f"POST /api/v1/comics HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookie}\r\n"
        "Content-Type: multipart/form-data; boundary=cut\r\nContent-Length: 50000000\r\n\r\n"
    )
    connection.sendall(request.encode() + HEAD + bytes(4_000_000))
    return connection


def parts(library: Path) -> list[str]:
    """Return the hidden files of uploads in the library folder."""
    return [path.name for path in library.iterdir() if "upload" in path.name]


def test_upload_cut_by_a_kill_is_removed_at_the_next_start(tmp_path: Path):
    library = tmp_path / "data" / "library"
    with (
        running_server(tmp_path) as (url, process),
        begin_upload(url, cookie_of(url, OWNER)),
    ):
        wait_for("the upload's file", lambda: parts(library))
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
    assert len(parts(library)) == 1

    with started_server(tmp_path):
        wait_for("the upload's file to be removed", lambda: not parts(library))
        assert wait_for("the demo", lambda: [path.name for path in library.glob("[!.]*")])

"""Bodies that do not arrive do not hold a connection for ever."""

from __future__ import annotations

import http.client
import json
import select
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.context import Context
from comic_downloads.web.api import app

from .serving import served

LIMIT_SECONDS = 1.0
# What the test waits for the server at most.
PATIENCE_SECONDS = 20.0


@pytest.fixture
def server(context: Context, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(app, "BODY_SECONDS", LIMIT_SECONDS)
    with served(context) as url:
        yield url


class SlowClient:
    """A connection that sends a request piece by piece."""

    def __init__(self, url: str, head: str, length: int) -> None:
        address = urlsplit(url)
        self._socket = socket.create_connection((address.hostname, address.port))
        self._socket.settimeout(PATIENCE_SECONDS)
        self.send(f"{head}\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n".encode())

    def send(self, data: bytes) -> None:
        self._socket.sendall(data)

    def is_answered_within(self, seconds: float) -> bool:
        """Wait for an answer, and return False if none has come by then."""
        return bool(select.select([self._socket], [], [], seconds)[0])

    def answer(self) -> tuple[int, str]:
        """Return the status and the code of the answer, and hang up."""
        response = http.client.HTTPResponse(self._socket)
        response.begin()
        body = response.read()
        self._socket.close()
        return response.status, json.loads(body).get("code", "")


@pytest.mark.parametrize("first", [b"", b'{"user'])
def test_body_that_stops_is_answered_with_408(server: str, first: bytes):
    client = SlowClient(
        server, "POST /api/v1/session HTTP/1.1\r\nContent-Type: application/json", 60
    )
    client.send(first)
    assert client.answer() == (408, "request_timeout")


def test_body_that_trickles_is_answered_with_408(server: str):
    client = SlowClient(
        server, "POST /api/v1/session HTTP/1.1\r\nContent-Type: application/json", 600
    )
    for _ in range(100):
        client.send(b" ")
        # A piece that is sent at the moment of the answer would reset the connection, so that the
        # answer comes in the middle between two pieces.
        if client.is_answered_within(LIMIT_SECONDS / 1.5):
            break
    assert client.answer() == (408, "request_timeout")


def upload(server: str, owner: TestClient) -> SlowClient:
    return SlowClient(
        server,
        "POST /api/v1/comics HTTP/1.1\r\n"
        f"Cookie: session={owner.cookies['session']}\r\n"
        "Content-Type: multipart/form-data; boundary=edge",
        2 * 1024 * 1024,
    )


FORM = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.cbz"\r\n\r\n'


def test_upload_that_stops_is_answered_with_408_and_leaves_nothing(
    server: str, owner: TestClient, context: Context
):
    client = upload(server, owner)
    client.send(FORM + bytes(1024 * 1024))
    assert client.answer() == (408, "request_timeout")
    assert list(context.settings.library.iterdir()) == []


def test_upload_may_take_longer_than_a_body_as_long_as_bytes_come(
    context: Context, owner: TestClient, monkeypatch: pytest.MonkeyPatch
):
    # So long that no pause of a slow machine between two pieces is taken for the end.
    monkeypatch.setattr(app, "BODY_SECONDS", 4 * LIMIT_SECONDS)
    with served(context) as server:
        client = upload(server, owner)
        client.send(FORM)
        for _ in range(8):
            client.send(bytes(1000))
            assert not client.is_answered_within(0.6 * LIMIT_SECONDS)
        end = b"\r\n--edge--\r\n"
        client.send(bytes(2 * 1024 * 1024 - len(FORM) - 8000 - len(end)) + end)
        assert client.answer() == (422, "comic_unreadable")  # All of it arrived.

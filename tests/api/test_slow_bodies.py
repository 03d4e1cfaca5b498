"""Bodies that do not arrive do not hold a connection for ever."""

from __future__ import annotations

import http.client
import json
import select
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from fastapi.testclient import TestClient

from comic_downloads.usecases.context import Context
from comic_downloads.web.api import app
from comic_downloads.web.api.middleware.body_limit import MAX_UNFINISHED
from tests.waiting import wait_for

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

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

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


def test_network_with_too_many_unfinished_bodies_is_refused_more_until_one_ends(context: Context):
    """Only bodies are counted, and other networks are not held up."""

    def attempt(address: str) -> httpx.Response:
        headers = {"X-Forwarded-For": address}
        return httpx.post(f"{server}/api/v1/session", json={}, headers=headers)

    with served(context) as server:
        head = (
            "POST /api/v1/session HTTP/1.1\r\nContent-Type: application/json\r\n"
            "X-Forwarded-For: 192.0.2.1"
        )
        clients = [SlowClient(server, head, 2) for _ in range(MAX_UNFINISHED + 1)]
        one_too_many = wait_for(
            "the refusal", lambda: [one for one in clients if one.is_answered_within(0)]
        )
        held = [client for client in clients if client not in one_too_many]
        assert len(held) == MAX_UNFINISHED
        refused = attempt("192.0.2.1")
        assert refused.json()["code"] == "too_many_connections"
        assert int(refused.headers["Retry-After"]) > 0
        assert httpx.get(f"{server}/health", headers={"X-Forwarded-For": "192.0.2.1"}).is_success
        assert attempt("192.0.2.2").status_code == 422

        held[0].send(b"{}")
        assert held[0].answer() == (422, "invalid_request")
        assert attempt("192.0.2.1").status_code == 422
        for client in (*held[1:], *one_too_many):
            client.close()


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

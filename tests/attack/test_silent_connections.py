"""A connection that asks for nothing is closed."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

HEADER_SECONDS = 30  # Granian's limit for the header of a request.


@pytest.mark.parametrize("sent", [b"", b"GET / HT"])
def test_connection_that_sends_no_whole_header_is_closed(server: str, sent: bytes) -> None:
    address = urlsplit(server)
    with socket.create_connection((address.hostname, address.port)) as silent:
        silent.settimeout(2 * HEADER_SECONDS)
        silent.sendall(sent)
        assert silent.recv(100) == b""

"""A client that keeps a response open cannot keep the server from stopping."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest

from tests.attack.conftest import MEMBER, cookie_of, running_server

# Less than the grace period in compose.yaml.
STOP_TIMEOUT_SECONDS = 14


def test_open_event_stream_does_not_hold_up_a_stop(tmp_path: Path):
    with (
        running_server(tmp_path) as (url, process),
        httpx.stream(
            "GET", f"{url}/api/v1/events", headers={"Cookie": cookie_of(url, MEMBER)}, timeout=30
        ) as stream,
    ):
        lines = stream.iter_lines()
        # The first line shows that the stream is open.
        assert next(lines).startswith("retry:")

        # Only the first process gets the signal, as in a container.
        process.send_signal(signal.SIGINT)

        assert process.wait(STOP_TIMEOUT_SECONDS) == 0
        # The response breaks off, so that nobody mistakes half of it for the whole.
        with pytest.raises(httpx.RemoteProtocolError):
            list(lines)

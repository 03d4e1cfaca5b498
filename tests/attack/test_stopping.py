"""Nobody who keeps an answer open can keep the server from stopping."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest

from tests.attack.conftest import MEMBER, cookie_of, running_server

STOP_TIMEOUT_SECONDS = 14  # less than the grace period of compose.yaml


def test_open_event_stream_does_not_hold_up_a_stop(tmp_path: Path):
    with (
        running_server(tmp_path) as (url, process),
        httpx.stream(
            "GET", f"{url}/api/v1/events", headers={"Cookie": cookie_of(url, MEMBER)}, timeout=30
        ) as stream,
    ):
        lines = stream.iter_lines()
        assert next(lines).startswith("retry:")  # it is open

        process.send_signal(signal.SIGINT)  # to the first process alone, as in a container

        assert process.wait(STOP_TIMEOUT_SECONDS) == 0
        with pytest.raises(
            httpx.RemoteProtocolError
        ):  # broken off, so that nobody takes half an answer for a whole one
            list(lines)

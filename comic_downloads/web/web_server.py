"""Start Granian, the web server, so that it closes connections that stay silent."""

from __future__ import annotations

from typing import Any

import granian.server
from granian.constants import HTTPModes


class _Http1Server(granian.server.Server):  # pyright: ignore[reportGeneralTypeIssues]
    """A Granian server for HTTP/1.1 alone.

    While it waits for the bytes that tell HTTP/1.1 from HTTP/2, Granian 2.8.7 has no time limit.
    Without HTTP/2, a connection that sends no complete header within 30 s is closed.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"http": HTTPModes.http1, **options})


def close_silent_connections() -> None:
    """Make Reflex, which has no setting for it, start this server."""
    granian.server.Server = _Http1Server

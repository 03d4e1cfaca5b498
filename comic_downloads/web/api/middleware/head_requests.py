"""Answer HEAD requests to the HTTP interface."""

from __future__ import annotations

import re

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .. import paths as api
from .api_paths import ApiPaths, is_file_of_share

_CATALOGUE_FILE = re.compile(rf"{api.CATALOGUES}/[^/]+/(files|downloads)/")


class HeadAsGet:
    """Handles HEAD as GET and drops the body (RFC 9110, section 9.3.2).

    Files are exempt, because their routes handle HEAD without opening the file.
    """

    def __init__(self, app: ASGIApp, paths: ApiPaths) -> None:
        self.app = app
        self.paths = paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the request; a HEAD as a GET without Range, which only GET has (section 14.2)."""
        is_file = scope["type"] == "http" and _is_file(scope["path"])
        if not self.paths.own(scope) or scope["method"] != "HEAD" or is_file:
            return await self.app(scope, receive, send)

        async def send_without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await self.app({**scope, "method": "GET", "headers": headers}, receive, send_without_body)


def _is_file(path: str) -> bool:
    """Return whether a file is at this path.

    It is one behind a link or of a share, the archive of a group, or what a catalogue leads to.
    """
    return (
        path.startswith(f"{api.FILES}/")
        or ("/groups/" in path and path.endswith("/file"))
        or _CATALOGUE_FILE.match(path) is not None
        or is_file_of_share(path)
    )

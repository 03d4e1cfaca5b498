"""Tell requests for the HTTP interface from requests for pages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.types import Scope

from ..paths import SHARE_PAGES

_FILE_OF_SHARE = re.compile(rf"{SHARE_PAGES}/[^/]+/[^/]+", re.DOTALL)


@dataclass(frozen=True)
class ApiPaths:
    """The first segments of the paths that belong to the HTTP interface, such as ``/api``.

    The files of a share belong to it, too, but not the page of the share.
    """

    prefixes: frozenset[str]

    @classmethod
    def of(cls, routers: Iterable[APIRouter]) -> Self:
        """Return the first segments of all routes of these routers."""
        routes = (route for router in routers for route in router.routes)
        first = {_first_segment(route.path) for route in routes if isinstance(route, APIRoute)}
        return cls(frozenset(first - {SHARE_PAGES}))

    def own(self, scope: Scope) -> bool:
        """Return True for a request to the HTTP interface, False for a page or a websocket."""
        if scope["type"] != "http":
            return False
        path = scope["path"]
        return _first_segment(path) in self.prefixes or is_file_of_share(path)


def is_file_of_share(path: str) -> bool:
    """Return whether a file of a share is at this path."""
    return _FILE_OF_SHARE.fullmatch(path) is not None


def _first_segment(path: str) -> str:
    return "/" + path.removeprefix("/").partition("/")[0]

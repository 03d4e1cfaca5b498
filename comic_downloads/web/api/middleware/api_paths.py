"""Tell requests for the HTTP interface from requests for pages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.types import Scope


@dataclass(frozen=True)
class ApiPaths:
    """The first segments of the paths that belong to the HTTP interface, such as ``/api``."""

    prefixes: frozenset[str]

    @classmethod
    def of(cls, routers: Iterable[APIRouter]) -> Self:
        """Return the first segments of all routes of these routers."""
        routes = (route for router in routers for route in router.routes)
        return cls(
            frozenset(_first_segment(route.path) for route in routes if isinstance(route, APIRoute))
        )

    def own(self, scope: Scope) -> bool:
        """Return True for a request to the HTTP interface, False for a page or a websocket."""
        return scope["type"] == "http" and _first_segment(scope["path"]) in self.prefixes


def _first_segment(path: str) -> str:
    return "/" + path.removeprefix("/").partition("/")[0]

"""Addresses of the HTTP interface that lead nowhere, and methods an address does not take.

The pages are mounted below the interface and answer everything else, so these have to be caught before.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
_ADDRESSES = (
    "/api",
    "/api/{path:path}",
    "/auth/{path:path}",
    "/d/{path:path}",
    "/health",
    "/health/{path:path}",
    "/metrics",
)


def unknown_addresses(routers: Sequence[APIRouter]) -> APIRouter:
    """The routes to add after all others: 404, or 405 with the methods that one of the routers takes at this address."""
    known = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    fallback = APIRouter()

    def refuse(request: Request) -> NoReturn:
        path = request.url.path
        # the address itself before patterns it happens to fit: /downloads/cleanup is no download's id
        here = [route for route in known if route.path == path] or [
            route for route in known if route.path_regex.match(path)
        ]
        allowed = {method for route in here for method in route.methods or ()}
        if allowed:
            allowed |= {"HEAD"} if "GET" in allowed else set()
            headers = {"Allow": ", ".join(sorted(allowed))}
            raise HTTPException(
                405, f"{path} takes {headers['Allow']}, not {request.method}.", headers
            )
        raise HTTPException(404, f"There is nothing at {path}. /api/v1/docs lists the addresses.")

    for address in _ADDRESSES:
        fallback.add_api_route(
            address, refuse, methods=ALL_METHODS, include_in_schema=False, response_model=None
        )
    return fallback

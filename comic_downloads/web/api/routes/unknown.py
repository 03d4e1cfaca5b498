"""Answer 404 or 405 for paths and methods that no route of the HTTP interface takes.

Reflex mounts the pages below the interface, so an unknown path would show a page otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from fastapi import APIRouter, Request
from fastapi.routing import APIRoute
from starlette.convertors import PathConvertor
from starlette.exceptions import HTTPException

from ....domain.errors import LinkInvalid
from .. import paths
from ..middleware.api_paths import ApiPaths

# Starlette's pattern for the rest of a path ends at a line break, which is valid in a path (%0A).
# Without this, such a path is unknown to the mounts above this interface, Reflex's among them.
PathConvertor.regex = "(?s:.*)"

ALL_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def unknown_paths(routers: Sequence[APIRouter], own_paths: ApiPaths) -> APIRouter:
    """Return the routes to add after those of ``routers``.

    They answer 405 with the allowed methods where one of the routers takes the path, else 404.
    """
    known = [route for router in routers for route in router.routes if isinstance(route, APIRoute)]
    fallback = APIRouter()

    def refuse(request: Request) -> NoReturn:
        path = request.url.path
        if allowed := _allowed_methods(known, path):
            allow = ", ".join(sorted(allowed))
            detail = f"{path} does not accept {request.method}. Use {allow}."
            raise HTTPException(405, detail, {"Allow": allow})
        if path.startswith(f"{paths.FILES}/"):
            raise LinkInvalid("This link ends too early. Copy it again, up to the file's name.")
        raise HTTPException(404, f"Nothing exists at {path}. See {paths.DOCS} for all paths.")

    for prefix in sorted(own_paths.prefixes):
        for path in (prefix, f"{prefix}/{{path:path}}"):
            fallback.add_api_route(
                path, refuse, methods=ALL_METHODS, include_in_schema=False, response_model=None
            )
    return fallback


def _allowed_methods(known: Sequence[APIRoute], path: str) -> set[str]:
    """Return the methods of the routes at this path; a literal route hides patterns that match.

    So /downloads/cleanup is not taken for the id of a download.
    """
    here = [route for route in known if route.path == path] or [
        route for route in known if route.path_regex.match(path)
    ]
    allowed = {method for route in here for method in route.methods or ()}
    return allowed | {"HEAD"} if "GET" in allowed else allowed

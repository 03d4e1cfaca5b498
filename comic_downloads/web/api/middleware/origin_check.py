"""Refuse changes that another website made a browser send (cross-site request forgery)."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from ....domain.errors import CrossOrigin
from ..errors import domain_problem
from .api_paths import ApiPaths

_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})  # RFC 9110, section 9.2.1


class OriginCheck:
    """Refuses unsafe methods whose Origin or Referer is neither BASE_URL nor this host.

    Browsers name the sending site in Origin, older ones in Referer. A request that has neither
    and no Sec-Fetch-Site comes from a program; SameSite=Lax on the cookie is the second defence
    there. A request with an access token and no cookie cannot be forged and passes.
    """

    def __init__(self, app: ASGIApp, paths: ApiPaths, base_url: str) -> None:
        self.app = app
        self.paths = paths
        self.base_origin = _origin(base_url)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the request, or answer 403 ``cross_origin``."""
        if (
            self.paths.own(scope)
            and scope["method"] not in _SAFE_METHODS
            and self._is_foreign(Headers(scope=scope))
        ):
            error = CrossOrigin(
                "This request was sent by another website, so it was not carried out."
            )
            return await domain_problem(error)(scope, receive, send)
        await self.app(scope, receive, send)

    def _is_foreign(self, headers: Headers) -> bool:
        if "authorization" in headers and "cookie" not in headers:
            return False
        sender = headers.get("origin") or headers.get("referer")
        if sender is None:
            return headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}
        origin = _origin(sender)
        # X-Forwarded-Host can be trusted here: a page that wants to set it must first ask us for
        # permission (a CORS preflight request), which we never grant.
        host = (
            headers.get("x-forwarded-host", headers.get("host", ""))
            .partition(",")[0]
            .strip()
            .lower()
        )
        return origin != self.base_origin and urlsplit(origin).netloc != host


def _origin(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()

"""Who asks for a catalogue: name and secret by HTTP Basic, or an access token.

Cookies are not accepted: a link of a catalogue prepares files, and other websites could make a
browser follow it.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from ...domain.account import Account
from ...domain.errors import (
    ComicDownloadsError,
    CrossOrigin,
    InvalidCredentials,
    NotSignedIn,
)
from ...usecases.accounts.access_tokens import account_of_token
from ...usecases.accounts.basic import BasicSignIn
from ..api.address import absolute, address_for
from ..api.authentication import client_ip
from ..api.basic import read_credentials
from ..api.errors import domain_problem, problem_responses
from .addresses import ROOT, Version

CHALLENGE = 'Basic realm="Comic Downloads", charset="UTF-8"'
DOCUMENT = f"{ROOT}/{Version.V2}/authentication"
# For the OpenAPI description.
_SECURITY: list[dict[str, list[str]]] = [{"HTTPBasic": []}, {"HTTPBearer": []}]
_DOCUMENT_TYPE = "application/opds-authentication+json"


def sign_in_responses(version: Version) -> dict[int | str, dict[str, Any]]:
    """Return how a stranger is answered, for the OpenAPI description."""
    if version is Version.V1:
        return problem_responses(401)
    return {401: {"description": "How to sign in", "content": {_DOCUMENT_TYPE: {}}}}


class CatalogueRoute(APIRoute):
    """A route that answers strangers with how to sign in to a catalogue."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Say in the OpenAPI description how to sign in."""
        options["openapi_extra"] = {**(options.get("openapi_extra") or {}), "security": _SECURITY}
        super().__init__(path, endpoint, **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await answer(request)
            except (NotSignedIn, InvalidCredentials) as refusal:
                return _challenge(request, refusal)

        return handle


def authentication_document(request: Request) -> dict[str, Any]:
    """Return the authentication document (Authentication for OPDS 1.0)."""
    base = address_for(request)
    return {
        "id": absolute(base, DOCUMENT),
        "title": "Comic Downloads",
        "description": "Your username, and your password or an access token of your account.",
        "links": [{"rel": "help", "href": absolute(base, "/account"), "type": "text/html"}],
        "authentication": [
            {
                "type": "http://opds-spec.org/auth/basic",
                "labels": {"login": "Username", "password": "Password or access token"},
            }
        ],
    }


def document_response(request: Request, status: int = 200) -> Response:
    """Return the authentication document as a response."""
    return JSONResponse(
        authentication_document(request), status, {"Cache-Control": "no-store"}, _DOCUMENT_TYPE
    )


document_router = APIRouter(tags=["catalogues"])


@document_router.get(
    DOCUMENT, response_class=Response, responses={200: {"content": {_DOCUMENT_TYPE: {}}}}
)
async def get_document(request: Request) -> Response:
    """Return how to sign in to a catalogue. Everybody may read it."""
    return document_response(request)


async def signed_in(request: Request) -> Account:
    """Return the account that asks. Raises NotSignedIn, InvalidCredentials or RateLimited."""
    return await run_in_threadpool(_account, request)


SignedIn = Annotated[Account, Depends(signed_in)]


def require_own_origin(request: Request) -> None:
    """Refuse what another website made a browser send, which may know a password by itself.

    Raises CrossOrigin.
    """
    if request.headers.get("sec-fetch-site") == "cross-site":
        raise CrossOrigin("This request was sent by another website, so it was not carried out.")


def _account(request: Request) -> Account:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        account = account_of_token(request.app.state.context, value.strip())
        if account is None:
            raise InvalidCredentials("This access token is not valid.")
        return account
    credentials = read_credentials(request)
    if credentials is None:
        raise NotSignedIn("Sign in with your username, and your password or an access token.")
    return _basic(request).account(*credentials, client_ip(request))


def _basic(request: Request) -> BasicSignIn:
    """Return what checks passwords in this process."""
    state = request.app.state
    if not hasattr(state, "basic_sign_in"):
        state.basic_sign_in = BasicSignIn(state.context)
    return state.basic_sign_in


def _challenge(request: Request, refusal: ComicDownloadsError) -> Response:
    is_v2 = f"{request.url.path}/".startswith(f"{ROOT}/{Version.V2}/")
    response = document_response(request, 401) if is_v2 else domain_problem(refusal)
    response.headers["WWW-Authenticate"] = CHALLENGE
    return response

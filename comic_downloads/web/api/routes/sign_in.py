"""Creating the owner, signing in and signing out."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from pydantic import Field
from starlette.responses import RedirectResponse

from ....domain.errors import CrossOrigin
from ....usecases.accounts import setup, sign_in
from .. import paths
from ..authentication import (
    FromContext,
    clear_session_cookie,
    client_ip,
    is_local,
    keep_signed_in,
)
from ..errors import problem_responses
from ..models import Text
from .accounts import AccountModel, Credentials

router = APIRouter(prefix=paths.API, tags=["session"])
browser_router = APIRouter(prefix=paths.BROWSER_SIGN_IN, tags=["browser sign-in"])


class Setup(Credentials):
    """The owner's name and password."""

    setup_code: Text = Field(
        default="",
        description="What the server printed at its start. Not needed on the machine itself.",
    )


@router.post("/setup", status_code=201, responses=problem_responses(403, 409, 422, 429))
def set_up(body: Setup, request: Request, response: Response, context: FromContext) -> AccountModel:
    """Create the owner's account and sign it in. 409 `owner_exists` if there is one.

    From another machine, 403 `setup_code_required` without the code that the server printed.
    """
    wanted = setup.SetupRequest(
        body.username,
        body.password,
        network=client_ip(request),
        is_local=is_local(request),
        code=body.setup_code,
    )
    account = setup.set_up(context, wanted)
    _, token = sign_in.sign_in(
        context, body.username, body.password, client_ip(request), request.cookies
    )
    keep_signed_in(request, response, token)
    return AccountModel(id=account.id, username=account.username, role=account.role)


@router.post("/session", status_code=204, responses=problem_responses(401, 422, 429))
def create_session(body: Credentials, request: Request, context: FromContext) -> Response:
    """Sign in and set the cookie `session`.

    After repeated failures 429 `rate_limited` with `Retry-After`.
    """
    _, token = sign_in.sign_in(
        context, body.username, body.password, client_ip(request), request.cookies
    )
    response = Response(status_code=204)
    keep_signed_in(request, response, token)
    return response


@router.delete("/session", status_code=204)
def delete_session(request: Request, context: FromContext) -> Response:
    """Sign out. Without a session this does nothing."""
    sign_in.sign_out(context, request.cookies.get(sign_in.SESSION_COOKIE))
    response = Response(status_code=204)
    clear_session_cookie(request, response)
    return response


@browser_router.get("/ticket/{ticket}", status_code=303, include_in_schema=False)
def redeem_ticket(ticket: str, request: Request, context: FromContext, next: str = "/") -> Response:
    """Exchange the one-time ticket of a sign-in form for the cookie; redirect to ``next``."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        # Otherwise another site could sign a visitor in to an account of its choice.
        raise CrossOrigin("This sign-in was started by another website.")
    token = sign_in.redeem_ticket(context, ticket)
    response = _redirect(next, context.settings.base_url)
    keep_signed_in(request, response, token)
    return response


@browser_router.post("/sign-out", status_code=303, include_in_schema=False)
def sign_out(request: Request, context: FromContext, next: str = "/") -> Response:
    """End the session and redirect to the page in ``next``."""
    sign_in.sign_out(context, request.cookies.get(sign_in.SESSION_COOKIE))
    response = _redirect(next, context.settings.base_url)
    clear_session_cookie(request, response)
    return response


def _redirect(address: str, base_url: str) -> RedirectResponse:
    """Redirect to one of our own pages, or to the library if the address is anywhere else."""
    parts, base = urlsplit(address), urlsplit(base_url)
    on_our_site = (parts.scheme, parts.netloc) in {("", ""), (base.scheme, base.netloc)}
    # Browsers read any number of slashes or backslashes as the two before a host name
    # (WHATWG URL, section 4.4).
    is_plain = parts.path.startswith("/") and not address.startswith("//") and "\\" not in address
    target = address if on_our_site and is_plain and address.isprintable() else "/"
    return RedirectResponse(
        target,
        status_code=303,
        headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
    )

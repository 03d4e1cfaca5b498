"""Setting up, signing in and out, and the account that asks."""

from __future__ import annotations

from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse

from ....domain.account import PASSWORD_LENGTH, USERNAME_LENGTH
from ....domain.errors import CrossOrigin
from ....usecases.accounts import accounts, sign_in
from .. import paths
from ..authentication import (
    NEEDS_ACCOUNT,
    FromContext,
    SignedIn,
    asking_address,
    clear_session_cookie,
    set_session_cookie,
)
from ..errors import problem_responses
from ..models import Text

router = APIRouter(prefix=paths.API, tags=["session"])
browser_router = APIRouter(prefix=paths.BROWSER_SIGN_IN, tags=["browser sign-in"])


class Credentials(BaseModel):
    username: Text = Field(
        description="Letters, digits and `. _ - @`; upper and lower case are the same.",
        json_schema_extra={"minLength": USERNAME_LENGTH[0], "maxLength": USERNAME_LENGTH[1]},
    )
    password: Text = Field(
        json_schema_extra={"minLength": PASSWORD_LENGTH[0], "maxLength": PASSWORD_LENGTH[1]}
    )


class NewPassword(BaseModel):
    current_password: Text
    new_password: Text = Field(
        json_schema_extra={"minLength": PASSWORD_LENGTH[0], "maxLength": PASSWORD_LENGTH[1]}
    )


class AccountModel(BaseModel):
    id: str
    username: str
    role: str = Field(description="`owner` or `member`.")


class Me(AccountModel):
    storage_used_bytes: int = Field(
        description="Size of the files your downloads hold, and what unfinished ones are expected to take."
    )
    storage_quota_bytes: int = Field(description="0 means no limit.")
    active_downloads: int = Field(
        description="Downloads that wait, are being prepared or are paused."
    )
    max_active_downloads: int = Field(
        description="How many of them are prepared at a time; more than that wait."
    )


@router.post("/setup", status_code=201, responses=problem_responses(409, 422))
def set_up(
    body: Credentials, request: Request, response: Response, context: FromContext
) -> AccountModel:
    """Creates the owner's account and signs it in. 409 `owner_exists` once there is one."""
    account = accounts.create_owner(context, body.username, body.password)
    _, token = sign_in.sign_in(context, body.username, body.password, asking_address(request))
    set_session_cookie(response, token, context.settings)
    return AccountModel(id=account.id, username=account.username, role=account.role)


@router.post("/session", status_code=204, responses=problem_responses(401, 422, 429))
def create_session(body: Credentials, request: Request, context: FromContext) -> Response:
    """Signs in and sets the cookie `session`. After repeated failures 429 `rate_limited` with `Retry-After`."""
    _, token = sign_in.sign_in(context, body.username, body.password, asking_address(request))
    response = Response(status_code=204)
    set_session_cookie(response, token, context.settings)
    return response


@router.delete("/session", status_code=204)
def delete_session(request: Request, context: FromContext) -> Response:
    """Signs out. Without a session it does nothing."""
    sign_in.sign_out(context, request.cookies.get(sign_in.SESSION_COOKIE))
    response = Response(status_code=204)
    clear_session_cookie(response, context.settings)
    return response


@router.get("/me", responses=problem_responses(401), dependencies=NEEDS_ACCOUNT)
def me(account: SignedIn, context: FromContext) -> Me:
    """The account that asks and what it has in use."""
    summary = accounts.account_summary(context, account)
    return Me(id=account.id, username=account.username, role=account.role, **vars(summary))


@router.put(
    "/me/password",
    status_code=204,
    responses=problem_responses(401, 422, 429),
    dependencies=NEEDS_ACCOUNT,
)
def change_password(
    body: NewPassword, request: Request, account: SignedIn, context: FromContext
) -> Response:
    """Sets a new password and ends every other session of the account."""
    accounts.change_password(
        context,
        account,
        body.current_password,
        body.new_password,
        network=asking_address(request),
        keep_session=request.cookies.get(sign_in.SESSION_COOKIE),
    )
    return Response(status_code=204)


@browser_router.get("/ticket/{ticket}", status_code=303, include_in_schema=False)
def redeem_ticket(ticket: str, request: Request, context: FromContext, next: str = "/") -> Response:
    """Turns the one-use ticket of a sign-in form into the cookie and goes on to the page in ``next``."""
    if request.headers.get("sec-fetch-site") == "cross-site":
        # another site could otherwise sign a visitor in to an account of its own choosing
        raise CrossOrigin("This sign-in was started by another website.")
    token = sign_in.redeem_ticket(context, ticket)
    response = _go_to(next, context.settings.base_url)
    set_session_cookie(response, token, context.settings)
    return response


@browser_router.post("/sign-out", status_code=303, include_in_schema=False)
def sign_out(request: Request, context: FromContext, next: str = "/") -> Response:
    """Ends the session and goes to the page in ``next``."""
    sign_in.sign_out(context, request.cookies.get(sign_in.SESSION_COOKIE))
    response = _go_to(next, context.settings.base_url)
    clear_session_cookie(response, context.settings)
    return response


def _go_to(address: str, base_url: str) -> RedirectResponse:
    """A redirect within our own pages; anything else leads to the first page, so that nobody is sent elsewhere."""
    parts, base = urlsplit(address), urlsplit(base_url)
    on_our_site = (parts.scheme, parts.netloc) in {("", ""), (base.scheme, base.netloc)}
    # browsers take any number of slashes, and backslashes, for the two before a host name (WHATWG URL, section 4.4)
    is_plain = parts.path.startswith("/") and not address.startswith("//") and "\\" not in address
    target = address if on_our_site and is_plain and address.isprintable() else "/"
    return RedirectResponse(
        target,
        status_code=303,
        headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"},
    )

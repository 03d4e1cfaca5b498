"""Find the account behind a request by its session cookie or its access token."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from starlette.requests import HTTPConnection

from ...domain.account import Account
from ...domain.errors import Forbidden, NotSignedIn
from ...domain.permission import Permission, require
from ...settings import Settings
from ...usecases.accounts.access_tokens import account_of_token
from ...usecases.accounts.browsers import note_browser
from ...usecases.accounts.devices import account_cookie
from ...usecases.accounts.sign_in import SESSION_COOKIE, account_of_session
from ...usecases.context import Context
from ...usecases.new_cookie import NewCookie
from ..client_address import client_address, is_from_this_machine
from .cookies import is_secure, set_cookie

# How to sign in, for the OpenAPI description.
SECURITY_SCHEMES: dict[str, dict[str, str]] = {
    "APIKeyCookie": {
        "type": "apiKey",
        "description": "Set by signing in.",
        "in": "cookie",
        "name": SESSION_COOKIE,
    },
    "HTTPBearer": {
        "type": "http",
        "description": "A personal access token.",
        "scheme": "bearer",
    },
}
# The same, for what catalogues are asked for: reading apps know no other.
CATALOGUE_SCHEMES: dict[str, dict[str, str]] = {
    "HTTPBasic": {
        "type": "http",
        "description": "A username, with the password or a personal access token.",
        "scheme": "basic",
    },
}


class AccountRouter(APIRouter):
    """A router whose routes need an account, which it says in the OpenAPI description.

    FastAPI's own dependencies for that check nothing here, and would run for every request.
    """

    def add_api_route(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Add a route, to which one of the security schemes applies."""
        security = [{name: []} for name in SECURITY_SCHEMES]
        options["openapi_extra"] = {"security": security, **(options.get("openapi_extra") or {})}
        super().add_api_route(path, endpoint, **options)


# Asynchronous, because FastAPI runs plain functions in a thread.
async def context_of(request: Request) -> Context:
    """Return the context that the application was created with."""
    return request.app.state.context


FromContext = Annotated[Context, Depends(context_of)]


def authenticate(context: Context, request: HTTPConnection) -> Account | None:
    """Return the account of the access token or, without one, of the session cookie.

    Returns None if the request has neither, or if the one it has is not valid.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return account_of_token(context, secret.strip())
    return account_of_session(context, request.cookies.get(SESSION_COOKIE))


def signed_in(request: Request, context: FromContext) -> Account:
    """Return the account that makes the request. Raises NotSignedIn."""
    return account_of(request, context)


def account_of(request: Request, context: Context) -> Account:
    """Return the account that makes the request; it waits for the database. Raises NotSignedIn."""
    account = authenticate(context, request)
    if account is not None:
        return account
    if "authorization" in request.headers:
        raise NotSignedIn(
            "This access token is not valid. Create a new one and send it as "
            "“Authorization: Bearer <token>”."
        )
    raise NotSignedIn(
        "Sign in first, or send a personal access token as “Authorization: Bearer <token>”."
    )


SignedIn = Annotated[Account, Depends(signed_in)]


def owner_only(account: SignedIn) -> Account:
    """Return the account if it is the owner's. Raises Forbidden for every other account."""
    if not account.is_owner:
        raise Forbidden("Only the owner of this server can do this.")
    return account


Owner = Annotated[Account, Depends(owner_only)]


def permitted(permission: Permission) -> Callable[[Account], Account]:
    """Return what refuses accounts without this permission with Forbidden."""

    def check(account: SignedIn) -> Account:
        require(permission, account.permissions)
        return account

    return check


def keep_signed_in(request: Request, response: Response, token: str) -> None:
    """Add the cookies of a browser that has just signed in: of its session and of its device.

    Remember which browser it is.
    """
    context: Context = request.app.state.context
    note_browser(context, token, request.headers.get("user-agent", ""))
    if account := account_of_session(context, token):
        keep_device(request, response, account)
    set_session_cookie(request, response, token)


def keep_device(request: Request, response: Response, account: Account) -> None:
    """Add the cookie by which this browser is recognised when it signs in again."""
    context: Context = request.app.state.context
    if cookie := account_cookie(context, account.id, request.cookies):
        set_cookie(response, cookie, request, context.settings)


def set_session_cookie(request: Request, response: Response, token: str) -> None:
    """Add the session cookie to the response."""
    settings: Settings = request.app.state.context.settings
    cookie = NewCookie(SESSION_COOKIE, token, settings.session_ttl_seconds)
    set_cookie(response, cookie, request, settings)


def clear_session_cookie(request: Request, response: Response) -> None:
    """Tell the browser to delete the session cookie."""
    secure = is_secure(request, request.app.state.context.settings)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=secure)


def client_ip(request: HTTPConnection) -> str:
    """Return the IP address of the client, as the trusted proxies report it."""
    peer = request.client.host if request.client else ""
    settings: Settings = request.app.state.context.settings
    # Some proxies append their own header; the lines form one list (RFC 9110, section 5.3).
    forwarded_for = ",".join(request.headers.getlist("x-forwarded-for"))
    return client_address(peer, forwarded_for, settings.trusted_proxies)


def is_local(request: Request) -> bool:
    """Return True if the request was sent on this machine."""
    return is_from_this_machine(client_ip(request), request.headers.get("host", ""))

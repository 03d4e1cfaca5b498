"""Who is asking: the session cookie or a personal access token."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPBearer

from ...domain.account import Account
from ...domain.errors import Forbidden, NotSignedIn
from ...settings import Settings
from ...usecases.accounts.access_tokens import account_of_token
from ...usecases.accounts.sign_in import SESSION_COOKIE, account_of_session
from ...usecases.context import Context
from ..client_address import client_address

_cookie = APIKeyCookie(name=SESSION_COOKIE, auto_error=False, description="Set by signing in.")
_bearer = HTTPBearer(auto_error=False, description="A personal access token.")


async def context_of(
    request: Request,
) -> Context:  # async: FastAPI would run it in a thread otherwise
    return request.app.state.context


FromContext = Annotated[Context, Depends(context_of)]


def authenticate(context: Context, request: Request) -> Account | None:
    """The account of the request's access token, or else of its session cookie; None if it has neither or they are void."""
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return account_of_token(context, secret.strip())
    return account_of_session(context, request.cookies.get(SESSION_COOKIE))


def signed_in(request: Request, context: FromContext) -> Account:
    """The account that asks. Raises NotSignedIn."""
    account = authenticate(context, request)
    if account is not None:
        return account
    if "authorization" in request.headers:
        raise NotSignedIn(
            "This access token is not valid. Make a new one and send it as “Authorization: Bearer <token>”."
        )
    raise NotSignedIn(
        "Sign in first, or send a personal access token as “Authorization: Bearer <token>”."
    )


SignedIn = Annotated[Account, Depends(signed_in)]


def owner_only(account: SignedIn) -> Account:
    """The owner, when it is the owner who asks. Raises Forbidden for anybody else."""
    if not account.is_owner:
        raise Forbidden("Only the owner of this server may do this.")
    return account


Owner = Annotated[Account, Depends(owner_only)]
NEEDS_ACCOUNT = [Depends(_cookie), Depends(_bearer)]
"""Dependencies that only tell OpenAPI how to sign in."""


def set_session_cookie(response: Response, token: str, settings: Settings) -> None:
    response.set_cookie(
        SESSION_COOKIE,
        token,
        max_age=settings.session_ttl_seconds,
        path="/",
        httponly=True,
        samesite="lax",
        secure=settings.serves_https,
    )


def clear_session_cookie(response: Response, settings: Settings) -> None:
    response.delete_cookie(
        SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=settings.serves_https
    )


def asking_address(request: Request) -> str:
    """The IP address that asks."""
    peer = request.client.host if request.client else ""
    settings: Settings = request.app.state.context.settings
    # some proxies add a header of their own below the visitor's (RFC 9110, section 5.3: one list)
    return client_address(
        peer, ",".join(request.headers.getlist("x-forwarded-for")), settings.trusted_proxies
    )

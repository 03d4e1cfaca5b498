"""Who asks for the files of a share: everybody with the address and, if there is one, the password.

The password is sent with HTTP Basic. Cookies are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from ...domain.errors import InvalidCredentials, PasswordRequired
from ...usecases.sharing.access import GuestCredentials
from ...usecases.sharing.plain import PlainGuests
from ..api.authentication import client_ip
from ..api.basic import read_credentials
from ..api.errors import domain_problem

R = TypeVar("R", bound=Response)
CHALLENGE = 'Basic realm="Password of this share, with any name", charset="UTF-8"'


class PlainRoute(APIRoute):
    """A route that asks for the password of a share."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what answers a request."""
        answer = super().get_route_handler()

        async def handle(request: Request) -> Response:
            try:
                return await answer(request)
            except (PasswordRequired, InvalidCredentials) as refusal:
                return ask_for_password(domain_problem(refusal))

        return handle


def ask_for_password(response: R) -> R:
    """Return the response with a challenge (RFC 9110, section 11.6.1)."""
    response.headers["WWW-Authenticate"] = CHALLENGE
    return response


async def credentials_of(request: Request, token: str) -> GuestCredentials:
    """Return the credentials of the guest who asks.

    Raises LinkInvalid, LinkExpired, PasswordRequired, InvalidCredentials or RateLimited.
    """
    _, password = read_credentials(request) or ("", "")
    return await run_in_threadpool(_guests(request).admit, token, password, client_ip(request))


Guest = Annotated[GuestCredentials, Depends(credentials_of)]


def _guests(request: Request) -> PlainGuests:
    """Return what admits guests in this process."""
    state = request.app.state
    if not hasattr(state, "plain_guests"):
        state.plain_guests = PlainGuests(state.context)
    return state.plain_guests

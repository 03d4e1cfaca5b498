"""What most routes need: the account that calls, the context, and our address for links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request

from ...domain.account import Account
from ...usecases.context import Context
from .address import BaseAddress
from .authentication import FromContext, SignedIn, account_of


@dataclass(frozen=True)
class Caller:
    """A signed-in request. ``base`` is what absolute links begin with."""

    context: Context
    account: Account
    base: str

    @property
    def id(self) -> str:
        """The id of the account."""
        return self.account.id


async def caller(context: FromContext, account: SignedIn, base: BaseAddress) -> Caller:
    """Return the caller. ``SignedIn`` raises NotSignedIn."""
    return Caller(context, account, base)


FromCaller = Annotated[Caller, Depends(caller)]


@dataclass(frozen=True)
class Unchecked:
    """A request whose sender is not known yet, for routes that are asked often.

    FastAPI would look for the account in one thread and then run the route in another. These routes
    do both in one: ``caller`` is the first that they call.
    """

    request: Request
    context: Context
    base: str

    def caller(self) -> Caller:
        """Return the caller; it waits for the database. Raises NotSignedIn."""
        return Caller(self.context, account_of(self.request, self.context), self.base)


async def unchecked(request: Request, context: FromContext, base: BaseAddress) -> Unchecked:
    """Return the request, and note that its sender is not known yet."""
    request.state.unchecked = Unchecked(request, context, base)
    return request.state.unchecked


def check_sender(request: Request) -> None:
    """Check the sender of a request that is refused before its route has done so.

    Only a caller may learn that parameters are wrong. Raises NotSignedIn.
    """
    if waiting := getattr(request.state, "unchecked", None):
        waiting.caller()


FromUnchecked = Annotated[Unchecked, Depends(unchecked)]

"""What most routes need: the account that calls, the context, and our address for links."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from ...domain.account import Account
from ...usecases.context import Context
from .address import BaseAddress, address_for
from .answer_threads import AnswerThreads
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

    FastAPI would look for the account in one thread, run the route in another, and check its answer
    in a third. These routes do all in one.
    """

    request: Request

    async def answer(self, respond: Callable[[Caller], Response]) -> Response:
        """Return what ``respond`` returns for the caller, in a thread.

        Raises NotSignedIn, and what ``respond`` raises.
        """
        threads: AnswerThreads = self.request.app.state.answer_threads
        return await threads.run(lambda: respond(self.caller()))

    def caller(self) -> Caller:
        """Return the caller; it waits for the database. Raises NotSignedIn."""
        context: Context = self.request.app.state.context
        return Caller(context, account_of(self.request, context), address_for(self.request))


async def unchecked(request: Request) -> Unchecked:
    """Return the request, and note that its sender is not known yet."""
    request.state.unchecked = Unchecked(request)
    return request.state.unchecked


def check_sender(request: Request) -> None:
    """Check the sender of a request that is refused before its route has done so.

    Only a caller may learn that parameters are wrong. Raises NotSignedIn.
    """
    if waiting := getattr(request.state, "unchecked", None):
        waiting.caller()


FromUnchecked = Annotated[Unchecked, Depends(unchecked)]

"""What most routes need: the account that calls, the context, and our address for links."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends

from ...domain.account import Account
from ...usecases.context import Context
from .address import BaseAddress
from .authentication import FromContext, SignedIn


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

"""Check who calls an event handler before it runs.

A websocket can call every handler of every state, from any page and without signing in. So a
handler of ours is for accounts that are signed in, unless it says with ``open_to`` whom else it
serves. Handlers that act on an account's belongings still pass the account's id to a use case.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from types import FunctionType, MethodType
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

import reflex as rx
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.event import Event
from reflex_base.registry import RegistrationContext

from .auth import Next, signed_in

State = TypeVar("State", bound=rx.State)
P = ParamSpec("P")
T = TypeVar("T")
Handler = TypeVar("Handler", bound=Callable[..., Any])

# Returns None to let the handler run, or the event that takes its place. It may also raise a
# refusal.
CallerCheck = Callable[[rx.State], Awaitable[Next]]

_PACKAGE = __name__.partition(".")[0]
_CHECK = "_caller_check"


async def anyone(_state: rx.State) -> Next:
    """Let everyone call the handler."""
    return None


async def only_signed_in(state: rx.State) -> Next:
    """Let accounts call the handler that are signed in. Raises NotSignedIn."""
    await signed_in(state)
    return None


def open_to(check: CallerCheck) -> Callable[[Handler], Handler]:
    """Mark a handler with the check of its callers, in place of ``only_signed_in``."""

    def mark(handler: Handler) -> Handler:
        setattr(handler, _CHECK, check)
        return handler

    return mark


def caller_check(handler: object) -> CallerCheck:
    """Return the check of a handler's callers. Everyone may call the handlers of Reflex itself."""
    if not str(getattr(handler, "__module__", "")).startswith(f"{_PACKAGE}."):
        return anyone
    return getattr(handler, _CHECK, only_signed_in)


class CallersCheck(Middleware):
    """Runs the check of every event's handler before the handler."""

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """Return None to let the handler run, or what happens instead."""
        registered = RegistrationContext.get().event_handlers[event.name]
        check = caller_check(registered.handler.fn)
        instead = await check(await state.get_state(registered.states[0]))  # pyright: ignore[reportArgumentType]
        return None if instead is None else StateUpdate(events=Event.from_event_type(instead))


class _ServerOnly(Generic[State, P, T]):
    def __init__(self, method: Callable[Concatenate[State, P], T]) -> None:
        assert isinstance(method, FunctionType)
        self._method = method
        self.__doc__ = method.__doc__

    def __get__(self, state: State, owner: type[State] | None = None) -> Callable[P, T]:
        return MethodType(self._method, state)


def server_only(method: Callable[Concatenate[State, P], T]) -> _ServerOnly[State, P, T]:
    """Hide a public method of a state from browsers.

    Reflex makes an event handler of every public function in a state, and of nothing else.
    """
    return _ServerOnly(method)

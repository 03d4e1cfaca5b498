"""Keeps what one person's tab was shown from whoever opens it next.

Reflex keeps the states of a tab under a token that the browser chose, and hands them to anybody who names it once the tab's
websocket has closed. So they belong to the session cookie they were made with: under another one, or none, all begins anew.
On the page of a share, which needs no session, they belong to the guest's cookie besides.
"""

from __future__ import annotations

import reflex as rx
from reflex.middleware.middleware import Middleware
from reflex.state import BaseState, StateUpdate

from ...domain.account import secret_hash
from ...usecases.accounts.sign_in import SESSION_COOKIE
from ...usecases.sharing.access import GUEST_COOKIE
from ..routes import share_token
from .auth import cookies


class TabSessionState(rx.State):
    _secrets_hash: str = ""


class TabSessionGuard(Middleware):
    """Looks before every event whether the tab still has the cookie its states were made with."""

    async def preprocess(
        self, app: rx.App, state: BaseState, event: rx.event.Event
    ) -> StateUpdate | None:
        owner = await state.get_state(TabSessionState)
        asking = secret_hash(_secrets(owner))
        if owner._secrets_hash == asking:
            return
        if owner._secrets_hash:
            await reset_tab(owner)
        owner._secrets_hash = asking


def _secrets(state: rx.State) -> str:
    """The cookies that say whose the tab is."""
    known = cookies(state)
    of_guests = (
        sorted(name for name in known if name.startswith(GUEST_COOKIE))
        if share_token(state.router.url.path)
        else []
    )
    return " ".join([known.get(SESSION_COOKIE, ""), *(known[name] for name in of_guests)])


async def reset_tab(state: rx.State) -> None:
    """Gives every state of the tab its first values again."""
    root = await state.get_state(rx.State)
    for state_class in rx.State.get_substates():
        await root.get_state(state_class)  # on Redis only those are loaded that the event needs
    root.reset()

"""Reset the states of a tab when its session changes.

Reflex stores the states of a tab under a token that the browser chooses. After the websocket has
closed, anyone who sends that token gets the states. So we bind them to the session cookie, and on
the page of a share, which needs no session, to the guest's cookie as well. With other cookies, or
none, the states start from their defaults.
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
    """The hash of the cookies that the tab's states belong to."""

    _secrets_hash: str = ""


class TabSessionGuard(Middleware):
    """Compares the tab's cookies with those of its states before every event."""

    async def preprocess(
        self, app: rx.App, state: BaseState, event: rx.event.Event
    ) -> StateUpdate | None:
        """Reset all states of the tab if its cookies have changed."""
        tab = await state.get_state(TabSessionState)
        current = secret_hash(_secrets(tab))
        if tab._secrets_hash == current:
            return
        if tab._secrets_hash:
            await reset_tab(tab)
        tab._secrets_hash = current


def _secrets(state: rx.State) -> str:
    """Return the values of the cookies that the tab's states belong to."""
    known = cookies(state)
    guest_cookies = (
        sorted(name for name in known if name.startswith(GUEST_COOKIE))
        if share_token(state.router.url.path)
        else []
    )
    return " ".join([known.get(SESSION_COOKIE, ""), *(known[name] for name in guest_cookies)])


async def reset_tab(state: rx.State) -> None:
    """Reset every state of the tab to its defaults."""
    root = await state.get_state(rx.State)
    for state_class in rx.State.get_substates():
        # With Redis, only the states that the event needs are loaded so far.
        await root.get_state(state_class)
    root.reset()

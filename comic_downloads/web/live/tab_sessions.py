"""End the tabs whose sessions have ended, before anything more is pushed to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import reflex as rx
from reflex.state import StateUpdate
from reflex_base.event import Event

from ...domain.account import Account
from ...usecases.accounts.sign_in import account_of_session
from .. import routes
from ..browser_events import redirect
from ..session.auth import call
from ..session.open_tabs import Tab, open_tabs

# How long a tab to which nothing is pushed may outlive its session.
SESSION_SECONDS = 10.0


class TabSessions:
    """The sessions of the open tabs. Within a round, each session is checked at most once."""

    def __init__(self, app: rx.App, monotonic: Callable[[], float]) -> None:
        self._app = app
        self._monotonic = monotonic
        self._accounts: dict[str, Account | None] = {}

    def begin_round(self) -> None:
        """Forget what was found in the last round."""
        self._accounts.clear()

    async def signed_in(self, tabs: Iterable[Tab]) -> list[Tab]:
        """Return the tabs whose session holds; redirect the others to the sign-in page."""
        return [tab for tab in tabs if await self._holds(tab)]

    async def of_owner(self, tabs: Iterable[Tab]) -> list[Tab]:
        """Return those of the tabs on which the owner is signed in."""
        signed_in = await self.signed_in(tabs)
        # The state of a tab proves nothing: all its methods can be called from outside.
        return [tab for tab in signed_in if (owner := await self._account(tab)) and owner.is_owner]

    async def account_of(self, tab: Tab) -> Account | None:
        """Return the account that is signed in on the tab."""
        return await self._account(tab)

    async def end_unused(self) -> None:
        """Check the sessions that were not checked for SESSION_SECONDS."""
        now = self._monotonic()
        await self.signed_in(
            tab for tab in open_tabs.all() if now - tab.checked_at >= SESSION_SECONDS
        )

    async def _holds(self, tab: Tab) -> bool:
        tab.checked_at = self._monotonic()
        account = await self._account(tab)
        if account is not None and account.id == tab.user_id:
            return True
        open_tabs.leave(tab.client_token)
        await send(self._app, tab, redirect(routes.sign_in(tab.path)))
        return False

    async def _account(self, tab: Tab) -> Account | None:
        if tab.session_token not in self._accounts:
            self._accounts[tab.session_token] = await call(account_of_session, tab.session_token)
        return self._accounts[tab.session_token]


async def send(app: rx.App, tab: Tab, event: rx.event.EventSpec) -> None:
    """Send an event to the browser of a tab."""
    if app.event_namespace is not None:
        update = StateUpdate(events=Event.from_event_type(event))
        await app.event_namespace.emit_update(update, tab.client_token)

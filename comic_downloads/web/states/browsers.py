"""The list of browsers that the account is signed in with."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

import reflex as rx

from ...domain.errors import NotFound
from ...usecases.accounts import browsers
from ...usecases.accounts.browsers import BrowserView
from ..browser_events import toast
from ..session.auth import Next, call, session_token, signed_in
from ..session.callers import server_only

_UNKNOWN = "A browser"


@dataclass(frozen=True)
class BrowserRow:
    """One row of the list."""

    id: str
    name: str
    is_current: bool
    last_used_at: str


def browser_row(browser: BrowserView) -> BrowserRow:
    """Return the row of a browser."""
    used = browser.last_used_at.isoformat()
    return BrowserRow(browser.id, browser.name or _UNKNOWN, browser.is_current, used)


class BrowsersState(rx.State):
    """The rows of the list."""

    loaded: bool = False
    rows: rx.Field[list[BrowserRow]] = rx.field(default_factory=list)

    @server_only
    async def read(self) -> None:
        """Read the browsers of the account."""
        account = await signed_in(self)
        found = await call(browsers.list_browsers, account, session_token(self))
        self.rows = [browser_row(browser) for browser in found]
        self.loaded = True

    @rx.event
    async def sign_out(self, browser_id: str) -> Next:
        """Sign one browser out."""
        account = await signed_in(self)
        # Another tab may have been faster, and the list that is read now lacks it.
        with suppress(NotFound):
            await call(browsers.sign_browser_out, account, browser_id)
        await self.read()
        return toast("success", "The browser is signed out.")

    @rx.event
    async def sign_others_out(self) -> Next:
        """Sign out every browser but this one."""
        account = await signed_in(self)
        await call(browsers.sign_others_out, account, session_token(self))
        await self.read()
        return toast("success", "Other browsers are signed out.")

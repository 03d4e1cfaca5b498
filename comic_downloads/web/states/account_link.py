"""The pages of links that work once: become a member, or choose a new password."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from ...domain.account import Account
from ...domain.account_link import LinkKind
from ...domain.errors import ComicDownloadsError, LinkInvalid
from ...usecases.accounts import account_links, sign_in
from .. import routes
from ..session.auth import Next, address_problem, call, load_page
from ..session.callers import anyone, open_to
from ..session.load_errors import reports_load_error


class AccountLinkState(rx.State):
    """The form of a link. ``phase`` is empty before it was looked at, then ``open`` or ``gone``."""

    phase: str = ""
    username: str = ""
    problem: str = ""
    busy: bool = False

    @rx.event
    @open_to(anyone)
    @reports_load_error
    async def load(self) -> Next:
        """Look at the link of the address, and show its form or that it does not work."""
        self.reset()
        try:
            link = await call(account_links.look_at_link, self._kind(), self._token())
        except LinkInvalid:
            self.phase = "gone"
            return None
        self.phase, self.username = "open", link.username
        self.problem = address_problem(self)

    @rx.event
    @open_to(anyone)
    async def accept(self, form: dict[str, Any]) -> AsyncIterator[Next]:
        """Use the link with what the form says, and sign in."""
        password = str(form.get("password", ""))
        if password != str(form.get("password_again", "")):
            self.problem = "The passwords do not match. Enter the same one twice."
            return
        self.busy, self.problem = True, ""
        yield
        try:
            account = await self._use(str(form.get("username", "")), password)
            ticket = await call(sign_in.issue_ticket_for, account)
        except LinkInvalid:
            self.busy, self.phase = False, "gone"
        except ComicDownloadsError as error:
            self.busy, self.problem = False, error.detail
        else:
            yield load_page(routes.ticket(ticket))

    async def _use(self, username: str, password: str) -> Account:
        if self._kind() == LinkKind.INVITE:
            return await call(account_links.accept_invite, self._token(), username, password)
        return await call(account_links.reset_password, self._token(), password)

    def _kind(self) -> LinkKind:
        return LinkKind.INVITE if routes.is_invite(self.router.url.path) else LinkKind.RESET

    def _token(self) -> str:
        return routes.account_link_token(self.router.url.path)

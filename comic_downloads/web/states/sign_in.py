"""Create the owner at the first visit, sign in and sign out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from ...domain.errors import Refusal
from ...usecases.accounts import sign_in
from ...usecases.accounts.accounts import owner_exists
from .. import routes
from ..session.auth import Next, call, client_ip, load_page, session_token, visitor
from ..session.open_tabs import open_tabs
from ..session.tab_session import reset_tab


class SignInState(rx.State):
    """The form to sign in, or to create the owner."""

    problem: str = ""
    busy: bool = False

    @rx.event
    async def arrive(self) -> Next:
        """Redirect to the form that is needed, or to the wanted page if signed in."""
        self.reset()
        if await visitor(self) is not None:
            return rx.redirect(routes.own_page(self._wanted()))
        page = routes.SIGN_IN if await call(owner_exists) else routes.SETUP
        if self.router.url.path.rstrip("/") != page:
            return rx.redirect(page)

    def _wanted(self) -> str:
        return self.router.url.query_parameters.get("next", routes.LIBRARY)

    @rx.event
    async def create_owner(self, form: dict[str, Any]) -> AsyncIterator[Next]:
        """Create the owner and sign in."""
        username, password = str(form.get("username", "")), str(form.get("password", ""))
        if password != str(form.get("password_again", "")):
            self.problem = "The passwords do not match. Enter the same one twice."
            return
        self.busy, self.problem = True, ""
        yield
        try:
            ticket = await call(sign_in.issue_owner_ticket, username, password)
        except Refusal as refusal:
            self.busy, self.problem = False, refusal.detail
        else:
            yield load_page(routes.ticket(ticket))

    @rx.event
    async def sign_in(self, form: dict[str, Any]) -> AsyncIterator[Next]:
        """Sign in through a one-time ticket, because a websocket cannot set a cookie."""
        username, password = str(form.get("username", "")), str(form.get("password", ""))
        self.busy, self.problem = True, ""
        yield
        try:
            ticket = await call(sign_in.issue_ticket, username, password, client_ip(self))
        except Refusal as refusal:
            self.busy, self.problem = False, refusal.detail
        else:
            yield load_page(routes.ticket(ticket, self._wanted()))

    @rx.event
    async def sign_out(self) -> Next:
        """End the session and load the sign-in page."""
        token = session_token(self)
        await call(sign_in.sign_out, token)
        open_tabs.leave(self.router.session.client_token)
        open_tabs.doubt(token or "")
        await reset_tab(self)
        return load_page(routes.SIGN_IN)

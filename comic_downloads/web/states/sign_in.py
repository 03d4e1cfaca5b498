"""Create the owner at the first visit, sign in and sign out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import reflex as rx

from ...domain.errors import ComicDownloadsError
from ...usecases.accounts import sign_in
from ...usecases.accounts.accounts import owner_exists
from ...usecases.accounts.setup import SetupRequest
from .. import routes
from ..browser_events import redirect
from ..session.auth import (
    Next,
    address_problem,
    call,
    client_ip,
    cookies,
    is_local,
    load_page,
    session_token,
    visitor,
)
from ..session.callers import anyone, open_to
from ..session.open_tabs import open_tabs
from ..session.tab_session import reset_tab


class SignInState(rx.State):
    """The form to sign in, or to create the owner.

    ``needs_code`` is True if the owner can be created from this browser only with the set-up code.
    """

    problem: str = ""
    needs_code: bool = False
    busy: bool = False

    @rx.event
    @open_to(anyone)
    async def arrive(self) -> Next:
        """Redirect to the form that is needed, or to the wanted page if signed in."""
        self.reset()
        self.needs_code = not is_local(self)
        self.problem = address_problem(self)
        if await visitor(self) is not None:
            return redirect(routes.own_page(self._wanted()))
        page = routes.SIGN_IN if await call(owner_exists) else routes.SETUP
        if self.router.url.path.rstrip("/") != page:
            return redirect(page)

    def _wanted(self) -> str:
        return self.router.url.query_parameters.get("next", routes.LIBRARY)

    @rx.event
    @open_to(anyone)
    async def create_owner(self, form: dict[str, Any]) -> AsyncIterator[Next]:
        """Create the owner and sign in."""
        if str(form.get("password", "")) != str(form.get("password_again", "")):
            self.problem = "The passwords do not match. Enter the same one twice."
            return
        self.busy, self.problem = True, ""
        yield
        try:
            ticket = await call(sign_in.issue_owner_ticket, self._setup_request(form))
        except ComicDownloadsError as error:
            self.busy, self.problem = False, error.detail
        else:
            yield load_page(routes.ticket(ticket))

    def _setup_request(self, form: dict[str, Any]) -> SetupRequest:
        return SetupRequest(
            username=str(form.get("username", "")),
            password=str(form.get("password", "")),
            network=client_ip(self),
            is_local=is_local(self),
            code=str(form.get("setup_code", "")),
        )

    @rx.event
    @open_to(anyone)
    async def sign_in(self, form: dict[str, Any]) -> AsyncIterator[Next]:
        """Sign in through a one-time ticket, because a websocket cannot set a cookie."""
        username, password = str(form.get("username", "")), str(form.get("password", ""))
        self.busy, self.problem = True, ""
        yield
        try:
            ticket = await call(
                sign_in.issue_ticket, username, password, client_ip(self), cookies(self)
            )
        except ComicDownloadsError as error:
            self.busy, self.problem = False, error.detail
        else:
            yield load_page(routes.ticket(ticket, self._wanted()))

    @rx.event
    @open_to(anyone)
    async def sign_out(self) -> Next:
        """End the session and load the sign-in page."""
        token = session_token(self)
        await call(sign_in.sign_out, token)
        open_tabs.leave(self.router.session.client_token)
        open_tabs.doubt(token or "")
        await reset_tab(self)
        return load_page(routes.SIGN_IN)

"""The account's own page: its password, its file names, and its access tokens."""

from __future__ import annotations

from dataclasses import dataclass

import reflex as rx

from ...domain.errors import InvalidRequest
from ...domain.filename_pattern import example_filename
from ...usecases.accounts import access_tokens, accounts
from ...usecases.accounts.access_tokens import TokenView
from ..browser_events import toast
from ..session.auth import Next, call, signed_in, visitor
from ..session.load_errors import reports_load_error
from .browsers import BrowsersState
from .preset_list import PresetListState

# The longest problem that the server words for these forms is shorter.
_MAX_PROBLEM = 300


@dataclass(frozen=True)
class TokenRow:
    """One row of the list of tokens; ``last_used_at`` is empty for one that was never used."""

    id: str
    name: str
    created_at: str
    last_used_at: str


def token_row(token: TokenView) -> TokenRow:
    """Return the row of a token."""
    used = token.last_used_at
    return TokenRow(
        token.id, token.name, token.created_at.isoformat(), used.isoformat() if used else ""
    )


class AccountState(rx.State):
    """The list of access tokens, what the two forms report, and the token about to be removed.

    Passwords and secrets are never kept here; ``assets/account.js`` sends and shows them.
    """

    loaded: bool = False
    tokens: rx.Field[list[TokenRow]] = rx.field(default_factory=list)
    password_problem: str = ""
    changing: bool = False
    token_problem: str = ""
    shows_secret: bool = False
    asked_id: str = ""
    asked_name: str = ""
    pattern: str = ""
    example: str = ""
    pattern_problem: str = ""

    @rx.event
    @reports_load_error
    async def load(self) -> Next:
        """Read the tokens of the account."""
        if await visitor(self) is None:
            return None
        self.reset()
        await self._read()
        await (await self.get_state(PresetListState)).read()
        await (await self.get_state(BrowsersState)).read()

    async def _read(self) -> None:
        account = await signed_in(self)
        self.tokens = [token_row(token) for token in await call(access_tokens.list_tokens, account)]
        if not self.loaded:
            self.type_pattern(await call(accounts.filename_pattern, account))
        self.loaded = True

    @rx.event
    def type_pattern(self, value: str) -> None:
        """Take the pattern as it is typed, and show a name that it makes or what is wrong."""
        self.pattern = value
        try:
            self.example, self.pattern_problem = example_filename(value), ""
        except InvalidRequest as error:
            self.example, self.pattern_problem = "", error.detail

    @rx.event
    async def save_pattern(self) -> Next:
        """Use the pattern for the names of new files."""
        account = await signed_in(self)
        try:
            await call(accounts.set_filename_pattern, account, self.pattern)
        except InvalidRequest as error:
            self.pattern_problem = error.detail
            return None
        return toast("success", "File names saved.", "New files are named like the example.")

    @rx.event
    def start_changing(self) -> None:
        """Show that the password is being changed."""
        self.changing, self.password_problem = True, ""

    @rx.event
    async def tell_changed(self, problem: str) -> Next:
        """Say that the password was changed, or why not."""
        self.changing, self.password_problem = False, problem[:_MAX_PROBLEM]
        if problem:
            return None
        await self._read()
        await (await self.get_state(BrowsersState)).read()
        return toast("success", "Your password is changed.", "Other browsers are signed out.")

    @rx.event
    async def tell_created(self, problem: str) -> None:
        """Show the new token, or why there is none."""
        self.token_problem, self.shows_secret = problem[:_MAX_PROBLEM], problem == ""
        await self._read()

    @rx.event
    def tell_copied(self, worked: bool) -> Next:
        """Say whether the secret is on the clipboard."""
        if worked:
            return toast("success", "Token copied.")
        return toast("error", "The browser did not allow copying.", "Select the token and copy it.")

    @rx.event
    def hide_secret(self) -> None:
        """Stop showing the new token."""
        self.shows_secret = False

    @rx.event
    def ask_removal(self, token_id: str) -> None:
        """Ask for confirmation before removing a token of the list."""
        for token in self.tokens:
            if token.id == token_id:
                self.asked_id, self.asked_name = token.id, token.name

    @rx.event
    def answer_no(self) -> None:
        """Close the question and remove nothing."""
        self.asked_id = ""

    @rx.event
    async def remove(self) -> None:
        """Remove the token that was confirmed."""
        account = await signed_in(self)
        token_id, self.asked_id = self.asked_id, ""
        await call(access_tokens.delete_token, account, token_id)
        await self._read()

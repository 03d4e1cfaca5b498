"""The owner's page of accounts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import reflex as rx

from ...domain.account import Account, Role
from ...domain.errors import Forbidden, Refusal
from ...usecases.accounts import accounts, removal
from .. import routes
from ..browser_events import redirect, toast
from ..session.auth import Next, call, signed_in, visitor
from ..session.load_errors import reports_load_error


@dataclass(frozen=True)
class AccountRow:
    """One row of the list of accounts."""

    id: str
    username: str
    role_label: str
    can_be_removed: bool


def account_row(account: Account) -> AccountRow:
    """Return the row of an account; the owner cannot be removed."""
    is_owner = account.role == Role.OWNER
    return AccountRow(account.id, account.username, "Owner" if is_owner else "Member", not is_owner)


class AccountsState(rx.State):
    """The list of accounts, and the account whose removal awaits confirmation."""

    loaded: bool = False
    rows: rx.Field[list[AccountRow]] = rx.field(default_factory=list)
    problem: str = ""
    asked_id: str = ""
    asked_name: str = ""

    @rx.event
    @reports_load_error
    async def load(self) -> Next:
        """Read the accounts; send everyone but the owner to the library."""
        account = await visitor(self)
        if account is None:
            return None
        if not account.is_owner:
            return redirect(routes.LIBRARY)
        self.problem, self.asked_id = "", ""
        await self._read()

    async def _read(self) -> None:
        self.rows = [account_row(account) for account in await call(accounts.list_users)]
        self.loaded = True

    @rx.event
    async def add(self, form: dict[str, Any]) -> AsyncIterator[Next]:
        """Create a member from the form, or show why that is refused."""
        await self._owner()
        username = str(form.get("username", ""))
        try:
            await call(accounts.create_user, username, str(form.get("password", "")))
        except Refusal as refusal:
            self.problem = refusal.detail
            return
        self.problem = ""
        await self._read()
        yield toast("success", f"{username} can sign in now.")
        for field in ("new-username", "new-password"):
            yield rx.set_value(field, "")

    @rx.event
    async def ask_removal(self, user_id: str) -> None:
        """Ask for confirmation before removing an account of the list."""
        for account in self.rows:
            if account.id == user_id and account.can_be_removed:
                self.asked_id, self.asked_name = account.id, account.username

    @rx.event
    def answer_no(self) -> None:
        """Close the question and remove nothing."""
        self.asked_id = ""

    @rx.event
    async def remove(self) -> None:
        """Remove the account that was confirmed."""
        owner = await self._owner()
        user_id, self.asked_id = self.asked_id, ""
        await call(removal.delete_user, owner, user_id)
        await self._read()

    async def _owner(self) -> Account:
        account = await signed_in(self)
        if not account.is_owner:
            raise Forbidden("Only the owner can manage accounts.")
        return account

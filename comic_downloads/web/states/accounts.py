"""The owner's page of accounts, and of the links with which people join and come back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import reflex as rx

from ...domain.account import Account
from ...domain.errors import Forbidden, NotFound, Refusal
from ...domain.permission import OF_NEW_MEMBERS, Permission
from ...usecases.accounts import account_links, accounts, removal
from ...usecases.accounts.account_links import LinkView
from ...usecases.accounts.members import Member, list_members
from .. import routes, wording
from ..browser_events import call_page, redirect, toast
from ..session.auth import Next, call, signed_in, visitor
from ..session.callers import server_only
from ..session.load_errors import reports_load_error

LINK_FIELD = "new-link"
# The longest problem that the server words for a link is shorter.
_MAX_PROBLEM = 300


@dataclass(frozen=True)
class AccountRow:
    """One row of the list of accounts."""

    id: str
    username: str
    role_label: str
    limits: str
    can_be_removed: bool


def account_row(member: Member) -> AccountRow:
    """Return the row of an account; the owner cannot be removed."""
    account = member.account
    role = "Owner" if account.is_owner else "Member"
    limits = "" if account.is_owner else _limits(member)
    return AccountRow(account.id, account.username, role, limits, not account.is_owner)


def _limits(member: Member) -> str:
    """Return what differs from what new members may do."""
    granted, own = member.account.permissions, member.own_quota_bytes
    denied = sorted(OF_NEW_MEMBERS - granted)
    quota = "" if own is None else f"{wording.size(own)} of storage" if own else "any storage"
    return wording.facts(
        f"may not {' or '.join(denied)}" if denied else "",
        "may add comics" if Permission.UPLOAD in granted else "",
        quota,
    )


@dataclass(frozen=True)
class LinkRow:
    """One row of the list of links that nobody has used yet."""

    id: str
    purpose: str
    expires_at: str


def link_row(link: LinkView) -> LinkRow:
    """Return the row of a link."""
    purpose = f"New password for {link.username}" if link.username else "Invitation"
    return LinkRow(link.id, purpose, link.expires_at.isoformat())


class AccountsState(rx.State):
    """The accounts, the open links, and the account whose removal awaits confirmation.

    The address of a new link is never kept here; ``assets/account.js`` shows it. ``link_purpose``
    says what the one that is shown is for; it is empty while none is.
    """

    loaded: bool = False
    rows: rx.Field[list[AccountRow]] = rx.field(default_factory=list)
    links: rx.Field[list[LinkRow]] = rx.field(default_factory=list)
    link_purpose: str = ""
    link_problem: str = ""
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
        self.reset()
        await self.read()

    @server_only
    async def read(self) -> None:
        """Read the accounts and the open links."""
        self.rows = [account_row(member) for member in await call(list_members)]
        self.links = [link_row(link) for link in await call(account_links.list_links)]
        self.loaded = True

    @rx.event
    async def invite(self) -> Next:
        """Create an invitation."""
        await self._owner()
        self.link_purpose, self.link_problem = "Invitation", ""
        return self._new_link(routes.invites_api())

    @rx.event
    async def reset_password(self, user_id: str) -> Next:
        """Create a link with which somebody of the list chooses a new password."""
        await self._owner()
        for account in self.rows:
            if account.id == user_id:
                self.link_purpose = f"New password for {account.username}"
                self.link_problem = ""
                return self._new_link(routes.reset_api(account.id))
        return None

    def _new_link(self, address: str) -> Next:
        return call_page(
            "comicAccount.createLink", address, LINK_FIELD, then=AccountsState.tell_link
        )

    @rx.event
    async def tell_link(self, problem: str) -> None:
        """Show the new link, or why there is none."""
        await self._owner()
        self.link_problem = problem[:_MAX_PROBLEM]
        if problem:
            self.link_purpose = ""
        await self.read()

    @rx.event
    def tell_copied(self, worked: bool) -> Next:
        """Say whether the link is on the clipboard."""
        if worked:
            return toast("success", "Link copied.")
        return toast("error", "The browser did not allow copying.", "Select the link and copy it.")

    @rx.event
    def hide_link(self) -> None:
        """Stop showing the new link."""
        self.link_purpose = ""

    @rx.event
    async def remove_link(self, link_id: str) -> None:
        """Make a link stop working."""
        await self._owner()
        # Somebody may have used it, and the list that is read now lacks it.
        with suppress(NotFound):
            await call(account_links.delete_link, link_id)
        await self.read()

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
        await self.read()
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
        await self.read()

    async def _owner(self) -> Account:
        account = await signed_in(self)
        if not account.is_owner:
            raise Forbidden("Only the owner can manage accounts.")
        return account

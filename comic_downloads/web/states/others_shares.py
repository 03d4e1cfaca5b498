"""The shares of all other accounts, on the owner's page of shares."""

from __future__ import annotations

import reflex as rx

from ...domain.account import Account
from ...usecases.context import Context
from ...usecases.sharing.everybody import end_any_share, list_others_shares
from ..browser_events import toast
from ..session.auth import Next, call, signed_in
from ..session.callers import server_only
from ..views.shares import OthersShareRow, others_share_row

PAGE_SIZE = 50


def read_others_shares(
    context: Context, account: Account, limit: int
) -> tuple[list[OthersShareRow], int]:
    """Return the rows of the newest shares of others, and how many there are in all."""
    found, total = list_others_shares(context, account, limit)
    return [others_share_row(one) for one in found], total


class OthersSharesState(rx.State):
    """The shares of others, which only the owner sees, and the one whose end awaits an answer."""

    rows: rx.Field[list[OthersShareRow]] = rx.field(default_factory=list)
    total: int = 0
    shown_limit: int = PAGE_SIZE
    asked_id: str = ""
    asked_name: str = ""

    @server_only
    async def read(self, account: Account) -> None:
        """Read the shares for the owner; nobody else has any here."""
        self.asked_id = ""
        rows, total = [], 0
        if account.is_owner:
            rows, total = await call(read_others_shares, account, self.shown_limit)
        if rows != self.rows:
            self.rows = rows
        self.total = total

    @rx.event
    async def show_more(self) -> None:
        """Show one more batch of shares."""
        account = await signed_in(self)
        self.shown_limit = min(self.shown_limit, self.total) + PAGE_SIZE
        await self.read(account)

    @rx.event
    def ask_to_end(self, share_id: str) -> None:
        """Ask for confirmation before ending a share of the list."""
        for share in self.rows:
            if share.id == share_id:
                self.asked_id, self.asked_name = share.id, share.name

    @rx.event
    def answer_no(self) -> None:
        """Close the question and keep the share."""
        self.asked_id = ""

    @rx.event
    async def end_share(self) -> Next:
        """End the share that was confirmed. The use case refuses everybody but the owner."""
        account = await signed_in(self)
        share_id, self.asked_id = self.asked_id, ""
        await call(end_any_share, account, share_id)
        await self.read(account)
        return toast("success", "Sharing stopped.")

"""The page of a user's shares."""

from __future__ import annotations

from dataclasses import dataclass

import reflex as rx

from ...usecases.context import Context
from ...usecases.sharing.shares import get_share, list_shares, revoke_share
from ..browser_events import toast
from ..session.auth import Next, call, copy_link, page_address, signed_in, visitor
from ..session.callers import server_only
from ..session.load_errors import reports_load_error
from ..views.shares import ShareRow, share_row
from .others_shares import OthersSharesState
from .share_dialog import ShareDialogState

PAGE_SIZE = 50


@dataclass(frozen=True)
class ShareList:
    """The newest shares with the total number."""

    rows: list[ShareRow]
    total: int


def read_shares(context: Context, user_id: str, limit: int) -> ShareList:
    """Return the shares of an account, at most ``limit``."""
    shares, total = list_shares(context, user_id, limit=limit)
    return ShareList([share_row(share) for share in shares], total)


class SharesState(rx.State):
    """The shares, and the share whose end awaits confirmation."""

    loaded: bool = False
    rows: rx.Field[list[ShareRow]] = rx.field(default_factory=list)
    total: int = 0
    shown_limit: int = PAGE_SIZE
    asked_id: str = ""
    asked_name: str = ""
    asked_is_open: bool = False

    @rx.event
    @reports_load_error
    async def load(self) -> None:
        """Read the shares and close the question."""
        account = await visitor(self)
        if account is not None:
            self.asked_id = ""
            await self._read(account.id)
            await (await self.get_state(OthersSharesState)).read(account)

    async def _read(self, user_id: str) -> None:
        self.show(await call(read_shares, user_id, self.shown_limit))

    @server_only
    def show(self, shares: ShareList) -> None:
        """Take over what has changed; an equal list is not sent again."""
        if self.rows != shares.rows:
            self.rows = shares.rows
        if self.total != shares.total:
            self.total = shares.total
        self.loaded = True

    @rx.event
    async def show_more(self) -> None:
        """Show one more batch of shares."""
        account = await signed_in(self)
        self.shown_limit = min(self.shown_limit, self.total) + PAGE_SIZE
        await self._read(account.id)

    @rx.event
    def ask_to_stop(self, share_id: str) -> None:
        """Ask for confirmation before ending a share of the list."""
        for share in self.rows:
            if share.id == share_id:
                self.asked_id, self.asked_name = share.id, share.title
                self.asked_is_open = share.is_open

    @rx.event
    def answer_no(self) -> None:
        """Close the question and keep the share."""
        self.asked_id = ""

    @rx.event
    async def stop_sharing(self) -> Next:
        """End the share that was confirmed."""
        account = await signed_in(self)
        share_id, self.asked_id = self.asked_id, ""
        await call(revoke_share, account.id, share_id)
        await self._read(account.id)
        return toast("success", "Sharing stopped.")

    @rx.event
    async def copy_link(self, share_id: str) -> Next:
        """Copy the link of a share; no state stores it."""
        account = await signed_in(self)
        share = await call(get_share, account.id, share_id)
        return copy_link(page_address(self, share.path), SharesState.tell_copied(share_id))

    @rx.event
    async def tell_copied(self, share_id: str, copied: bool) -> Next:
        """Show that the link was copied, or show the link to copy it by hand."""
        if copied:
            return toast("success", "Link copied.")
        account = await signed_in(self)
        share = await call(get_share, account.id, share_id)
        dialog = await self.get_state(ShareDialogState)
        dialog.show_link(share.title, page_address(self, share.path))

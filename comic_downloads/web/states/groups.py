"""The groups of the downloads page: rows that open into the downloads of a request."""

from __future__ import annotations

from collections.abc import Sequence

import reflex as rx

from ...domain.errors import NotFound
from ...domain.group import GroupOwner
from ...usecases.context import Context
from ...usecases.downloads import group_control
from ...usecases.downloads.group_snapshots import get_group, groups_of_jobs
from ..session.auth import call, signed_in
from ..session.callers import server_only
from ..views.groups import GroupRow, group_rows, open_group_row
from .tray import TrayState, read_tray


def read_rows(
    context: Context, user_id: str, group_ids: Sequence[str], open_ids: Sequence[str]
) -> list[GroupRow]:
    """Return the rows of these groups of the account; those with ``open_ids`` have downloads."""
    found = {group.id: group for group in groups_of_jobs(context, group_ids)}
    own = [found[one] for one in group_ids if one in found and found[one].user_id == user_id]
    return opened(context, user_id, group_rows(own), open_ids)


def opened(
    context: Context, user_id: str, rows: Sequence[GroupRow], open_ids: Sequence[str]
) -> list[GroupRow]:
    """Return the rows, those with ``open_ids`` with their downloads."""
    return [_opened(context, user_id, row) if row.id in open_ids else row for row in rows]


def _opened(context: Context, user_id: str, row: GroupRow) -> GroupRow:
    try:
        return open_group_row(get_group(context, GroupOwner(user_id), row.id), context.clock())
    except NotFound:  # It was removed after the list was read.
        return row


class GroupsState(rx.State):
    """The groups, which of them are open, and the group that an open dialog is about."""

    rows: rx.Field[list[GroupRow]] = rx.field(default_factory=list)
    asked_id: str = ""
    asked_name: str = ""
    open_ids: rx.Field[list[str]] = rx.field(default_factory=list)

    @server_only
    def show(self, rows: list[GroupRow]) -> None:
        """Take over the rows; equal ones are not sent again."""
        if self.rows != rows:
            self.rows = rows

    async def _refresh(self, user_id: str) -> None:
        await self._read_rows(user_id)
        tray = await self.get_state(TrayState)
        tray.show(await call(read_tray, user_id))

    async def _read_rows(self, user_id: str) -> None:
        """Show the rows as they are now; those that belong elsewhere leave with the next push."""
        ids = [row.id for row in self.rows]
        self.show(await call(read_rows, user_id, ids, tuple(self.open_ids)))

    @rx.event
    async def toggle(self, group_id: str) -> None:
        """Open a group of the page, or close it."""
        account = await signed_in(self)
        if group_id in self.open_ids:
            self.open_ids = [other for other in self.open_ids if other != group_id]
        elif any(row.id == group_id for row in self.rows):
            self.open_ids = [*self.open_ids, group_id]
        await self._read_rows(account.id)

    @rx.event
    async def pause(self, group_id: str) -> None:
        """Pause the downloads of a group."""
        account = await signed_in(self)
        found = await call(group_control.pause_group, GroupOwner(account.id), group_id)
        await self._refresh(account.id)
        await self._announce(f"{found.group.title} is paused")

    @rx.event
    async def resume(self, group_id: str) -> None:
        """Resume the downloads of a group."""
        account = await signed_in(self)
        found = await call(group_control.resume_group, GroupOwner(account.id), group_id)
        await self._refresh(account.id)
        await self._announce(f"{found.group.title} is resumed")

    @rx.event
    async def cancel(self, group_id: str) -> None:
        """Cancel the unfinished downloads of a group."""
        account = await signed_in(self)
        found = await call(group_control.cancel_group, GroupOwner(account.id), group_id)
        await self._refresh(account.id)
        await self._announce(f"{found.group.title} is cancelled")

    @rx.event
    async def retry(self, group_id: str) -> None:
        """Prepare the failed downloads of a group again."""
        account = await signed_in(self)
        found = await call(group_control.retry_group, GroupOwner(account.id), group_id)
        await self._refresh(account.id)
        await self._announce(f"{found.group.title} is prepared again")

    @rx.event
    async def ask_removal(self, group_id: str) -> None:
        """Ask for confirmation before removing a group of the page."""
        for row in self.rows:
            if row.id == group_id:
                self.asked_id, self.asked_name = row.id, row.title

    @rx.event
    def answer_no(self) -> None:
        """Close the question and remove nothing."""
        self.asked_id = ""

    @rx.event
    async def remove(self) -> None:
        """Remove the group that was confirmed."""
        account = await signed_in(self)
        group_id, self.asked_id = self.asked_id, ""
        await call(group_control.remove_group, GroupOwner(account.id), group_id)
        await self._refresh(account.id)

    async def _announce(self, text: str) -> None:
        (await self.get_state(TrayState)).announcement = text

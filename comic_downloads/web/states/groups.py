"""The groups of the downloads page: rows that open into the downloads of a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import reflex as rx

from ...domain.errors import NotFound
from ...domain.group import GroupOwner
from ...domain.job import JobStatus
from ...usecases.context import Context
from ...usecases.downloads import group_control
from ...usecases.downloads.group_snapshots import (
    GroupSnapshot,
    ended_groups,
    get_group,
    unfinished_groups,
)
from ..session.auth import call, signed_in
from ..session.callers import server_only
from ..views.groups import GroupRow, group_rows, open_group_row
from .tray import TrayState, read_tray

PAGE_SIZE = 50
# How long a group that has ended keeps its place among the active ones.
_KEEPS_PLACE = timedelta(minutes=2)


@dataclass(frozen=True)
class GroupLists:
    """The groups of an account: active or failed ones, and the completed ones with their total."""

    active: list[GroupRow]
    completed: list[GroupRow]
    completed_total: int


def read_groups(
    context: Context, user_id: str, open_ids: Sequence[str] = (), limit: int = PAGE_SIZE
) -> GroupLists:
    """Return the groups of an account; those with ``open_ids`` have their downloads."""
    owner, now = GroupOwner(user_id), context.clock()
    ended, total = ended_groups(context, owner, limit)
    watched = [
        group
        for group in ended
        if group.status == JobStatus.FAILED
        or (group.finished_at is not None and now - group.finished_at < _KEEPS_PLACE)
    ]
    active = [*unfinished_groups(context, owner), *watched]
    completed = [group for group in ended if group.status != JobStatus.FAILED]

    def rows(groups: list[GroupSnapshot]) -> list[GroupRow]:
        closed = group_rows(groups)
        return [_opened(context, owner, row) if row.id in open_ids else row for row in closed]

    return GroupLists(
        rows(sorted(active, key=lambda group: group.id)),
        rows(completed),
        total - sum(group.status == JobStatus.FAILED for group in ended),
    )


def _opened(context: Context, owner: GroupOwner, row: GroupRow) -> GroupRow:
    try:
        return open_group_row(get_group(context, owner, row.id), context.clock())
    except NotFound:  # It was removed after the list was read.
        return row


class GroupsState(rx.State):
    """The groups, which of them are open, and the group that an open dialog is about."""

    active: rx.Field[list[GroupRow]] = rx.field(default_factory=list)
    completed: rx.Field[list[GroupRow]] = rx.field(default_factory=list)
    completed_total: int = 0
    asked_id: str = ""
    asked_name: str = ""
    open_ids: rx.Field[list[str]] = rx.field(default_factory=list)

    @server_only
    def show(self, lists: GroupLists) -> None:
        """Take over what has changed; equal lists are not sent again."""
        for name, value in vars(lists).items():
            if getattr(self, name) != value:
                setattr(self, name, value)

    async def _refresh(self, user_id: str) -> None:
        self.show(await call(read_groups, user_id, tuple(self.open_ids)))
        tray = await self.get_state(TrayState)
        tray.show(await call(read_tray, user_id))

    @rx.event
    async def toggle(self, group_id: str) -> None:
        """Open a group of the page, or close it."""
        account = await signed_in(self)
        if group_id in self.open_ids:
            self.open_ids = [other for other in self.open_ids if other != group_id]
        elif any(row.id == group_id for row in (*self.active, *self.completed)):
            self.open_ids = [*self.open_ids, group_id]
        self.show(await call(read_groups, account.id, tuple(self.open_ids)))

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
        for row in (*self.active, *self.completed):
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

"""Choose several downloads and groups of the downloads page, and act on all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import reflex as rx

from ...usecases.delivery.keeping import keep_longer
from ...usecases.downloads import many
from ...usecases.downloads.snapshots import ready_ids
from .. import wording
from ..browser_events import toast
from ..session.auth import Next, call, signed_in
from ..session.callers import server_only
from ..views.downloads import DownloadRow
from ..views.groups import GroupRow
from .asked import save_each
from .groups import GroupsState


class ChosenDownloads(rx.State, mixin=True):
    """The selected rows, by their ids, which are among those that the page shows."""

    selected: rx.Field[list[str]] = rx.field(default_factory=list)
    removal_asked: bool = False
    _last_selected: str = ""

    async def _shown_ids(self) -> list[str]:
        """Return the ids of the rows in their order: groups first."""
        groups = await self.get_state(GroupsState)
        rows: Sequence[DownloadRow] = self.rows  # pyright: ignore[reportAttributeAccessIssue]
        return [row.id for row in (*groups.rows, *rows)]

    @server_only
    def keep_selected(self, rows: Sequence[DownloadRow | GroupRow]) -> None:
        """Forget selected rows that are shown no longer."""
        shown = {row.id for row in rows}
        if any(one not in shown for one in self.selected):
            self.selected = [one for one in self.selected if one in shown]

    @rx.event
    async def select(self, row_id: str, with_range: bool) -> None:
        """Select or deselect a row; ``with_range``, all rows from the last one to it."""
        ids = await self._shown_ids()
        if row_id not in ids:
            return
        chosen = set(self.selected)
        if with_range and self._last_selected in ids:
            ends = sorted((ids.index(self._last_selected), ids.index(row_id)))
            chosen |= set(ids[ends[0] : ends[1] + 1])
        else:
            chosen ^= {row_id}
        self._last_selected = row_id
        self.selected = [one for one in ids if one in chosen]

    @rx.event
    async def select_all(self) -> None:
        """Select all rows that are shown."""
        self.selected = await self._shown_ids()

    @rx.event
    def select_none(self) -> None:
        """Deselect all rows."""
        self.selected = []

    @rx.event
    async def pause_selected(self) -> Next:
        """Pause the selected downloads."""
        return await self._act(many.pause_many, "paused")

    @rx.event
    async def resume_selected(self) -> Next:
        """Resume the selected downloads."""
        return await self._act(many.resume_many, "resumed")

    @rx.event
    async def cancel_selected(self) -> Next:
        """Cancel the selected downloads."""
        return await self._act(many.cancel_many, "cancelled")

    @rx.event
    async def retry_selected(self) -> Next:
        """Prepare the selected downloads again."""
        return await self._act(many.retry_many, "queued again")

    @rx.event
    async def put_selected_first(self) -> Next:
        """Prepare the selected downloads before the others of the account."""
        return await self._act(many.put_first, "put first", everybody=False)

    @rx.event
    async def keep_selected_longer(self) -> Next:
        """Keep the selected files for their full time from now on."""
        return await self._act(keep_longer, "kept longer")

    async def _act(self, verb: Callable[..., int], done: str, **options: Any) -> Next:
        account = await signed_in(self)
        number = await call(verb, account.id, self.selected, **options)
        self.selected = []
        await self._refresh(account.id)  # pyright: ignore[reportAttributeAccessIssue]
        return toast("info", f"{wording.count(number, 'download')} {done}")

    @rx.event
    async def save_selected(self) -> Next:
        """Let this tab save the selected files that are ready, one after the other."""
        account = await signed_in(self)
        ids = await call(many.ready_among, account.id, self.selected)
        self.selected = []
        return save_each(ids) if ids else toast("info", "None of the selected files is ready.")

    @rx.event
    async def save_all_ready(self) -> Next:
        """Let this tab save all ready files one after the other."""
        account = await signed_in(self)
        return save_each(await call(ready_ids, account.id))

    @rx.event
    def ask_removal_of_selected(self) -> None:
        """Ask for confirmation before removing the selected downloads."""
        self.removal_asked = bool(self.selected)

    @rx.event
    async def remove_selected(self) -> Next:
        """Remove the selected downloads, which was confirmed."""
        account = await signed_in(self)
        self.removal_asked = False
        freed = await call(many.remove_many, account.id, self.selected)
        self.selected = []
        await self._refresh(account.id)  # pyright: ignore[reportAttributeAccessIssue]
        removed = wording.count(freed.deleted, "download")
        return toast("success", f"{removed} removed, {wording.size(freed.freed_bytes)} freed")

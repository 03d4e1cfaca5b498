"""The account's presets, to be renamed, made the default, and deleted."""

from __future__ import annotations

from typing import Any

import reflex as rx

from ...domain.errors import ComicDownloadsError
from ...usecases.downloads.saved_presets import (
    PresetChange,
    change_preset,
    delete_preset,
    list_presets,
)
from ..session.auth import Next, call, signed_in
from ..session.callers import server_only
from ..views.presets import PresetRow, preset_row


class PresetListState(rx.State):
    """The list, the row that is being renamed, and the one about to be deleted."""

    rows: rx.Field[list[PresetRow]] = rx.field(default_factory=list)
    renamed_id: str = ""
    problem: str = ""
    asked_id: str = ""
    asked_name: str = ""

    @server_only
    async def read(self) -> None:
        """Read the presets of the account."""
        account = await signed_in(self)
        self.rows = [preset_row(one) for one in await call(list_presets, account.id)]

    @rx.event
    def start_renaming(self, preset_id: str) -> None:
        """Show the field for the new name of a preset."""
        self.renamed_id, self.problem = preset_id, ""

    @rx.event
    def stop_renaming(self) -> None:
        """Keep the name."""
        self.renamed_id, self.problem = "", ""

    @rx.event
    async def rename(self, form: dict[str, Any]) -> None:
        """Give the preset the name that was typed, or say why it cannot have it."""
        await self._change(self.renamed_id, PresetChange(name=str(form.get("name", ""))))
        if not self.problem:
            self.renamed_id = ""

    @rx.event
    async def make_default(self, preset_id: str, is_default: bool) -> None:
        """Make the preset the default, or no preset."""
        await self._change(preset_id, PresetChange(is_default=is_default))

    async def _change(self, preset_id: str, change: PresetChange) -> None:
        account = await signed_in(self)
        self.problem = ""
        try:
            await call(change_preset, account.id, preset_id, change)
        except ComicDownloadsError as error:
            self.problem = error.detail
        await self.read()

    @rx.event
    def ask_deletion(self, preset_id: str) -> None:
        """Ask for confirmation before deleting a preset of the list."""
        for row in self.rows:
            if row.id == preset_id:
                self.asked_id, self.asked_name = row.id, row.name

    @rx.event
    def answer_no(self) -> None:
        """Close the question and delete nothing."""
        self.asked_id = ""

    @rx.event
    async def delete(self) -> Next:
        """Delete the preset that was confirmed."""
        account = await signed_in(self)
        preset_id, self.asked_id = self.asked_id, ""
        try:
            await call(delete_preset, account.id, preset_id)
        finally:
            await self.read()

"""Save what is chosen in the picker as a preset."""

from __future__ import annotations

from typing import Any

import reflex as rx

from ...domain.errors import ComicDownloadsError
from ...domain.saved_preset import preset_name_key
from ...usecases.downloads.saved_presets import PresetChange, change_preset, create_preset
from ..browser_events import toast
from ..session.auth import Next, call, signed_in
from .picker import PickerState


class PresetFormState(rx.State):
    """The field for the name. ``replaces`` says that a preset of that name exists."""

    is_open: bool = False
    replaces: bool = False
    problem: str = ""

    @rx.event
    def open(self) -> None:
        """Ask for a name."""
        self.is_open, self.replaces, self.problem = True, False, ""

    @rx.event
    def close(self) -> None:
        """Save nothing."""
        self.is_open = False

    @rx.event
    async def type_name(self, value: str) -> None:
        """Note whether a preset has the name that is typed."""
        self.problem = ""
        self.replaces = bool(_same_name(await self.get_state(PickerState), value))

    @rx.event
    async def save(self, form: dict[str, Any]) -> Next:
        """Save the present choices under the name, in place of a preset that has it."""
        account = await signed_in(self)
        picker = await self.get_state(PickerState)
        name = str(form.get("name", ""))
        preset_id = _same_name(picker, name)
        choices = picker.choices()
        try:
            saved = (
                await call(change_preset, account.id, preset_id, PresetChange(name, None, choices))
                if preset_id
                else await call(create_preset, account.id, name, choices)
            )
        except ComicDownloadsError as error:
            self.problem = error.detail
            return None
        self.is_open = False
        await picker.show_presets(account.id, saved.id)
        return toast("success", f"Preset “{saved.name}” saved.")


def _same_name(picker: PickerState, name: str) -> str:
    """Return the id of the preset with this name in any case; empty without one."""
    key = preset_name_key(name)
    return next((one.id for one in picker.presets if preset_name_key(one.name) == key), "")

"""Saving what was asked for by itself: the setting of this browser, and what is left to save.

They are our own HTML elements, from assets/saving-elements.js. Nobody's state has a part in them:
what waits to be saved is known to the browser alone.
"""

from __future__ import annotations

import reflex as rx
from reflex_components_core.el.element import Element

from ..states.tray import TrayState
from .group_row import GroupTransfer


class SaveSetting(Element):
    """The element ``<comic-save-setting>``: the switch *Download when ready*."""

    tag = "comic-save-setting"


class LeftSaves(Element):
    """The element ``<comic-left-saves>``, which is hidden while nothing is left to save."""

    tag = "comic-left-saves"


def save_setting() -> rx.Component:
    """Return the switch for saving files by themselves in this browser."""
    return rx.cond(TrayState.known, SaveSetting.create())


def left_to_save() -> rx.Component:
    """Return what is being saved as a list, and what tabs asked for that were closed."""
    # The built page has none of them: they would change themselves before React takes it over.
    return rx.cond(
        TrayState.known,
        rx.fragment(
            LeftSaves.create(custom_attrs={"role": "status"}),
            GroupTransfer.create(
                custom_attrs={"group-id": "list", "name": "the downloads", "class": "list-transfer"}
            ),
        ),
    )

"""Selecting several comics: the button, the bar with their number, and the dialog."""

from __future__ import annotations

import reflex as rx

from ..states.list_dialog import ListDialogState
from ..states.picker import PickerState
from ..states.selection import SelectionState
from ..states.share_dialog import ShareDialogState
from ..states.tray import TrayState
from .picker import download_button, picker
from .question import RESTORE_FOCUS
from .share_dialog import share_button

_SELECT_BUTTON = "select-comics"


def select_button(is_offered: rx.Var[bool] | bool) -> rx.Component:
    """Return the button that starts and stops selecting."""
    return rx.cond(
        is_offered | SelectionState.selecting,
        rx.button(
            rx.icon("square-check-big", size=16, aria_hidden="true"),
            "Select",
            id=_SELECT_BUTTON,
            on_click=rx.cond(
                SelectionState.selecting, SelectionState.stop(), SelectionState.start()
            ),
            variant=rx.cond(SelectionState.selecting, "solid", "soft"),
            color_scheme="gray",
            high_contrast=True,
            custom_attrs={"aria-pressed": SelectionState.selecting},
        ),
    )


def selection_bar() -> rx.Component:
    """Return the bar with the number of selected comics and what to do with them."""
    number = SelectionState.selected.length()
    return rx.cond(
        SelectionState.selecting,
        rx.box(
            rx.text(
                number, " selected", size="3", weight="medium", class_name="figures", role="status"
            ),
            _bar_button("Select all", SelectionState.select_all),
            _bar_button("Stop selecting", [SelectionState.stop, rx.set_focus(_SELECT_BUTTON)]),
            _bar_button("Keep in list…", ListDialogState.keep_selected, disabled=number == 0),
            share_button(
                "Share…",
                ShareDialogState.share_selected,
                disabled=number == 0,
                variant="ghost",
                class_name="on-ink",
            ),
            rx.button(
                rx.match(
                    number, (0, "Download…"), (1, "Download 1 comic…"), f"Download {number} comics…"
                ),
                on_click=SelectionState.open_picker,
                disabled=number == 0,
                size="3",
            ),
            class_name="selection-bar",
            role="region",
            aria_label="Selection",
        ),
    )


def _bar_button(
    label: str, on_click: rx.event.EventType[()], disabled: rx.Var[bool] | bool = False
) -> rx.Component:
    return rx.button(
        label,
        on_click=on_click,
        disabled=disabled,
        variant="ghost",
        color_scheme="gray",
        class_name="on-ink",
    )


def selection_dialog() -> rx.Component:
    """Return the download dialog for the selected comics."""
    number = PickerState.comic_count
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(rx.match(number, (1, "Download 1 comic"), f"Download {number} comics")),
            rx.dialog.description(
                rx.cond(
                    number > 1,
                    "Choose how they are divided among files.",
                    "Choose the format and the quality.",
                ),
                size="2",
                color_scheme="gray",
                margin_bottom="20px",
            ),
            picker(with_pages=False),
            rx.flex(
                rx.dialog.close(rx.button("Close", variant="soft", color_scheme="gray", size="3")),
                download_button(SelectionState.finish),
                gap="12px",
                justify="end",
                margin_top="24px",
            ),
            on_close_auto_focus=RESTORE_FOCUS,
            max_width="480px",
        ),
        open=PickerState.dialog_open & TrayState.known,
        on_open_change=PickerState.show_dialog,
    )

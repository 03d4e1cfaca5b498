"""The bar of the downloads page with the number of selected rows and what to do with them."""

from __future__ import annotations

import reflex as rx

from ..states.downloads import DownloadsState
from .row_menu import menu_item


def chosen_bar() -> rx.Component:
    """Return the bar, shown while rows are selected."""
    number = DownloadsState.selected.length()
    return rx.cond(
        number > 0,
        rx.box(
            rx.text(
                number, " selected", size="3", weight="medium", class_name="figures", role="status"
            ),
            _button("Select all", "list-checks", DownloadsState.select_all),
            _button("Clear", "x", DownloadsState.select_none),
            rx.spacer(),
            _button("Pause", "pause", DownloadsState.pause_selected),
            _button("Resume", "play", DownloadsState.resume_selected),
            _button("Cancel", "circle-x", DownloadsState.cancel_selected),
            _button("Retry", "rotate-cw", DownloadsState.retry_selected),
            _more(),
            rx.button(
                rx.icon("download", size=16, aria_hidden="true"),
                "Download",
                on_click=DownloadsState.save_selected,
            ),
            class_name="selection-bar chosen-bar",
            role="region",
            aria_label="Selected downloads",
        ),
    )


def _button(label: str, icon: str, on_click: rx.event.EventType[()]) -> rx.Component:
    return rx.button(
        rx.icon(icon, size=15, aria_hidden="true"),
        label,
        on_click=on_click,
        variant="ghost",
        color_scheme="gray",
        class_name="on-ink",
    )


def _more() -> rx.Component:
    return rx.menu.root(
        rx.menu.trigger(
            rx.icon_button(
                rx.icon("ellipsis", size=18),
                variant="ghost",
                color_scheme="gray",
                aria_label="More for the selected downloads",
                class_name="on-ink",
            )
        ),
        rx.menu.content(
            menu_item("Do next", "arrow-up-to-line", DownloadsState.put_selected_first),
            menu_item("Keep longer", "clock", DownloadsState.keep_selected_longer),
            menu_item("Remove", "trash-2", DownloadsState.ask_removal_of_selected, tone="red"),
            align="end",
            size="2",
        ),
    )

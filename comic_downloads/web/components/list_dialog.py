"""The dialog that keeps comics or a filter in a list, and the button that opens it."""

from __future__ import annotations

import reflex as rx

from ...domain.reading_list import MAX_NAME_LENGTH
from ..states.list_dialog import NAME_FIELD, NEW_LIST, ListDialogState
from ..states.tray import TrayState
from .choices import choice_label
from .question import RESTORE_FOCUS


def list_dialog() -> rx.Component:
    """Return the dialog."""
    is_filter = ListDialogState.is_filter
    return rx.dialog.root(
        rx.dialog.content(
            rx.form(
                rx.dialog.title(rx.cond(is_filter, "Keep this filter", "Keep in a list")),
                rx.dialog.description(
                    rx.cond(
                        is_filter,
                        "What the library shows now is found again in Lists, always up to date.",
                        f"{ListDialogState.words}, in the order in which you selected them.",
                    ),
                    size="2",
                    color_scheme="gray",
                    margin_bottom="16px",
                ),
                rx.cond(~is_filter & (ListDialogState.lists.length() > 0), _target()),
                rx.cond(is_filter | (ListDialogState.target == NEW_LIST), _name()),
                rx.box(
                    rx.text(ListDialogState.problem, color_scheme="red", size="2"),
                    id="list-problem",
                    role="alert",
                    margin_top="4px",
                ),
                rx.flex(
                    rx.dialog.close(
                        rx.button(
                            "Cancel", type="button", variant="soft", color_scheme="gray", size="3"
                        )
                    ),
                    rx.button(
                        rx.cond(
                            is_filter | (ListDialogState.target == NEW_LIST), "Keep", "Add to list"
                        ),
                        type="submit",
                        size="3",
                    ),
                    gap="12px",
                    justify="end",
                    margin_top="20px",
                ),
                on_submit=ListDialogState.keep,
            ),
            on_close_auto_focus=RESTORE_FOCUS,
            max_width="440px",
        ),
        open=ListDialogState.is_open & TrayState.known,
        on_open_change=ListDialogState.close,
    )


def _target() -> rx.Component:
    return rx.box(
        choice_label("List"),
        rx.select.root(
            rx.select.trigger(width="100%", aria_label="List"),
            rx.select.content(
                rx.select.item("New list", value=NEW_LIST),
                rx.foreach(
                    ListDialogState.lists, lambda row: rx.select.item(row.name, value=row.id)
                ),
                position="popper",
            ),
            value=ListDialogState.target,
            on_change=ListDialogState.choose,
            size="3",
        ),
        margin_bottom="16px",
    )


def _name() -> rx.Component:
    return rx.box(
        rx.el.label(choice_label("Name"), html_for=NAME_FIELD),
        rx.input(
            id=NAME_FIELD,
            name=NAME_FIELD,
            max_length=MAX_NAME_LENGTH,
            auto_complete="off",
            size="3",
            aria_describedby="list-problem",
        ),
    )

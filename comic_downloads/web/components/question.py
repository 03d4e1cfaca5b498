"""A question before something is taken away."""

from __future__ import annotations

import reflex as rx

RESTORE_FOCUS = rx.call_script("window.comicFocus.again()")
"""For ``on_close_auto_focus`` of dialogs that a state opens: they have no trigger of their own to give the focus back to."""


def confirm_removal(
    heading: str | rx.Var[str],
    text: rx.Component,
    is_open: rx.Var[bool] | bool,
    on_yes: rx.event.EventType[()],
    on_no: rx.event.EventType[()],
    yes: str | rx.Var[str] = "Remove",
) -> rx.Component:
    """Begins at Keep, which Escape means, too; afterwards the keyboard is back where it was.

    The clicks are the cancel's and the action's own, not their buttons': those would hide from the dialog what to focus.
    """
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(heading),
            rx.alert_dialog.description(text),
            rx.flex(
                rx.alert_dialog.cancel(
                    rx.button("Keep", variant="soft", color_scheme="gray"), on_click=on_no
                ),
                rx.alert_dialog.action(rx.button(yes, color_scheme="red"), on_click=on_yes),
                gap="12px",
                justify="end",
                margin_top="20px",
            ),
            on_escape_key_down=on_no,
            on_close_auto_focus=RESTORE_FOCUS,
            max_width="440px",
        ),
        open=is_open,
    )

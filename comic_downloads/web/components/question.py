"""Ask for confirmation before something is removed."""

from __future__ import annotations

from dataclasses import dataclass

import reflex as rx

# For ``on_close_auto_focus`` of dialogs that a state opens. They have no trigger of their own
# that gets the focus back.
RESTORE_FOCUS = rx.call_script("window.comicFocus.again()")


@dataclass(frozen=True)
class Answers:
    """What the two buttons do, and the label of the one that removes."""

    on_yes: rx.event.EventType[()]
    on_no: rx.event.EventType[()]
    yes: str | rx.Var[str] = "Remove"


def confirm_removal(
    heading: str | rx.Var[str],
    text: rx.Component,
    answers: Answers,
    *,
    is_open: rx.Var[bool] | bool,
) -> rx.Component:
    """Return the dialog. Focus starts on Keep, and Escape means Keep.

    The clicks belong to the dialog's cancel and action, not to the buttons inside them:
    handlers on the buttons would hide from the dialog which element to focus.
    """
    return rx.alert_dialog.root(
        rx.alert_dialog.content(
            rx.alert_dialog.title(heading),
            rx.alert_dialog.description(text),
            rx.flex(
                rx.alert_dialog.cancel(
                    rx.button("Keep", variant="soft", color_scheme="gray"), on_click=answers.on_no
                ),
                rx.alert_dialog.action(
                    rx.button(answers.yes, color_scheme="red"), on_click=answers.on_yes
                ),
                gap="12px",
                justify="end",
                margin_top="20px",
            ),
            on_escape_key_down=answers.on_no,
            on_close_auto_focus=RESTORE_FOCUS,
            max_width="440px",
        ),
        open=is_open,
    )

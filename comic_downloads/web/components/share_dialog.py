"""The dialog that creates a share: first a form, then the link."""

from __future__ import annotations

from typing import Any

import reflex as rx

from ...domain.share import DEFAULT_LIFE_SECONDS
from ..labels import FORMATS
from ..states.share_dialog import (
    FORMAT_FIELD,
    LIFE_FIELD,
    LIMIT_FIELD,
    PASSWORD_FIELD,
    READER_FIELD,
    ShareDialogState,
)
from ..states.tray import TrayState
from .choices import choice_label
from .question import RESTORE_FOCUS

_DAY_SECONDS = 86400
_LIVES = ((1, "1 day"), (7, "7 days"), (30, "30 days"), (365, "1 year"))


def share_dialog() -> rx.Component:
    """Return the dialog."""
    return rx.dialog.root(
        rx.dialog.content(
            rx.cond(ShareDialogState.link == "", _form(), _link()),
            on_close_auto_focus=RESTORE_FOCUS,
            max_width="480px",
        ),
        open=ShareDialogState.is_open & TrayState.known,
        on_open_change=ShareDialogState.close,
    )


def share_button(label: str, on_click: rx.event.EventType[()], **style: Any) -> rx.Component:
    """Return a button that opens the dialog, which the page must contain, for those who may share.

    The page belongs to an account.
    """
    return rx.cond(
        TrayState.may_share,
        rx.button(
            rx.icon("share-2", size=16, aria_hidden="true"),
            label,
            on_click=on_click,
            **{"variant": "soft", "color_scheme": "gray", **style},
        ),
    )


def _form() -> rx.Component:
    return rx.form(
        rx.dialog.title("Share ", ShareDialogState.name),
        rx.dialog.description(
            "Create a link for people without an account.",
            size="2",
            color_scheme="gray",
            margin_bottom="20px",
        ),
        _field("Password", PASSWORD_FIELD, "None", ShareDialogState.password_problem),
        rx.box(
            _life(),
            _field("Download limit", LIMIT_FIELD, "No limit", ShareDialogState.limit_problem),
            class_name="picker-row",
        ),
        _formats(),
        rx.box(
            _box(READER_FIELD, "Guests may read in the browser", is_checked=False),
            margin_top="12px",
        ),
        rx.box(
            rx.text(ShareDialogState.problem, color_scheme="red", size="2"),
            role="alert",
            margin_top="12px",
        ),
        _buttons(
            _close_button("Cancel"),
            rx.button("Create link", type="submit", size="3", loading=ShareDialogState.busy),
        ),
        on_submit=ShareDialogState.make_link,
    )


def _link() -> rx.Component:
    return rx.fragment(
        rx.dialog.title("Share ", ShareDialogState.name),
        rx.dialog.description(
            rx.cond(
                ShareDialogState.conditions != "",
                ShareDialogState.conditions,
                "Anyone with this link can use it.",
            ),
            size="2",
            color_scheme="gray",
            margin_bottom="16px",
        ),
        _link_field(),
        _copy_result(),
        _buttons(
            _close_button("Close"),
            rx.button(
                rx.icon("link", size=16, aria_hidden="true"),
                "Copy link",
                size="3",
                on_click=ShareDialogState.copy,
            ),
        ),
    )


def _link_field() -> rx.Component:
    return rx.input(
        value=ShareDialogState.link,
        read_only=True,
        size="3",
        aria_label="Link",
        auto_focus=True,  # The pressed button is gone.
        on_focus=rx.call_script("document.activeElement.select()"),
        custom_attrs={"data-testid": "share-link"},
    )


def _copy_result() -> rx.Component:
    return rx.box(
        rx.match(
            ShareDialogState.copying,
            ("copied", rx.text("Copied.", size="2", color_scheme="gray")),
            (
                "refused",
                rx.text("The browser blocked copying. Select the link and copy it.", size="2"),
            ),
            rx.fragment(),
        ),
        role="status",
        aria_live="polite",
        min_height="20px",
        margin_top="8px",
    )


def _field(label: str, name: str, placeholder: str, problem: rx.Var[str] | str) -> rx.Component:
    return rx.box(
        rx.el.label(choice_label(label), html_for=name),
        rx.input(
            id=name,
            name=name,
            placeholder=placeholder,
            size="3",
            auto_complete="off",  # It is not the user's own password.
            custom_attrs={"aria-describedby": f"{name}-problem", "aria-invalid": problem != ""}
            | ({"inputMode": "numeric"} if name == LIMIT_FIELD else {}),
        ),
        rx.box(
            rx.text(problem, color_scheme="red", size="2"),
            id=f"{name}-problem",
            role="alert",
            margin_top="4px",
        ),
        margin_bottom="12px",
    )


def _life() -> rx.Component:
    return rx.box(
        choice_label("Expires after"),
        rx.select.root(
            rx.select.trigger(width="100%", aria_label="Expires after"),
            rx.select.content(
                *[rx.select.item(label, value=str(days * _DAY_SECONDS)) for days, label in _LIVES],
                position="popper",
            ),
            name=LIFE_FIELD,
            default_value=str(DEFAULT_LIFE_SECONDS),
            size="3",
        ),
    )


def _formats() -> rx.Component:
    return rx.el.fieldset(
        rx.el.legend(choice_label("Formats for guests")),
        rx.box(
            *[
                _box(FORMAT_FIELD + str(format), words.name, is_checked=True)
                for format, words in FORMATS.items()
            ],
            class_name="choice-boxes",
        ),
        rx.box(
            rx.text(ShareDialogState.formats_problem, color_scheme="red", size="2"), role="alert"
        ),
        class_name="plain-fieldset",
    )


def _box(name: str, label: str, *, is_checked: bool) -> rx.Component:
    return rx.el.label(
        rx.flex(
            rx.checkbox(
                name=name,
                default_checked=is_checked,
                size="2",
                custom_attrs={"aria-label": label},
            ),
            rx.text(label, size="2"),
            class_name="choice-line",
        )
    )


def _close_button(label: str) -> rx.Component:
    return rx.dialog.close(
        rx.button(label, type="button", variant="soft", color_scheme="gray", size="3")
    )


def _buttons(*buttons: rx.Component) -> rx.Component:
    return rx.flex(*buttons, gap="12px", justify="end", margin_top="20px")

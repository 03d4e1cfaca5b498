"""The dialog in which the owner decides what a member may do, and how much storage they have."""

from __future__ import annotations

import reflex as rx

from ...domain.permission import Permission
from ..states.member_limits import PERMISSION_FIELD, QUOTA_FIELD, MemberLimitsState
from .choices import choice_label
from .question import RESTORE_FOCUS

_MEMBER = MemberLimitsState.member


def member_limits_dialog() -> rx.Component:
    """Return the dialog."""
    return rx.dialog.root(
        rx.dialog.content(_form(), on_close_auto_focus=RESTORE_FOCUS, max_width="440px"),
        open=_MEMBER.id != "",
        on_open_change=MemberLimitsState.close,
    )


def _form() -> rx.Component:
    return rx.form(
        rx.dialog.title("What ", _MEMBER.name, " may do"),
        rx.dialog.description(
            "Everyone may look at the library and read. What was asked for before continues.",
            size="2",
            color_scheme="gray",
            margin_bottom="16px",
        ),
        _box(Permission.DOWNLOAD, "Download comics", _MEMBER.may_download),
        _box(Permission.SHARE, "Share comics by link", _MEMBER.may_share),
        _box(Permission.UPLOAD, "Add comics to the library", _MEMBER.may_upload),
        rx.box(
            rx.el.label(choice_label("Storage in GB"), html_for=QUOTA_FIELD),
            rx.input(
                id=QUOTA_FIELD,
                name=QUOTA_FIELD,
                default_value=_MEMBER.quota,
                placeholder=f"As for everyone: {_MEMBER.usual_quota}",
                size="3",
                auto_complete="off",
                custom_attrs={
                    "inputMode": "decimal",
                    "aria-describedby": f"{QUOTA_FIELD}-help {QUOTA_FIELD}-problem",
                    "aria-invalid": MemberLimitsState.problem != "",
                },
            ),
            rx.text(
                "0 means no limit.",
                id=f"{QUOTA_FIELD}-help",
                size="2",
                color_scheme="gray",
                margin_top="4px",
            ),
            margin_top="16px",
        ),
        rx.box(
            rx.text(MemberLimitsState.problem, color_scheme="red", size="2"),
            id=f"{QUOTA_FIELD}-problem",
            role="alert",
            margin_top="8px",
        ),
        rx.flex(
            rx.dialog.close(
                rx.button("Cancel", type="button", variant="soft", color_scheme="gray", size="3")
            ),
            rx.button("Save", type="submit", size="3"),
            gap="12px",
            justify="end",
            margin_top="20px",
        ),
        on_submit=MemberLimitsState.save,
    )


def _box(permission: Permission, label: str, is_checked: rx.Var[bool] | bool) -> rx.Component:
    return rx.el.label(
        rx.flex(
            rx.checkbox(
                name=PERMISSION_FIELD + permission,
                default_checked=is_checked,
                size="2",
                custom_attrs={"aria-label": label},
            ),
            rx.text(label, size="2"),
            class_name="choice-line",
        ),
        display="block",
        margin_bottom="8px",
    )

"""A field that shows a new secret once: a token, or a link."""

from __future__ import annotations

from dataclasses import dataclass

import reflex as rx


@dataclass(frozen=True)
class SecretEvents:
    """What copies the secret, and what hides it when it is no longer needed."""

    copy: rx.event.EventSpec
    hide: list[rx.event.EventSpec | rx.event.EventCallback[*tuple[()]]]


def secret_field(
    field_id: str, label: str | rx.Var[str], events: SecretEvents, *, is_shown: rx.Var[bool] | bool
) -> rx.Component:
    """Return the box with the secret. It is always there, because a script fills it."""
    return rx.box(
        rx.el.label(label, html_for=field_id, class_name="field-label"),
        rx.box(
            rx.input(id=field_id, read_only=True, auto_complete="off", size="3", flex="1"),
            rx.button("Copy", size="3", variant="soft", on_click=events.copy),
            rx.button("Done", size="3", variant="soft", color_scheme="gray", on_click=events.hide),
            class_name="field-with-button",
        ),
        display=rx.cond(is_shown, "block", "none"),
        role="status",
    )

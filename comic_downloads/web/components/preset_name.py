"""The field in which a preset gets its name, with its buttons and what is wrong with the name."""

from __future__ import annotations

from typing import Any

import reflex as rx

from ...domain.saved_preset import MAX_NAME_LENGTH

_PROBLEM = "preset-problem"


def preset_name(
    save: str | rx.Var[str],
    cancel: rx.event.EventType[()],
    problem: str | rx.Var[str],
    **field: Any,
) -> rx.Component:
    """Return what stands in the form that names a preset.

    Args:
        save: The word on the button that submits the form.
        cancel: What the other button does.
        problem: Why the name was refused; empty if it was not.
        field: Further properties of the field.
    """
    return rx.fragment(
        rx.box(
            rx.input(
                name="name",
                max_length=MAX_NAME_LENGTH,
                auto_complete="off",
                auto_focus=True,
                size="3",
                flex="1",
                aria_describedby=_PROBLEM,
                **field,
            ),
            rx.button(save, type="submit", size="3", variant="soft"),
            rx.button(
                "Cancel",
                type="button",
                size="3",
                variant="soft",
                color_scheme="gray",
                on_click=cancel,
            ),
            class_name="field-with-button",
        ),
        rx.box(
            rx.text(problem, color_scheme="red", size="2"),
            id=_PROBLEM,
            role="alert",
            margin_top="4px",
        ),
    )

"""A row of a short list: a name, a line about it, and what can be done with it."""

from __future__ import annotations

import reflex as rx


def named_row(
    name: rx.Var[str], words: rx.Component, *actions: rx.Component, key: rx.Var[str], icon: str = ""
) -> rx.Component:
    """Return the row; ``words`` is the line below the name."""
    return rx.el.li(
        rx.icon(icon, size=20, aria_hidden="true") if icon else rx.fragment(),
        rx.el.div(
            rx.el.span(name, class_name="row-title"),
            rx.text(words, size="2", color_scheme="gray"),
            class_name="token-words",
        ),
        *actions,
        class_name="person",
        key=key,
    )


def row_button(label: str, name: rx.Var[str], on_click: rx.event.EventType[()]) -> rx.Component:
    """Return a button of a row, which is read aloud with the name of the row."""
    return rx.button(
        label,
        rx.el.span(" ", name, class_name="visually-hidden"),
        variant="soft",
        color_scheme="gray",
        on_click=on_click,
    )

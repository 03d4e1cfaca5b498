"""What a list shows while it is empty, loading or failed to load."""

from __future__ import annotations

from typing import Literal

import reflex as rx


def empty_state(
    icon: str,
    heading: str | rx.Var,
    text: str | rx.Var,
    *actions: rx.Component,
    level: Literal["h1", "h2"] = "h2",
) -> rx.Component:
    """Return what is missing and the next step; ``level`` is "h1" if the page is empty."""
    return rx.box(
        rx.box(rx.icon(icon, size=28, aria_hidden="true"), class_name="empty-sign"),
        rx.heading(heading, as_=level, size="4"),
        rx.text(text, color_scheme="gray", max_width="44ch"),
        *actions,
        class_name="empty",
    )


def failed_state(problem: str | rx.Var, on_retry: rx.event.EventType[()]) -> rx.Component:
    """Return what could not be loaded, with a button to try again."""
    return rx.box(
        rx.box(rx.icon("cloud-off", size=28, aria_hidden="true"), class_name="empty-sign"),
        rx.heading("This could not be loaded", as_="h2", size="4"),
        rx.text(problem, color_scheme="gray", max_width="56ch"),
        rx.button(rx.icon("rotate-cw", size=16), "Try again", variant="soft", on_click=on_retry),
        class_name="empty",
        role="alert",
    )


def loading_grid(number: int = 12) -> rx.Component:
    """Return placeholders for covers."""
    card = rx.box(
        rx.skeleton(rx.box(class_name="cover"), loading=True),
        rx.skeleton(height="16px", margin_top="12px", width="80%"),
        rx.skeleton(height="14px", margin_top="8px", width="50%"),
    )
    return rx.box(
        *[card] * number, class_name="grid", aria_label="Loading", aria_busy="true", role="status"
    )


def loading_rows(number: int = 3) -> rx.Component:
    """Return placeholders for rows."""
    row = rx.box(
        rx.skeleton(rx.box(class_name="cover"), loading=True),
        rx.box(
            rx.skeleton(height="18px", width="40%"),
            rx.skeleton(height="14px", margin_top="10px", width="70%"),
        ),
        class_name="row",
    )
    return rx.box(
        *[row] * number, class_name="sheet", aria_label="Loading", aria_busy="true", role="status"
    )

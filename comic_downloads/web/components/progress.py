"""Progress as a bar and as a ring."""

from __future__ import annotations

import functools

import reflex as rx


def progress_bar(
    percent: rx.Var[int] | int, label: rx.Var[str] | str, tone: rx.Var[str] | str = "iris"
) -> rx.Component:
    """Return a bar that screen readers read as ``label`` with the percent."""
    return rx.box(
        rx.box(class_name="bar-fill", width=f"{percent}%"),
        class_name="bar",
        role="progressbar",
        aria_label=label,
        aria_valuemin=0,
        aria_valuemax=100,
        aria_valuenow=percent,
        custom_attrs={"data-tone": tone},
    )


def progress_ring(percent: rx.Var[int] | int) -> rx.Component:
    """Return a decorative ring; the button inside it says the number.

    The style sheet turns ``--percent`` into the length of the stroke.
    """
    circle = functools.partial(rx.el.circle, cx=27, cy=27, r=25)
    return rx.el.svg(
        circle(class_name="ring-track"),
        circle(
            class_name="ring-fill", custom_attrs={"pathLength": 100}, style={"--percent": percent}
        ),
        class_name="ring",
        width="54",
        height="54",
        view_box="0 0 54 54",
        aria_hidden="true",
    )

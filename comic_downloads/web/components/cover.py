"""The cover of a comic: an image over a coloured block with the title."""

from __future__ import annotations

import reflex as rx


def cover(
    url: rx.Var[str] | str, name: rx.Var[str] | str, tint: rx.Var[int] | int = 0
) -> rx.Component:
    """Return the cover. ``tint`` is the colour of the block, 0 to 5, seen without an image."""
    return rx.box(
        rx.box(name, class_name="cover-name", aria_hidden="true"),
        rx.cond(url != "", rx.el.img(src=url, alt="", loading="lazy", decoding="async")),
        class_name=rx.Var.create(f"cover cover-{tint}"),
    )

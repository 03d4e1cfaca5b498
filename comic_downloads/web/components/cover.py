"""A comic's cover: its picture over a coloured block with the title, which shows where there is no picture."""

from __future__ import annotations

import reflex as rx


def cover(
    url: rx.Var[str] | str, name: rx.Var[str] | str, tint: rx.Var[int] | int = 0
) -> rx.Component:
    """``tint`` is one of the six colours of the block, 0 to 5."""
    return rx.box(
        rx.box(name, class_name="cover-name", aria_hidden="true"),
        rx.cond(url != "", rx.el.img(src=url, alt="", loading="lazy", decoding="async")),
        class_name=rx.Var.create(f"cover cover-{tint}"),
    )

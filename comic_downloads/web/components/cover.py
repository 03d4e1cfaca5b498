"""The cover of a comic: an image over a coloured block with the title."""

from __future__ import annotations

import reflex as rx


def cover(
    url: rx.Var[str] | str, name: rx.Var[str] | str, tint: rx.Var[int] | int = 0
) -> rx.Component:
    """Return the cover. ``tint`` is the colour of the block, 0 to 5, seen without an image."""
    return _block(url != "", {"src": url}, name, tint)


def sharp_cover(
    url: rx.Var[str], name: rx.Var[str], tint: rx.Var[int], heights: tuple[int, int]
) -> rx.Component:
    """Return the cover in the resolution of the screen.

    Args:
        url: The address of the cover, to which a height can be added.
        name: The title, seen without an image.
        tint: The colour of the block, 0 to 5.
        heights: The image's height in pixels on ordinary screens, and on screens with twice the
            density.
    """
    plain, dense = (f"{url}&height={height}" for height in heights)
    return _block(url != "", {"src": plain, "src_set": f"{plain} 1x, {dense} 2x"}, name, tint)


def _block(
    has_image: rx.Var[bool] | bool,
    image: dict[str, rx.Var[str] | str],
    name: rx.Var[str] | str,
    tint: rx.Var[int] | int,
) -> rx.Component:
    return rx.box(
        rx.box(name, class_name="cover-name", aria_hidden="true"),
        rx.cond(has_image, rx.el.img(**image, alt="", loading="lazy", decoding="async")),
        class_name=rx.Var.create(f"cover cover-{tint}"),
    )

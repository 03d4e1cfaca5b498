"""The cover of a comic: an image over a coloured block with the title."""

from __future__ import annotations

from typing import Any

import reflex as rx

_LAZY: dict[str, Any] = {"alt": "", "loading": "lazy", "decoding": "async"}


def cover(
    url: rx.Var[str] | str, name: rx.Var[str] | str, tint: rx.Var[int] | int = 0
) -> rx.Component:
    """Return the cover. ``tint`` is the colour of the block, 0 to 5, seen without an image."""
    return _block(rx.el.img(src=url, **_LAZY), url, name, tint)


def sharp_cover(
    url: rx.Var[str] | str,
    name: rx.Var[str] | str,
    tint: rx.Var[int] | int,
    heights: tuple[int, int],
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
    image = rx.el.img(src=plain, src_set=f"{plain} 1x, {dense} 2x", **_LAZY)
    return _block(image, url, name, tint)


def _block(
    image: rx.Component,
    url: rx.Var[str] | str,
    name: rx.Var[str] | str,
    tint: rx.Var[int] | int,
) -> rx.Component:
    return rx.box(
        rx.box(name, class_name="cover-name", aria_hidden="true"),
        rx.cond(url != "", image),
        class_name=rx.Var.create(f"cover cover-{tint}"),
    )

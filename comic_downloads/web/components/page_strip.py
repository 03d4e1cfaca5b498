"""The strip of the pages of a comic or of a finished file, each of which opens the reader."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from ..states.comic import ComicState
from ..views.library import PageThumb


def page_strip() -> rx.Component:
    """Return the strip; nothing while there are no pages."""
    return rx.cond(
        ComicState.pages.length() > 0,
        rx.fragment(
            rx.el.h2("Pages", class_name="section-title"),
            rx.el.ul(rx.foreach(ComicState.pages, _thumb), class_name="strip", aria_label="Pages"),
        ),
    )


def _thumb(page: ObjectVar[PageThumb]) -> rx.Component:
    return rx.el.li(
        rx.cond(
            page.problem != "",
            rx.box(
                rx.icon("image-off", size=20, aria_hidden="true"),
                "Damaged",
                class_name="thumb thumb-damaged",
                title=page.problem,
                role="img",
                aria_label=f"{page.label} is damaged: {page.problem}",
            ),
            rx.el.button(
                rx.el.img(src=page.thumb_url, alt="", loading="lazy", decoding="async"),
                type="button",
                # A plain f-string would get a name from Python's hash, another one in each build.
                id=rx.Var.create(f"page-{page.index}"),
                class_name="thumb",
                on_click=ComicState.read(page.index),
                aria_label=f"Read {page.label}",
            ),
        ),
        rx.el.div(page.number, class_name="thumb-number", aria_hidden="true"),
        key=page.index,
    )

"""The page on which a finished file is read: the strip of its pages, and the reader."""

from __future__ import annotations

import reflex as rx

from .. import routes
from ..components.frame import frame
from ..components.list_states import empty_state
from ..components.page_strip import page_strip
from ..components.reader import reader
from ..states.comic import ComicState


def finished_file_page() -> rx.Component:
    """Return the page."""
    return frame(
        routes.DOWNLOADS,
        rx.cond(
            ComicState.problem != "",
            empty_state("file-x", "File not found", ComicState.problem, _back()),
            rx.fragment(
                rx.el.div(
                    rx.el.h1(ComicState.comic.title, class_name="page-title"),
                    _back(),
                    class_name="page-head",
                ),
                page_strip(),
            ),
        ),
        reader(ComicState, ComicState.comic.title, f"page-{ComicState.last_read}"),
    )


def _back() -> rx.Component:
    return rx.button(
        rx.link("All downloads", href=routes.DOWNLOADS, underline="none"),
        as_child=True,
        variant="soft",
    )

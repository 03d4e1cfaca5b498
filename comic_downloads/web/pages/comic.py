"""The page of a comic: cover, facts, picker and the strip of its pages."""

from __future__ import annotations

import reflex as rx

from .. import routes
from ..components.cover import sharp_cover
from ..components.frame import frame
from ..components.list_states import empty_state
from ..components.page_strip import page_strip
from ..components.picker import download_button, picker
from ..components.reader import reader
from ..components.share_dialog import share_button, share_dialog
from ..states.comic import ComicState
from ..states.share_dialog import ShareDialogState


def comic_page() -> rx.Component:
    """Return the page."""
    return frame(
        routes.COMIC,
        rx.cond(
            ComicState.loaded,
            rx.cond(ComicState.problem != "", _missing(), _comic()),
            _loading(),
        ),
        reader(ComicState, ComicState.comic.title, f"page-{ComicState.last_read}"),
        share_dialog(),
    )


def _missing() -> rx.Component:
    return empty_state(
        "book-x",
        "Comic not found",
        ComicState.problem,
        rx.button(
            rx.link("Open the library", href=routes.LIBRARY, underline="none"), as_child=True
        ),
    )


def _loading() -> rx.Component:
    return rx.box(
        rx.skeleton(rx.box(class_name="cover"), loading=True),
        rx.box(
            rx.skeleton(height="40px", width="60%"),
            rx.skeleton(height="20px", width="40%", margin_top="12px"),
        ),
        class_name="comic",
        role="status",
        aria_label="Loading",
    )


def _comic() -> rx.Component:
    comic = ComicState.comic
    return rx.fragment(
        rx.box(
            rx.box(
                sharp_cover(comic.cover_url, comic.title, comic.tint, heights=(720, 1080)),
                class_name="comic-cover",
            ),
            rx.box(
                rx.cond(
                    comic.series != "",
                    rx.link(comic.series, href=comic.series_href, size="2", weight="medium"),
                ),
                rx.el.h1(comic.title, class_name="comic-title"),
                rx.text(comic.facts, color_scheme="gray", class_name="figures", margin_top="8px"),
                rx.cond(
                    comic.left_out != "",
                    rx.text(comic.left_out, size="2", color_scheme="gray"),
                ),
                rx.foreach(
                    comic.credits, lambda line: rx.text(line, size="2", color_scheme="gray")
                ),
                rx.cond(
                    comic.direction != "",
                    rx.badge(
                        comic.direction, variant="soft", color_scheme="gray", margin_top="8px"
                    ),
                ),
                rx.cond(
                    comic.summary != "", rx.text(comic.summary, max_width="64ch", margin_top="16px")
                ),
                class_name="comic-facts",
            ),
            rx.box(_offer(), class_name="comic-picker"),
            class_name="comic",
        ),
        page_strip(),
    )


def _offer() -> rx.Component:
    comic = ComicState.comic
    return rx.cond(
        comic.problem != "",
        rx.callout(
            comic.problem, icon="circle-alert", color_scheme="red", high_contrast=True, role="alert"
        ),
        rx.box(
            rx.cond(
                comic.damage != "",
                rx.callout(
                    comic.damage,
                    icon="triangle-alert",
                    color_scheme="amber",
                    high_contrast=True,
                    margin_bottom="20px",
                ),
            ),
            picker(with_pages=True),
            rx.flex(
                download_button(),
                _read_button(),
                share_button("Share", ShareDialogState.share_comic, size="3"),
                gap="12px",
                wrap="wrap",
                margin_top="16px",
            ),
            class_name="picker sheet",
        ),
    )


def _read_button() -> rx.Component:
    """Return the button that opens the reader where the account left it."""
    place = ComicState.continue_with
    return rx.button(
        rx.icon("book-open", size=16, aria_hidden="true"),
        rx.cond(place > 0, f"Continue on page {place}", "Read"),
        on_click=ComicState.read_on,
        variant="soft",
        color_scheme="gray",
        size="3",
    )

"""The page of a series: what it is, its comics, and the series before and after it."""

from __future__ import annotations

import reflex as rx

from .. import routes
from ..components.card_list import card_list
from ..components.cover import sharp_cover
from ..components.frame import frame
from ..components.list_dialog import list_dialog
from ..components.list_states import empty_state, loading_grid
from ..components.selection import select_button, selection_bar, selection_dialog
from ..components.share_dialog import share_button, share_dialog
from ..states.selection import SelectionState
from ..states.series import GRID, LIST, SeriesState
from ..states.share_dialog import ShareDialogState
from ..states.tray import TrayState


def series_page() -> rx.Component:
    """Return the page."""
    return frame(
        routes.SERIES,
        rx.cond(
            SeriesState.loaded,
            rx.cond(SeriesState.problem != "", _missing(), _series()),
            loading_grid(),
        ),
        selection_bar(),
        selection_dialog(),
        share_dialog(),
        list_dialog(),
    )


def _missing() -> rx.Component:
    return empty_state(
        "book-x",
        "Series not found",
        SeriesState.problem,
        rx.button(
            rx.link("Open the library", href=routes.LIBRARY, underline="none"), as_child=True
        ),
        level="h1",
    )


def _series() -> rx.Component:
    series = SeriesState.series
    return rx.fragment(
        rx.box(
            rx.box(
                rx.box(
                    sharp_cover(series.cover_url, series.title, series.tint, heights=(480, 720)),
                    class_name=rx.Var.create(f"series-stack stack-tint-{series.tint}"),
                ),
                class_name="series-cover",
            ),
            rx.box(_facts(), _actions(), class_name="series-facts"),
            class_name="series",
        ),
        _toolbar(),
        card_list(
            "series",
            SeriesState,
            "Comics of the series",
            rx.fragment(),
            rx.cond(SeriesState.layout == LIST, "lines", "grid"),
        ),
        _neighbours(),
    )


def _facts() -> rx.Component:
    series = SeriesState.series
    return rx.fragment(
        rx.el.h1(series.title, class_name="comic-title"),
        rx.text(series.facts, color_scheme="gray", class_name="figures", margin_top="8px"),
        rx.foreach(series.credits, lambda line: rx.text(line, size="2", color_scheme="gray")),
        rx.cond(
            series.direction != "",
            rx.badge(series.direction, variant="soft", color_scheme="gray", margin_top="8px"),
        ),
        rx.cond(series.summary != "", rx.text(series.summary, class_name="series-summary")),
        rx.cond(
            series.missing != "",
            rx.text(
                rx.icon("circle-dashed", size=16, aria_hidden="true"),
                series.missing,
                size="2",
                class_name="series-missing",
            ),
        ),
    )


def _actions() -> rx.Component:
    return rx.flex(
        rx.cond(
            TrayState.may_download,
            rx.button(
                rx.icon("download", size=16, aria_hidden="true"),
                f"Download all ({SeriesState.readable})",
                on_click=SeriesState.download_all,
                disabled=SeriesState.readable == 0,
                size="3",
            ),
        ),
        share_button("Share", ShareDialogState.share_series, size="3"),
        gap="12px",
        wrap="wrap",
        margin_top="20px",
    )


def _toolbar() -> rx.Component:
    return rx.box(
        rx.el.h2("Comics", class_name="section-title"),
        rx.spacer(),
        rx.segmented_control.root(
            rx.segmented_control.item("Covers", value=GRID),
            rx.segmented_control.item("List", value=LIST),
            value=SeriesState.layout,
            on_change=SeriesState.choose_layout,
            aria_label="Show comics as",
        ),
        select_button(SeriesState.readable > 0),
        class_name="toolbar",
        on_unmount=SelectionState.stop,  # Leaving the page ends the selection.
    )


def _neighbours() -> rx.Component:
    series = SeriesState.series
    return rx.el.nav(
        rx.cond(
            series.before_href != "",
            rx.link(
                rx.icon("arrow-left", size=16, aria_hidden="true"),
                rx.el.span("Previous series: ", class_name="visually-hidden"),
                series.before_title,
                href=series.before_href,
                class_name="neighbour",
            ),
        ),
        rx.spacer(),
        rx.cond(
            series.after_href != "",
            rx.link(
                rx.el.span("Next series: ", class_name="visually-hidden"),
                series.after_title,
                rx.icon("arrow-right", size=16, aria_hidden="true"),
                href=series.after_href,
                class_name="neighbour",
            ),
        ),
        aria_label="Other series",
        class_name="neighbours",
    )

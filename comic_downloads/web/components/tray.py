"""The tray in the lower right corner: total progress and the active downloads."""

from __future__ import annotations

import reflex as rx

from .. import routes
from ..states.tray import TrayState
from .download_row import tray_row
from .group_row import tray_group_row
from .progress import progress_ring


def tray() -> rx.Component:
    """Return the tray, shown while a download is active or has just finished."""
    return rx.cond(
        TrayState.in_tray > 0,
        rx.popover.root(_button(), _panel(), on_open_change=TrayState.see_failures),
    )


def _button() -> rx.Component:
    return rx.popover.trigger(
        rx.el.button(
            progress_ring(TrayState.percent),
            rx.cond(
                TrayState.count > 0,
                rx.el.span(TrayState.count, class_name="tray-number"),
                rx.cond(
                    TrayState.paused > 0,
                    _icon("pause", 22),
                    rx.cond(TrayState.has_files, _icon("check", 22), _icon("triangle-alert", 22)),
                ),
            ),
            rx.cond(
                TrayState.failed_count > 0,
                rx.el.span(_icon("triangle-alert", 16), class_name="tray-warning"),
            ),
            class_name="tray-button",
            type="button",
            aria_label=TrayState.tray_label,
        )
    )


def _icon(name: str, size: int) -> rx.Component:
    return rx.icon(name, size=size, aria_hidden="true")


def _panel() -> rx.Component:
    return rx.popover.content(
        rx.el.ul(
            rx.foreach(TrayState.groups, tray_group_row),
            rx.foreach(TrayState.working, tray_row),
            rx.foreach(TrayState.waiting, tray_row),
            rx.foreach(TrayState.recent, tray_row),
            class_name="rows",
        ),
        rx.box(
            rx.link(
                "Show all downloads",
                href=routes.DOWNLOADS,
                size="2",
                weight="medium",
                class_name="line-link",
            ),
            padding="12px 16px",
            border_top="1px solid var(--line)",
        ),
        class_name="tray-panel",
        custom_attrs={"aria-label": "Downloads in progress"},
        side="top",
        align="end",
    )

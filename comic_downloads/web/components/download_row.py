"""One download as a row of the downloads page and, shorter, of the tray."""

from __future__ import annotations

from typing import Literal

import reflex as rx
from reflex.vars import ObjectVar

from ..states.downloads import DownloadsState
from ..states.tray import TrayState
from ..views.downloads import DownloadRow
from .cover import cover
from .near_rows import NEAR_ROW
from .progress import progress_bar
from .row_menu import download_menu
from .row_parts import (
    action_button,
    file_link,
    icon_action,
    keeps_focus,
    row_checkbox,
    row_foot,
    status_badge,
)
from .times import moment
from .transfer import transfer, transfer_bar


@rx.memo(wrapper=NEAR_ROW)
def single_row(row: rx.Var[DownloadRow], is_selected: rx.Var[bool]) -> rx.Component:
    """Return the row for the downloads page, which can be selected."""
    download = row.to(ObjectVar, DownloadRow)
    return download_row(download, row_checkbox(download.filename, is_selected, download.id))


def download_row(row: ObjectVar[DownloadRow], *before: rx.Component) -> rx.Component:
    """Return the row of a download, with one button and a menu for the rest."""
    return rx.el.li(
        *before,
        rx.link(
            cover(row.cover_url, row.title),
            href=row.comic_href,
            aria_label=f"Open {row.title}",
            width="100%",
        ),
        rx.box(
            rx.box(
                rx.el.span(row.filename, class_name="row-title"),
                status_badge(row.status_label, row.tone),
                rx.el.span(row.facts, class_name="row-facts"),
                class_name="row-head",
            ),
            _progress(row),
            transfer_bar(row),
            _words(row),
            class_name="row-body",
        ),
        rx.box(_primary(row), download_menu(row), class_name="row-actions"),
        rx.cond(row.file_href != "", transfer(row)),
        class_name="row row-compact row-selectable" if before else "row row-compact",
        key=row.id,
        custom_attrs={"data-testid": "download", "data-status": row.status, "data-job": row.id}
        | keeps_focus("row", row.id),
    )


def tray_row(row: ObjectVar[DownloadRow]) -> rx.Component:
    """Return the row for the tray."""
    return rx.el.li(
        cover(row.cover_url, row.title),
        rx.box(
            rx.box(
                rx.el.span(row.title, class_name="row-title"),
                rx.el.span(row.format_label, class_name="row-step"),
                class_name="row-head",
            ),
            _progress(row),
            row_foot(_words(row), _tray_actions(row)),
            min_width="0",
        ),
        class_name="row",
        key=row.id,
        custom_attrs=keeps_focus("tray", row.id),
    )


def _progress(row: ObjectVar[DownloadRow]) -> rx.Component:
    """Return the bar, once there is progress to show."""
    moves = row.is_active & (row.percent_label != "")
    return rx.cond(moves, progress_bar(row.percent, row.filename, row.tone))


def _words(row: ObjectVar[DownloadRow]) -> rx.Component:
    """Return what is happening, what failed, how long the file is kept and what it lacks."""
    is_followed = (
        row.is_active | (row.problem != "") | (row.transfer_label != "") | (row.kept_until != "")
    )
    return rx.box(
        rx.cond(
            row.is_active,
            rx.el.span(
                row.step,
                rx.cond(row.percent_label != "", f" · {row.percent_label}", ""),
                class_name="row-step",
            ),
        ),
        rx.cond(row.problem != "", rx.el.span(row.problem, class_name="row-problem")),
        rx.cond(
            row.transfer_label != "",
            rx.el.span(row.transfer_label, class_name="row-step transfer-words"),
        ),
        rx.cond(
            row.kept_until != "",
            rx.el.span(
                rx.cond(row.transfer_label != "", rx.el.span(" · ", class_name="transfer-words")),
                "Kept until ",
                moment(row.kept_until),
                class_name="row-step",
            ),
        ),
        rx.cond(
            row.notice != "",
            rx.el.span(rx.cond(is_followed, " · ", ""), row.notice, class_name="row-step"),
        ),
        class_name="row-words",
    )


def _primary(row: ObjectVar[DownloadRow]) -> rx.Component:
    """Return the one button of the row: what most people do next."""
    return rx.cond(
        row.file_href != "",
        _download_link(row),
        rx.cond(
            row.can_pause,
            action_button("Pause", "pause", TrayState.pause(row.id), row.filename),
            rx.cond(
                row.can_resume,
                action_button("Resume", "play", TrayState.resume(row.id), row.filename),
                rx.cond(
                    row.can_retry,
                    action_button(
                        row.retry_label, "rotate-cw", DownloadsState.retry(row.id), row.filename
                    ),
                ),
            ),
        ),
    )


def _tray_actions(row: ObjectVar[DownloadRow]) -> list[rx.Component]:
    return [
        rx.cond(row.file_href != "", _download_link(row, size="1")),
        rx.cond(row.can_pause, icon_action("Pause", "pause", TrayState.pause(row.id), row.title)),
        rx.cond(row.can_resume, icon_action("Resume", "play", TrayState.resume(row.id), row.title)),
        rx.cond(row.can_cancel, icon_action("Cancel", "x", TrayState.cancel(row.id), row.title)),
        rx.cond(
            row.can_retry,
            icon_action(row.retry_label, "rotate-cw", DownloadsState.retry(row.id), row.title),
        ),
    ]


def _download_link(row: ObjectVar[DownloadRow], size: Literal["1", "2"] = "2") -> rx.Component:
    title = "Save the file with the browser"
    return file_link("Download", row.file_href, row.filename, title, size)

"""One download as a row of the downloads page and, shorter, of the tray."""

from __future__ import annotations

from typing import Literal

import reflex as rx
from reflex.vars import ObjectVar

from ..states.downloads import DownloadsState
from ..states.tray import TrayState
from ..views.downloads import DownloadRow
from .cover import cover
from .progress import progress_bar
from .times import moment
from .transfer import transfer, transfer_bar


def download_row(row: ObjectVar[DownloadRow]) -> rx.Component:
    """Return the row for the downloads page."""
    return rx.el.li(
        rx.link(
            cover(row.cover_url, row.title),
            href=row.comic_href,
            aria_label=f"Open {row.title}",
            width="100%",
        ),
        rx.box(
            rx.box(
                rx.el.span(row.filename, class_name="row-title"),
                rx.badge(
                    row.status_label, color_scheme=row.tone, variant="soft", high_contrast=True
                ),
                rx.el.span(row.facts, class_name="row-facts"),
                class_name="row-head",
            ),
            _progress(row),
            transfer_bar(row),
            rx.box(
                _words(row),
                rx.box(*_actions(row), class_name="row-actions"),
                class_name="row-foot",
            ),
            min_width="0",
        ),
        class_name="row",
        key=row.id,
        custom_attrs={"data-testid": "download", "data-status": row.status, "data-job": row.id}
        | _keeps_focus("row", row),
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
            rx.box(
                _words(row),
                rx.box(*_tray_actions(row), class_name="row-actions"),
                class_name="row-foot",
            ),
            min_width="0",
        ),
        class_name="row",
        key=row.id,
        custom_attrs=_keeps_focus("tray", row),
    )


def _keeps_focus(place: str, row: ObjectVar[DownloadRow]) -> dict[str, rx.Var]:
    """Mark where the focus goes when the pressed button disappears (assets/focus.js)."""
    return {"data-keep-focus": rx.Var.create(f"{place} {row.id}")}


def _progress(row: ObjectVar[DownloadRow]) -> rx.Component:
    return rx.cond(row.is_active, progress_bar(row.percent, row.filename, row.tone))


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


def _actions(row: ObjectVar[DownloadRow]) -> list[rx.Component]:
    return [
        rx.cond(row.file_href != "", _download_link(row)),
        rx.cond(row.file_href != "", transfer(row)),
        rx.cond(row.can_continue, rx.box(_continue_button(row), class_name="transfer-words")),
        rx.cond(
            row.file_href != "", _button("Copy link", "link", DownloadsState.copy_link(row.id), row)
        ),
        rx.cond(row.can_pause, _button("Pause", "pause", TrayState.pause(row.id), row)),
        rx.cond(row.can_resume, _button("Resume", "play", TrayState.resume(row.id), row)),
        rx.cond(row.can_cancel, _button("Cancel", "x", TrayState.cancel(row.id), row)),
        rx.cond(
            row.can_retry, _button(row.retry_label, "rotate-cw", DownloadsState.retry(row.id), row)
        ),
        rx.cond(
            row.can_skip,
            _button("Skip page", "skip-forward", DownloadsState.skip_damaged(row.id), row),
        ),
        rx.cond(
            ~row.is_active,
            _button("Remove", "trash-2", DownloadsState.ask_removal(row.id), row),
        ),
    ]


def _continue_button(row: ObjectVar[DownloadRow]) -> rx.Component:
    return _button("Continue", "play", DownloadsState.ask_how_to_continue(row.id), row)


def _tray_actions(row: ObjectVar[DownloadRow]) -> list[rx.Component]:
    return [
        rx.cond(row.file_href != "", _download_link(row, size="1")),
        rx.cond(row.can_pause, _icon_button("Pause", "pause", TrayState.pause(row.id), row)),
        rx.cond(row.can_resume, _icon_button("Resume", "play", TrayState.resume(row.id), row)),
        rx.cond(row.can_cancel, _icon_button("Cancel", "x", TrayState.cancel(row.id), row)),
        rx.cond(
            row.can_retry,
            _icon_button(row.retry_label, "rotate-cw", DownloadsState.retry(row.id), row),
        ),
    ]


def _download_link(row: ObjectVar[DownloadRow], size: Literal["1", "2"] = "2") -> rx.Component:
    """Return a plain link, so that the browser handles it like every other download."""
    return rx.button(
        rx.el.a(
            rx.icon("download", size=16),
            "Download",
            href=row.file_href,
            download=row.filename,
            reload_document=True,  # The router must not treat the address as a page.
            aria_label=f"Download {row.filename}",
            title="Save the file with the browser",
        ),
        as_child=True,
        size=size,
    )


def _button(
    label: str | rx.Var[str],
    icon: str,
    on_click: rx.event.EventType[()],
    row: ObjectVar[DownloadRow],
) -> rx.Component:
    return rx.button(
        rx.icon(icon, size=15, aria_hidden="true"),
        label,
        rx.el.span(f" {row.filename}", class_name="visually-hidden"),
        on_click=on_click,
        variant="soft",
        color_scheme="gray",
    )


def _icon_button(
    label: str | rx.Var[str],
    icon: str,
    on_click: rx.event.EventType[()],
    row: ObjectVar[DownloadRow],
) -> rx.Component:
    return rx.icon_button(
        rx.icon(icon, size=15),
        on_click=on_click,
        variant="ghost",
        color_scheme="gray",
        aria_label=f"{label} {row.title}",
    )

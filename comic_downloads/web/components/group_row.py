"""A group of downloads as one row, which opens into its downloads."""

from __future__ import annotations

from typing import Literal

import reflex as rx
from reflex.vars import ObjectVar
from reflex_components_core.el.element import Element

from ..states.groups import GroupsState
from ..views.groups import GroupRow
from .cover import cover
from .download_row import download_row
from .progress import progress_bar
from .times import moment


class GroupTransfer(Element):
    """The element ``<comic-group-transfer>``, which is empty where browsers do not support it."""

    tag = "comic-group-transfer"


def group_row(row: ObjectVar[GroupRow]) -> rx.Component:
    """Return the row for the downloads page."""
    return rx.el.li(
        rx.box(
            rx.box(cover(row.cover_url, row.title), class_name="stack"),
            rx.box(
                _head(row),
                rx.cond(row.is_active, progress_bar(row.percent, row.title, row.tone)),
                rx.box(
                    _words(row),
                    rx.box(*_actions(row), class_name="row-actions"),
                    class_name="row-foot",
                ),
                min_width="0",
            ),
            class_name="row",
        ),
        rx.cond(row.is_open, _members(row)),
        class_name="group",
        key=row.id,
        custom_attrs={"data-testid": "group", "data-status": row.status, "data-group": row.id}
        | _keeps_focus("group", row),
    )


def tray_group_row(row: ObjectVar[GroupRow]) -> rx.Component:
    """Return the row for the tray."""
    return rx.el.li(
        rx.box(cover(row.cover_url, row.title), class_name="stack"),
        rx.box(
            rx.box(
                rx.el.span(row.title, class_name="row-title"),
                rx.el.span(row.count_label, " · ", row.format_label, class_name="row-step"),
                class_name="row-head",
            ),
            rx.cond(row.is_active, progress_bar(row.percent, row.title, row.tone)),
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


def _keeps_focus(place: str, row: ObjectVar[GroupRow]) -> dict[str, rx.Var]:
    """Mark where the focus goes when the pressed button disappears (assets/focus.js)."""
    return {"data-keep-focus": rx.Var.create(f"{place} {row.id}")}


def _head(row: ObjectVar[GroupRow]) -> rx.Component:
    return rx.box(
        rx.el.span(row.title, class_name="row-title"),
        rx.badge(row.status_label, color_scheme=row.tone, variant="soft", high_contrast=True),
        rx.el.span(row.count_label, " · ", row.format_label, class_name="row-step"),
        rx.el.span(row.facts, class_name="row-facts"),
        class_name="row-head",
    )


def _words(row: ObjectVar[GroupRow]) -> rx.Component:
    return rx.box(
        rx.cond(row.step != "", rx.el.span(row.step, class_name="row-step")),
        rx.cond(
            row.problem != "",
            rx.el.span(rx.cond(row.step != "", " · ", ""), row.problem, class_name="row-problem"),
        ),
        rx.cond(
            row.kept_until != "",
            rx.el.span(
                rx.cond(row.problem != "", " · ", ""),
                "Kept until ",
                moment(row.kept_until),
                class_name="row-step",
            ),
        ),
        class_name="row-words",
    )


def _actions(row: ObjectVar[GroupRow]) -> list[rx.Component]:
    return [
        rx.cond(row.file_href != "", _zip_link(row)),
        rx.cond(row.file_href != "", _transfer(row)),
        rx.cond(row.can_pause, _button("Pause", "pause", GroupsState.pause(row.id), row)),
        rx.cond(row.can_resume, _button("Resume", "play", GroupsState.resume(row.id), row)),
        rx.cond(row.can_cancel, _button("Cancel", "x", GroupsState.cancel(row.id), row)),
        rx.cond(
            row.can_retry, _button(row.retry_label, "rotate-cw", GroupsState.retry(row.id), row)
        ),
        rx.cond(
            ~row.is_active,
            _button("Remove", "trash-2", GroupsState.ask_removal(row.id), row),
        ),
        _open_button(row),
    ]


def _transfer(row: ObjectVar[GroupRow]) -> rx.Component:
    """Return the download of one file after the other in the page."""
    return GroupTransfer.create(custom_attrs={"group-id": row.id, "name": row.title})


def _tray_actions(row: ObjectVar[GroupRow]) -> list[rx.Component]:
    return [
        rx.cond(~row.is_active & (row.file_href != ""), _zip_link(row, size="1")),
        rx.cond(row.can_pause, _icon_button("Pause", "pause", GroupsState.pause(row.id), row)),
        rx.cond(row.can_resume, _icon_button("Resume", "play", GroupsState.resume(row.id), row)),
        rx.cond(row.can_cancel, _icon_button("Cancel", "x", GroupsState.cancel(row.id), row)),
        rx.cond(
            row.can_retry,
            _icon_button(row.retry_label, "rotate-cw", GroupsState.retry(row.id), row),
        ),
    ]


def _zip_link(row: ObjectVar[GroupRow], size: Literal["1", "2"] = "2") -> rx.Component:
    """Return a plain link to the ZIP, so that the browser handles it like every download."""
    return rx.button(
        rx.el.a(
            rx.icon("download", size=16),
            "Download ZIP",
            href=row.file_href,
            download=row.filename,
            reload_document=True,  # The router must not treat the address as a page.
            aria_label=f"Download {row.filename}",
            title="Save the finished files as one ZIP",
        ),
        as_child=True,
        size=size,
    )


def _open_button(row: ObjectVar[GroupRow]) -> rx.Component:
    return rx.button(
        rx.icon(
            "chevron-down",
            size=16,
            aria_hidden="true",
            class_name=rx.cond(row.is_open, "turned", ""),
        ),
        rx.cond(row.is_open, "Hide files", "Show files"),
        rx.el.span(f" of {row.title}", class_name="visually-hidden"),
        on_click=GroupsState.toggle(row.id),
        variant="soft",
        color_scheme="gray",
        custom_attrs={"aria-expanded": row.is_open},
    )


def _members(row: ObjectVar[GroupRow]) -> rx.Component:
    return rx.box(
        rx.el.ul(
            rx.foreach(row.members, download_row),
            class_name="rows members",
            aria_label=f"Files of {row.title}",
        ),
        rx.cond(
            row.hidden_label != "",
            rx.text(row.hidden_label, size="2", color_scheme="gray", padding="12px 20px"),
        ),
    )


def _button(
    label: str | rx.Var[str],
    icon: str,
    on_click: rx.event.EventType[()],
    row: ObjectVar[GroupRow],
) -> rx.Component:
    return rx.button(
        rx.icon(icon, size=15, aria_hidden="true"),
        label,
        rx.el.span(f" {row.title}", class_name="visually-hidden"),
        on_click=on_click,
        variant="soft",
        color_scheme="gray",
    )


def _icon_button(
    label: str | rx.Var[str],
    icon: str,
    on_click: rx.event.EventType[()],
    row: ObjectVar[GroupRow],
) -> rx.Component:
    return rx.icon_button(
        rx.icon(icon, size=15),
        on_click=on_click,
        variant="ghost",
        color_scheme="gray",
        aria_label=f"{label} {row.title}",
    )

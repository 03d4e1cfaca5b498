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
from .row_parts import (
    action_button,
    file_link,
    icon_action,
    keeps_focus,
    row_foot,
    status_badge,
)
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
                row_foot(_words(row), _actions(row)),
                min_width="0",
            ),
            class_name="row",
        ),
        rx.cond(row.is_open, _members(row)),
        class_name="group",
        key=row.id,
        custom_attrs={"data-testid": "group", "data-status": row.status, "data-group": row.id}
        | keeps_focus("group", row.id),
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
            row_foot(_words(row), _tray_actions(row)),
            min_width="0",
        ),
        class_name="row",
        key=row.id,
        custom_attrs=keeps_focus("tray", row.id),
    )


def _head(row: ObjectVar[GroupRow]) -> rx.Component:
    return rx.box(
        rx.el.span(row.title, class_name="row-title"),
        status_badge(row.status_label, row.tone),
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
        rx.cond(
            row.can_pause, action_button("Pause", "pause", GroupsState.pause(row.id), row.title)
        ),
        rx.cond(
            row.can_resume, action_button("Resume", "play", GroupsState.resume(row.id), row.title)
        ),
        rx.cond(
            row.can_cancel, action_button("Cancel", "x", GroupsState.cancel(row.id), row.title)
        ),
        rx.cond(
            row.can_retry,
            action_button(row.retry_label, "rotate-cw", GroupsState.retry(row.id), row.title),
        ),
        rx.cond(
            ~row.is_active,
            action_button("Remove", "trash-2", GroupsState.ask_removal(row.id), row.title),
        ),
        _open_button(row),
    ]


def _transfer(row: ObjectVar[GroupRow]) -> rx.Component:
    """Return the download of one file after the other in the page."""
    return GroupTransfer.create(custom_attrs={"group-id": row.id, "name": row.title})


def _tray_actions(row: ObjectVar[GroupRow]) -> list[rx.Component]:
    return [
        rx.cond(~row.is_active & (row.file_href != ""), _zip_link(row, size="1")),
        rx.cond(row.can_pause, icon_action("Pause", "pause", GroupsState.pause(row.id), row.title)),
        rx.cond(
            row.can_resume, icon_action("Resume", "play", GroupsState.resume(row.id), row.title)
        ),
        rx.cond(row.can_cancel, icon_action("Cancel", "x", GroupsState.cancel(row.id), row.title)),
        rx.cond(
            row.can_retry,
            icon_action(row.retry_label, "rotate-cw", GroupsState.retry(row.id), row.title),
        ),
    ]


def _zip_link(row: ObjectVar[GroupRow], size: Literal["1", "2"] = "2") -> rx.Component:
    title = "Save the finished files as one ZIP"
    return file_link("Download ZIP", row.file_href, row.filename, title, size)


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

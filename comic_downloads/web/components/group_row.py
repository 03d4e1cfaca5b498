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
from .near_rows import NEAR_ROW
from .progress import progress_bar
from .row_menu import group_menu
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


class GroupTransfer(Element):
    """The element ``<comic-group-transfer>``, which is empty where browsers do not support it."""

    tag = "comic-group-transfer"


@rx.memo(wrapper=NEAR_ROW)
def group_row(row: rx.Var[GroupRow], is_selected: rx.Var[bool]) -> rx.Component:
    """Return the row for the downloads page."""
    group = row.to(ObjectVar, GroupRow)
    return rx.el.li(
        rx.box(
            row_checkbox(group.title, is_selected, group.id),
            rx.box(cover(group.cover_url, group.title), class_name="stack"),
            rx.box(
                _head(group),
                rx.cond(group.is_active, progress_bar(group.percent, group.title, group.tone)),
                _words(group),
                class_name="row-body",
            ),
            rx.box(
                _open_button(group), _primary(group), group_menu(group), class_name="row-actions"
            ),
            rx.cond(group.file_href != "", _transfer(group)),
            class_name="row row-compact row-selectable",
        ),
        rx.cond(group.is_open, _members(group)),
        class_name="group",
        custom_attrs={
            "data-testid": "group",
            "data-status": group.status,
            "data-group": group.id,
        }
        | keeps_focus("group", group.id),
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


def _primary(row: ObjectVar[GroupRow]) -> rx.Component:
    """Return the one button of the row: what most people do next."""
    return rx.cond(
        row.is_active & row.can_pause,
        action_button("Pause", "pause", GroupsState.pause(row.id), row.title),
        rx.cond(
            row.is_active & row.can_resume,
            action_button("Resume", "play", GroupsState.resume(row.id), row.title),
            rx.cond(
                row.file_href != "",
                _zip_link(row),
                rx.cond(
                    row.can_retry,
                    action_button(
                        row.retry_label, "rotate-cw", GroupsState.retry(row.id), row.title
                    ),
                ),
            ),
        ),
    )


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
        rx.el.span(rx.cond(row.is_open, "Hide files", "Show files"), class_name="row-button-words"),
        rx.el.span(f" of {row.title}", class_name="visually-hidden"),
        on_click=GroupsState.toggle(row.id),
        variant="ghost",
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

"""The downloads page."""

from __future__ import annotations

from typing import cast

import reflex as rx
from reflex.vars import NumberVar, ObjectVar

from .. import routes
from ..components.chosen_bar import chosen_bar
from ..components.download_row import single_row
from ..components.frame import frame
from ..components.group_row import group_row
from ..components.list_states import empty_state, loading_rows
from ..components.live_rows import live_rows
from ..components.question import Answers, confirm_removal
from ..components.row_menu import menu_item
from ..components.saving import left_to_save
from ..components.storage import storage_line
from ..components.transfer import resume_dialog
from ..session.arguments import MAX_TEXT
from ..states.downloads import USUAL, DownloadsState, Section
from ..states.groups import GroupsState
from ..states.tray import TrayState
from ..views.downloads import DownloadRow
from ..views.groups import GroupRow

_SORTS = (
    (USUAL, "Usual order"),
    ("newest", "Newest first"),
    ("oldest", "Oldest first"),
    ("name", "By name"),
    ("size", "Largest"),
)


def downloads_page() -> rx.Component:
    """Return the page with its four lists."""
    return frame(
        routes.DOWNLOADS,
        _head(),
        storage_line(),
        left_to_save(),
        rx.cond(
            TrayState.worker_missing & (DownloadsState.counts.progress > 0), worker_missing_note()
        ),
        rx.tabs.root(
            rx.tabs.list(*_tabs(), class_name="chips"),
            _toolbar(),
            rx.tabs.content(_list(), value=DownloadsState.section),
            value=DownloadsState.section,
            on_change=DownloadsState.choose_section,
        ),
        chosen_bar(),
        _questions(),
        resume_dialog(),
    )


def _head() -> rx.Component:
    counts = DownloadsState.counts
    return rx.el.div(
        rx.el.h1("Downloads", class_name="page-title"),
        rx.box(
            rx.cond(
                DownloadsState.ready_count > 0,
                rx.button(
                    rx.icon("download", size=16, aria_hidden="true"),
                    f"Download all ready {DownloadsState.ready_count}",
                    on_click=DownloadsState.save_all_ready,
                ),
            ),
            rx.cond(
                _at_work() > 1,
                _head_button("Pause all", "pause", TrayState.pause_all),
            ),
            rx.cond(counts.paused > 1, _head_button("Resume all", "play", TrayState.resume_all)),
            rx.cond(
                counts.failed > 0,
                _head_button(
                    f"Retry failed {counts.failed}", "rotate-cw", DownloadsState.retry_failed
                ),
            ),
            rx.cond(
                counts.ready + counts.failed + counts.history > 0,
                rx.menu.root(
                    rx.menu.trigger(
                        rx.icon_button(
                            rx.icon("ellipsis", size=18),
                            variant="soft",
                            color_scheme="gray",
                            aria_label="More for all downloads",
                        )
                    ),
                    rx.menu.content(
                        menu_item(
                            "Remove finished", "trash-2", DownloadsState.ask_cleanup, tone="red"
                        ),
                        align="end",
                        size="2",
                    ),
                ),
            ),
            class_name="page-actions",
        ),
        class_name="page-head",
    )


def _tabs() -> list[rx.Component]:
    counts = DownloadsState.counts
    paused = rx.cond(
        counts.paused > 0,
        rx.el.span(f"{counts.paused} paused", class_name="chip-more"),
    )
    return [
        _tab("In progress", Section.PROGRESS, _at_work(), paused),
        _tab("Ready", Section.READY, counts.ready),
        _tab("Failed", Section.FAILED, counts.failed),
        _tab("History", Section.HISTORY, counts.history),
    ]


def _at_work() -> NumberVar[int]:
    """Return how many are in progress and not paused."""
    return cast(NumberVar[int], DownloadsState.counts.progress - DownloadsState.counts.paused)


def _tab(
    name: str, section: Section, number: rx.Var[int] | int, *more: rx.Component
) -> rx.Component:
    return rx.tabs.trigger(
        rx.el.span(
            name,
            rx.cond(number, rx.el.span(" ", number, class_name="figures chip-number")),
            *more,
        ),
        value=section.value,
    )


def _toolbar() -> rx.Component:
    return rx.cond(
        (DownloadsState.total > 3) | (DownloadsState.query != "") | (GroupsState.rows.length() > 3),
        rx.box(
            rx.box(
                rx.debounce_input(
                    rx.input(
                        rx.input.slot(rx.icon("search", size=16, aria_hidden="true")),
                        value=DownloadsState.query,
                        on_change=DownloadsState.search,
                        max_length=MAX_TEXT,
                        placeholder="Search file names",
                        aria_label="Search downloads",
                        type="search",
                        size="2",
                    ),
                    debounce_timeout=250,
                ),
                class_name="toolbar-search",
            ),
            rx.select.root(
                rx.select.trigger(aria_label="Order"),
                rx.select.content(
                    *[rx.select.item(label, value=value) for value, label in _SORTS],
                    position="popper",
                ),
                value=DownloadsState.sort,
                on_change=DownloadsState.choose_sort,
                size="2",
            ),
            rx.button(
                "Select all",
                on_click=DownloadsState.select_all,
                variant="ghost",
                color_scheme="gray",
            ),
            class_name="toolbar downloads-toolbar",
        ),
    )


def _questions() -> rx.Component:
    return rx.fragment(
        confirm_removal(
            "Remove this download?",
            rx.fragment(
                rx.el.b(DownloadsState.asked_name),
                " and its file are deleted. The comic stays in the library, so you can download it "
                "again.",
            ),
            Answers(DownloadsState.remove, DownloadsState.answer_no),
            is_open=DownloadsState.asked_id != "",
        ),
        confirm_removal(
            "Remove these downloads?",
            rx.fragment(
                rx.el.b(GroupsState.asked_name),
                ": all its files are deleted. The comics stay in the library, so you can download "
                "them again.",
            ),
            Answers(GroupsState.remove, GroupsState.answer_no),
            is_open=GroupsState.asked_id != "",
        ),
        confirm_removal(
            f"Remove {DownloadsState.selected.length()} selected?",
            rx.text(
                "They and their files are deleted. The comics stay in the library, so you can "
                "download them again."
            ),
            Answers(DownloadsState.remove_selected, DownloadsState.answer_no),
            is_open=DownloadsState.removal_asked,
        ),
        confirm_removal(
            "Remove all finished downloads?",
            rx.text(
                "All ready, failed and past downloads and their files are deleted. "
                "The comics stay in the library."
            ),
            Answers(DownloadsState.clean_up, DownloadsState.answer_no),
            is_open=DownloadsState.cleanup_asked,
        ),
    )


def worker_missing_note() -> rx.Component:
    """Return the warning that no worker is running."""
    return rx.callout(
        "No worker is running, so your downloads wait. They continue when one is back.",
        icon="triangle-alert",
        color_scheme="amber",
        high_contrast=True,
        margin_bottom="20px",
        role="status",
    )


def _head_button(
    label: str | rx.Var[str], icon: str, on_click: rx.event.EventType[()]
) -> rx.Component:
    return rx.button(
        rx.icon(icon, size=16, aria_hidden="true"),
        label,
        variant="soft",
        color_scheme="gray",
        on_click=on_click,
    )


def _list() -> rx.Component:
    nothing = (DownloadsState.rows.length() == 0) & (GroupsState.rows.length() == 0)
    return rx.cond(
        DownloadsState.loaded & TrayState.known,
        rx.cond(nothing, _nothing(), _rows()),
        loading_rows(),
    )


def _rows() -> rx.Component:
    return rx.fragment(
        rx.cond(
            GroupsState.rows.length() > 0,
            rx.el.ul(
                rx.foreach(GroupsState.rows, _group_row),
                class_name="rows sheet groups",
                aria_label="Groups of downloads",
            ),
        ),
        rx.cond(
            DownloadsState.rows.length() > 0,
            rx.el.ul(
                rx.foreach(live_rows(), _row), class_name="rows sheet", aria_label="Downloads"
            ),
        ),
        rx.cond(
            DownloadsState.shown_limit < DownloadsState.total,
            rx.center(
                rx.button(
                    f"Show more of {DownloadsState.total}",
                    variant="soft",
                    on_click=DownloadsState.show_more,
                ),
                margin_top="20px",
            ),
        ),
    )


def _row(row: ObjectVar[DownloadRow]) -> rx.Component:
    selected = DownloadsState.selected.contains(row.id)
    return single_row(row=row, is_selected=selected, key=row.id)


def _group_row(row: ObjectVar[GroupRow]) -> rx.Component:
    selected = DownloadsState.selected.contains(row.id)
    return group_row(row=row, is_selected=selected, key=row.id)


def _nothing() -> rx.Component:
    counts = DownloadsState.counts
    return rx.cond(
        DownloadsState.query != "",
        empty_state(
            "search",
            "No results",
            "No download in this list has these words in its file name.",
            rx.button("Clear the search", variant="soft", on_click=DownloadsState.search("")),
        ),
        rx.cond(
            counts.progress + counts.ready + counts.failed + counts.history == 0,
            _nothing_yet(),
            rx.match(
                DownloadsState.section,
                (
                    Section.PROGRESS.value,
                    empty_state("check", "All done", "Nothing is waiting or being prepared."),
                ),
                (
                    Section.READY.value,
                    empty_state("inbox", "Nothing is ready", "Finished files appear here."),
                ),
                (
                    Section.FAILED.value,
                    empty_state("check", "Nothing failed", "What fails appears here, with why."),
                ),
                empty_state(
                    "history", "No history", "Cancelled and expired downloads appear here."
                ),
            ),
        ),
    )


def _nothing_yet() -> rx.Component:
    return empty_state(
        "download",
        "Nothing here yet",
        "Pick a comic in the library and press Download. You can follow its progress here.",
        rx.button(
            rx.link("Open the library", href=routes.LIBRARY, underline="none"), as_child=True
        ),
    )

"""The downloads page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import reflex as rx
from reflex.vars import ArrayVar, NumberVar, ObjectVar

from ...domain.job import JobStatus
from .. import routes
from ..components.active_rows import rows_to_watch
from ..components.download_row import single_row
from ..components.frame import frame
from ..components.group_row import group_row
from ..components.list_states import empty_state, loading_rows
from ..components.question import Answers, confirm_removal
from ..components.saving import left_to_save
from ..components.transfer import resume_dialog
from ..states.downloads import DownloadsState
from ..states.groups import GroupsState
from ..states.tray import TrayState
from ..views.downloads import DownloadRow
from ..views.groups import GroupRow


def downloads_page() -> rx.Component:
    """Return the page with the tabs Active and Completed."""
    return frame(
        routes.DOWNLOADS,
        _head(),
        left_to_save(),
        rx.cond(TrayState.worker_missing & (TrayState.count > 0), worker_missing_note()),
        rx.tabs.root(
            rx.tabs.list(
                rx.tabs.trigger(_tab_name("Active", TrayState.count), value="active"),
                rx.tabs.trigger(_tab_name("Completed", _completed_total()), value="completed"),
            ),
            rx.tabs.content(_active(), value="active", padding_top="20px"),
            rx.tabs.content(_completed(), value="completed", padding_top="20px"),
            value=DownloadsState.tab,
            on_change=DownloadsState.choose_tab,
        ),
        _questions(),
        resume_dialog(),
    )


def _head() -> rx.Component:
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
                TrayState.can_pause_all, _head_button("Pause all", "pause", TrayState.pause_all)
            ),
            rx.cond(
                TrayState.can_resume_all, _head_button("Resume all", "play", TrayState.resume_all)
            ),
            rx.cond(
                DownloadsState.failed.length() > 0,
                _head_button(
                    f"Retry failed {DownloadsState.failed.length()}",
                    "rotate-cw",
                    DownloadsState.retry_failed,
                ),
            ),
            rx.cond(
                (DownloadsState.tab == "completed") & (_completed_total() > 0),
                _head_button("Remove finished", "trash-2", DownloadsState.ask_cleanup),
            ),
            class_name="page-actions",
        ),
        class_name="page-head",
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
            "Remove all finished downloads?",
            rx.text(
                "All completed and failed downloads and their files are deleted. "
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


def _tab_name(name: str, number: rx.Var[int] | int) -> rx.Component:
    return rx.el.span(
        name,
        rx.cond(
            number,
            rx.el.span(number, class_name="figures", margin_left="8px", color="var(--sand-11)"),
        ),
    )


def _active() -> rx.Component:
    nothing = (
        (TrayState.count == 0)
        & (TrayState.ended.length() == 0)
        & (DownloadsState.failed.length() == 0)
        & (GroupsState.active.length() == 0)
    )
    return rx.cond(
        DownloadsState.loaded & TrayState.known,
        rx.cond(nothing, _nothing_active(), _active_rows()),
        loading_rows(),
    )


def _active_rows() -> rx.Component:
    rows = rows_to_watch(JobStatus.READY, JobStatus.CANCELLED)
    return rx.fragment(
        _groups(GroupsState.active, "Active groups"),
        rx.cond(
            (TrayState.working.length() > 0)
            | (TrayState.waiting.length() > 0)
            | (TrayState.ended.length() > 0),
            rx.el.ul(
                rx.foreach(rows, _row),
                class_name="rows sheet",
                aria_label="Active downloads",
            ),
        ),
        rx.cond(
            TrayState.hidden_count > 0,
            rx.text(
                f"{TrayState.hidden_count} more waiting",
                color_scheme="gray",
                size="2",
                margin_top="12px",
            ),
        ),
        rx.cond(
            DownloadsState.failed.length() > 0,
            rx.fragment(
                rx.el.h2("Failed", class_name="section-title"),
                rx.el.ul(
                    rx.foreach(DownloadsState.failed, _row),
                    class_name="rows sheet",
                    aria_label="Failed downloads",
                ),
            ),
        ),
    )


def _groups(rows: ArrayVar[Sequence[GroupRow]], label: str) -> rx.Component:
    return rx.cond(
        rows.length() > 0,
        rx.el.ul(rx.foreach(rows, _group_row), class_name="rows sheet groups", aria_label=label),
    )


def _row(row: ObjectVar[DownloadRow]) -> rx.Component:
    return single_row(row=row, key=row.id)


def _group_row(row: ObjectVar[GroupRow]) -> rx.Component:
    return group_row(row=row, key=row.id)


def _completed_total() -> NumberVar[int]:
    """Return how many single downloads and groups are completed."""
    total = DownloadsState.completed_total + GroupsState.completed_total
    return cast(NumberVar[int], total)


def _nothing_active() -> rx.Component:
    return rx.cond(
        _completed_total() > 0,
        empty_state(
            "check",
            "No active downloads",
            "Your finished downloads are under Completed.",
            rx.button(
                "Show completed", variant="soft", on_click=DownloadsState.choose_tab("completed")
            ),
        ),
        _nothing_yet(),
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


def _completed() -> rx.Component:
    rows = rx.fragment(
        _groups(GroupsState.completed, "Completed groups"),
        rx.cond(
            DownloadsState.completed.length() > 0,
            rx.el.ul(
                rx.foreach(DownloadsState.completed, _row),
                class_name="rows sheet",
                aria_label="Completed downloads",
            ),
        ),
        rx.cond(
            DownloadsState.completed.length() < DownloadsState.completed_total,
            rx.center(
                rx.button("Show more", variant="soft", on_click=DownloadsState.show_more),
                margin_top="20px",
            ),
        ),
    )
    return rx.cond(
        DownloadsState.loaded,
        rx.cond(_completed_total() > 0, rows, _nothing_yet()),
        loading_rows(),
    )

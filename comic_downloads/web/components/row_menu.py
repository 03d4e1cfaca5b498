"""The menu of a row: everything besides its one button."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import reflex as rx
from reflex.vars import ObjectVar

from ..states.asked import save_in_page, save_one_by_one
from ..states.downloads import DownloadsState
from ..states.groups import GroupsState
from ..states.tray import TrayState
from ..views.downloads import DownloadRow
from ..views.groups import GroupRow

# Downloads in the page need HTTPS or localhost, and a private file system.
_CAN_DOWNLOAD_IN_PAGE = rx.Var("(window.comicTransfers?.supported ?? false)").to(bool)


def download_menu(row: ObjectVar[DownloadRow]) -> rx.Component:
    """Return the menu of a download."""
    return row_menu(row.filename, [*_with_file(row), *_unfinished(row), *_ended(row)])


def group_menu(row: ObjectVar[GroupRow]) -> rx.Component:
    """Return the menu of a group."""
    return row_menu(
        row.title,
        [
            _shown(
                (row.file_href != "") & _CAN_DOWNLOAD_IN_PAGE,
                "Download one by one",
                "files",
                save_one_by_one(row.id),
            ),
            _shown(row.can_pause, "Pause", "pause", GroupsState.pause(row.id)),
            _shown(row.can_resume, "Resume", "play", GroupsState.resume(row.id)),
            _shown(row.can_cancel, "Cancel", "x", GroupsState.cancel(row.id)),
            _shown(row.can_retry, row.retry_label, "rotate-cw", GroupsState.retry(row.id)),
            menu_item("Remove", "trash-2", GroupsState.ask_removal(row.id), tone="red"),
        ],
    )


def row_menu(name: rx.Var[str], items: Sequence[rx.Component]) -> rx.Component:
    """Return the button with three dots, and the menu that it opens."""
    return rx.menu.root(
        rx.menu.trigger(
            rx.icon_button(
                rx.icon("ellipsis", size=18),
                variant="ghost",
                color_scheme="gray",
                size="2",
                aria_label=f"More for {name}",
                class_name="row-more",
            )
        ),
        rx.menu.content(*items, align="end", size="2"),
    )


def menu_item(
    label: str | rx.Var[str],
    icon: str,
    on_select: rx.event.EventType[()],
    tone: Literal["red", "gray"] = "gray",
) -> rx.Component:
    """Return one entry of a menu."""
    return rx.menu.item(
        rx.icon(icon, size=15, aria_hidden="true"),
        label,
        on_select=on_select,
        color_scheme=tone,
    )


def _with_file(row: ObjectVar[DownloadRow]) -> list[rx.Component]:
    """Return what can be done with a finished file."""
    has_file = row.file_href != ""
    return [
        rx.cond(
            row.open_href != "",
            rx.cond(
                row.opens_tab,
                _open_item(row.open_href, new_tab=True),
                _open_item(row.open_href, new_tab=False),
            ),
        ),
        _shown(has_file, "Copy link", "link", DownloadsState.copy_link(row.id)),
        _shown(row.sha256 != "", "Copy SHA-256", "hash", DownloadsState.copy_sha256(row.id)),
        _shown(has_file, "Keep longer", "clock", DownloadsState.keep_longer(row.id)),
        _shown(
            has_file & _CAN_DOWNLOAD_IN_PAGE,
            "Download in this page",
            "arrow-down-to-line",
            save_in_page(row.id, row.filename),
        ),
        _shown(
            row.can_continue,
            "Continue",
            "play",
            DownloadsState.ask_how_to_continue(row.id),
        ),
    ]


def _open_item(href: rx.Var[str], *, new_tab: bool) -> rx.Component:
    """Return the entry that opens a finished file in the browser."""
    # Only addresses of pages are for the router.
    elsewhere = {"reload_document": True, "target": "_blank"} if new_tab else {}
    return rx.menu.item(
        rx.el.a(
            rx.icon("book-open", size=15, aria_hidden="true"),
            "Open",
            href=href,
            rel="noopener",
            **elsewhere,
        ),
        as_child=True,
        color_scheme="gray",
    )


def _unfinished(row: ObjectVar[DownloadRow]) -> list[rx.Component]:
    """Return what can be done before there is a file."""
    return [
        _shown(row.can_wait, "Do next", "arrow-up-to-line", DownloadsState.put_first(row.id)),
        _shown(row.can_cancel, "Cancel", "x", TrayState.cancel(row.id)),
    ]


def _ended(row: ObjectVar[DownloadRow]) -> list[rx.Component]:
    """Return what can be done once it has ended."""
    return [
        _shown(
            row.can_skip,
            "Skip page",
            "skip-forward",
            DownloadsState.skip_damaged(row.id),
        ),
        rx.cond(
            ~row.is_active,
            menu_item("Remove", "trash-2", DownloadsState.ask_removal(row.id), tone="red"),
        ),
    ]


def _shown(
    wanted: rx.Var[bool] | bool,
    label: str | rx.Var[str],
    icon: str,
    on_select: rx.event.EventType[()],
) -> rx.Component:
    return rx.cond(wanted, menu_item(label, icon, on_select))

"""The page of one list: its comics in their order."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from .. import routes
from ..components.cover import cover
from ..components.frame import frame
from ..components.list_states import empty_state, loading_rows
from ..components.selection import selection_dialog
from ..components.share_dialog import share_button, share_dialog
from ..states.reading_list import ReadingListState
from ..states.share_dialog import ShareDialogState
from ..states.tray import TrayState
from ..views.reading_lists import BookRow


def reading_list_page() -> rx.Component:
    """Return the page."""
    return frame(
        routes.LISTS,
        rx.cond(
            ReadingListState.loaded,
            rx.cond(ReadingListState.problem != "", _missing(), _list()),
            loading_rows(),
        ),
        selection_dialog(),
        share_dialog(),
    )


def _missing() -> rx.Component:
    return empty_state(
        "book-x",
        "List not found",
        ReadingListState.problem,
        rx.button(rx.link("All lists", href=routes.LISTS, underline="none"), as_child=True),
        level="h1",
    )


def _list() -> rx.Component:
    return rx.fragment(
        rx.link(
            rx.icon("arrow-left", size=16, aria_hidden="true"),
            "All lists",
            href=routes.LISTS,
            class_name="neighbour",
        ),
        rx.el.div(
            rx.box(
                rx.el.h1(ReadingListState.list_name, class_name="page-title"),
                rx.text(ReadingListState.facts, color_scheme="gray", class_name="figures"),
            ),
            _actions(),
            class_name="page-head",
        ),
        rx.cond(ReadingListState.rows.length() > 0, _rows(), _nothing()),
    )


def _actions() -> rx.Component:
    return rx.flex(
        share_button("Share", ShareDialogState.share_list, disabled=ReadingListState.readable == 0),
        rx.cond(
            TrayState.may_download,
            rx.button(
                rx.icon("download", size=16, aria_hidden="true"),
                f"Download all ({ReadingListState.readable})",
                on_click=ReadingListState.download_all,
                disabled=ReadingListState.readable == 0,
            ),
        ),
        gap="8px",
        wrap="wrap",
    )


def _nothing() -> rx.Component:
    return empty_state(
        "list-ordered",
        "This list is empty",
        "Select comics in the library and press Keep in list.",
        rx.button(
            rx.link("Open the library", href=routes.LIBRARY, underline="none"), as_child=True
        ),
    )


def _rows() -> rx.Component:
    return rx.fragment(
        rx.el.ol(
            rx.foreach(ReadingListState.rows, _row),
            class_name="rows sheet",
            aria_label="Comics of the list",
        ),
        rx.cond(
            ReadingListState.rows.length() < ReadingListState.total,
            rx.center(
                rx.button("Show more", variant="soft", on_click=ReadingListState.show_more),
                margin_top="20px",
            ),
        ),
    )


def _row(row: ObjectVar[BookRow]) -> rx.Component:
    return rx.el.li(
        rx.box(cover(row.cover_url, row.name, row.tint), aria_hidden="true"),
        rx.box(
            rx.cond(
                row.href != "",
                rx.link(row.name, href=row.href, class_name="row-title line-link"),
                rx.el.span(row.name, class_name="row-title"),
            ),
            rx.text(
                f"{row.number} · {row.facts}", size="2", color_scheme="gray", class_name="figures"
            ),
            class_name="row-body",
        ),
        rx.box(
            _button("Move up", "arrow-up", ReadingListState.move_up(row.id), row, row.number == 1),
            _button(
                "Move down",
                "arrow-down",
                ReadingListState.move_down(row.id),
                row,
                row.number == ReadingListState.total,
            ),
            _button("Remove from list", "x", ReadingListState.remove(row.id), row),
            class_name="row-actions",
        ),
        class_name="row row-compact",
        key=row.id,
        custom_attrs={
            "data-testid": "book",
            "data-keep-focus": rx.Var.create(f"book {row.id}"),
        },
    )


def _button(
    label: str,
    icon: str,
    on_click: rx.event.EventType[()],
    row: ObjectVar[BookRow],
    is_last: rx.Var[bool] | bool = False,
) -> rx.Component:
    # A button that is disabled would lose the focus; it says that it does nothing instead.
    return rx.icon_button(
        rx.icon(icon, size=16, aria_hidden="true"),
        on_click=on_click,
        variant="soft",
        color_scheme="gray",
        aria_label=f"{label}: {row.name}",
        title=label,
        custom_attrs={"aria-disabled": is_last},
    )

"""The page of all lists of an account."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from .. import routes
from ..components.frame import frame
from ..components.list_states import empty_state, loading_rows
from ..components.named_row import row_button
from ..components.preset_name import preset_name
from ..components.question import Answers, confirm_removal
from ..states.reading_lists import ReadingListsState
from ..views.reading_lists import ListRow


def reading_lists_page() -> rx.Component:
    """Return the page."""
    return frame(
        routes.LISTS,
        rx.el.div(
            rx.el.h1("Lists", class_name="page-title"),
            rx.button(
                rx.icon("plus", size=16, aria_hidden="true"),
                "New list",
                on_click=ReadingListsState.start_new,
                variant="soft",
                color_scheme="gray",
            ),
            class_name="page-head",
        ),
        rx.cond(ReadingListsState.is_naming, _new()),
        rx.cond(
            ReadingListsState.loaded,
            rx.cond(ReadingListsState.rows.length() > 0, _rows(), _nothing()),
            loading_rows(),
        ),
        confirm_removal(
            "Delete this list?",
            rx.fragment(
                rx.el.b(ReadingListsState.asked_name),
                " is deleted. Its comics stay in the library.",
            ),
            Answers(ReadingListsState.delete, ReadingListsState.answer_no, "Delete"),
            is_open=ReadingListsState.asked_id != "",
        ),
    )


def _new() -> rx.Component:
    return rx.form(
        preset_name(
            "Make list",
            ReadingListsState.stop_naming,
            ReadingListsState.problem,
            aria_label="Name of the list",
        ),
        on_submit=ReadingListsState.create,
        margin_bottom="20px",
    )


def _nothing() -> rx.Component:
    return empty_state(
        "list-ordered",
        "No lists yet",
        "Select comics in the library and press Keep in list, or filter the library and press "
        "Keep filter.",
        rx.button(
            rx.link("Open the library", href=routes.LIBRARY, underline="none"), as_child=True
        ),
    )


def _rows() -> rx.Component:
    return rx.el.ul(
        rx.foreach(ReadingListsState.rows, _row), class_name="rows sheet", aria_label="Lists"
    )


def _row(row: ObjectVar[ListRow]) -> rx.Component:
    return rx.el.li(
        rx.cond(ReadingListsState.renamed_id == row.id, _renaming(row), _shown(row)),
        class_name="person preset",
        key=row.id,
        custom_attrs={"data-keep-focus": rx.Var.create(f"list {row.id}")},
    )


def _shown(row: ObjectVar[ListRow]) -> rx.Component:
    return rx.fragment(
        rx.cond(
            row.is_filter,
            rx.icon("list-filter", size=20, aria_hidden="true"),
            rx.icon("list-ordered", size=20, aria_hidden="true"),
        ),
        rx.el.div(
            rx.link(row.name, href=row.href, class_name="row-title line-link"),
            rx.text(row.facts, size="2", color_scheme="gray", class_name="figures"),
            class_name="token-words",
        ),
        rx.el.div(
            row_button("Rename", row.name, ReadingListsState.start_renaming(row.id)),
            row_button("Delete", row.name, ReadingListsState.ask_deletion(row.id)),
            class_name="preset-buttons",
        ),
    )


def _renaming(row: ObjectVar[ListRow]) -> rx.Component:
    return rx.form(
        preset_name(
            "Save",
            ReadingListsState.stop_naming,
            ReadingListsState.problem,
            default_value=row.name,
            aria_label="New name",
        ),
        on_submit=ReadingListsState.rename,
        flex="1",
    )

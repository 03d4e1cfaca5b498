"""The page of a user's shares."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from .. import routes
from ..components.cover import cover
from ..components.frame import frame
from ..components.list_states import empty_state, loading_rows
from ..components.others_shares import others_shares
from ..components.question import Answers, confirm_removal
from ..components.share_dialog import share_dialog
from ..components.times import moment
from ..states.shares import SharesState
from ..views.shares import ShareRow


def shares_page() -> rx.Component:
    """Return the page."""
    return frame(
        routes.SHARES,
        rx.el.div(rx.el.h1("Shared", class_name="page-title"), class_name="page-head"),
        rx.cond(
            SharesState.loaded, rx.cond(SharesState.total > 0, _rows(), _nothing()), loading_rows()
        ),
        others_shares(),
        _question(),
        share_dialog(),
    )


def _question() -> rx.Component:
    is_open = SharesState.asked_is_open
    return confirm_removal(
        rx.cond(is_open, "Stop sharing?", "Remove this share?"),
        rx.fragment(
            "The link to ",
            rx.el.b(SharesState.asked_name),
            rx.cond(
                is_open,
                " stops working, and files prepared for guests are deleted. "
                "The comics stay in the library.",
                " is removed from this list. The comics stay in the library.",
            ),
        ),
        Answers(
            SharesState.stop_sharing,
            SharesState.answer_no,
            yes=rx.cond(is_open, "Stop sharing", "Remove"),
        ),
        is_open=SharesState.asked_id != "",
    )


def _nothing() -> rx.Component:
    return empty_state(
        "share-2",
        "Nothing shared yet",
        "Open a comic and press Share. Guests need no account, only the link.",
        rx.button(
            rx.link("Open the library", href=routes.LIBRARY, underline="none"), as_child=True
        ),
    )


def _rows() -> rx.Component:
    return rx.fragment(
        rx.el.ul(rx.foreach(SharesState.rows, _row), class_name="rows sheet", aria_label="Shares"),
        rx.cond(
            SharesState.rows.length() < SharesState.total,
            rx.center(
                rx.button("Show more", variant="soft", on_click=SharesState.show_more),
                margin_top="20px",
            ),
        ),
    )


def _row(row: ObjectVar[ShareRow]) -> rx.Component:
    return rx.el.li(
        rx.box(
            rx.foreach(row.covers, lambda url: cover(url, row.title, row.tint)),
            class_name="pile",
            aria_hidden="true",
        ),
        rx.box(
            rx.box(
                rx.el.span(row.title, class_name="row-title"),
                rx.badge(
                    row.status_label, color_scheme=row.tone, variant="soft", high_contrast=True
                ),
                rx.cond(row.has_password, _lock()),
                rx.el.span(row.facts, class_name="row-facts"),
                class_name="row-head",
            ),
            rx.box(
                _words(row), rx.box(*_actions(row), class_name="row-actions"), class_name="row-foot"
            ),
            min_width="0",
        ),
        class_name="row",
        key=row.id,
        custom_attrs={"data-testid": "share", "data-keep-focus": rx.Var.create(f"share {row.id}")},
    )


def _lock() -> rx.Component:
    return rx.el.span(
        rx.icon("lock", size=14, aria_hidden="true"),
        rx.el.span("Password protected", class_name="visually-hidden"),
        title="Password protected",
        class_name="row-sign",
    )


def _words(row: ObjectVar[ShareRow]) -> rx.Component:
    return rx.box(
        rx.el.span(row.downloads_label, class_name="row-step"),
        rx.cond(
            row.until_label != "",
            rx.el.span(" · ", row.until_label, " ", moment(row.until), class_name="row-step"),
        ),
        class_name="row-words",
    )


def _actions(row: ObjectVar[ShareRow]) -> list[rx.Component]:
    return [
        rx.cond(row.is_open, _button("Copy link", "link", SharesState.copy_link(row.id), row)),
        rx.cond(
            row.is_open,
            _button(
                "Stop sharing",
                "link-2-off",
                SharesState.ask_to_stop(row.id),
                row,
            ),
            _button("Remove", "trash-2", SharesState.ask_to_stop(row.id), row),
        ),
    ]


def _button(
    label: str, icon: str, on_click: rx.event.EventType[()], row: ObjectVar[ShareRow]
) -> rx.Component:
    return rx.button(
        rx.icon(icon, size=15, aria_hidden="true"),
        label,
        rx.el.span(f" {row.title}", class_name="visually-hidden"),
        on_click=on_click,
        variant="soft",
        color_scheme="gray",
    )

"""The shares of all other accounts, with what the owner can do about them."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from ..states.others_shares import OthersSharesState
from ..views.shares import OthersShareRow
from .named_row import named_row, row_button
from .question import Answers, confirm_removal
from .times import moment


def others_shares() -> rx.Component:
    """Return the list with its heading; nothing where there are none."""
    return rx.cond(
        OthersSharesState.total > 0,
        rx.fragment(
            rx.el.h2("Shared by others", class_name="section-title"),
            rx.el.ul(
                rx.foreach(OthersSharesState.rows, _row),
                class_name="rows sheet",
                aria_label="Shared by others",
            ),
            rx.cond(
                OthersSharesState.rows.length() < OthersSharesState.total,
                rx.center(
                    rx.button("Show more", variant="soft", on_click=OthersSharesState.show_more),
                    margin_top="20px",
                ),
            ),
            _question(),
        ),
    )


def _row(row: ObjectVar[OthersShareRow]) -> rx.Component:
    words = rx.fragment(
        row.facts,
        rx.cond(row.until_label != "", rx.fragment(" · ", row.until_label, " ", moment(row.until))),
    )
    return named_row(
        row.name,
        words,
        row_button("Stop sharing", row.name, OthersSharesState.ask_to_end(row.id)),
        key=row.id,
    )


def _question() -> rx.Component:
    return confirm_removal(
        "Stop sharing?",
        rx.fragment(
            "The link to ",
            rx.el.b(OthersSharesState.asked_name),
            " stops working, and files prepared for guests are deleted. The comics stay in the "
            "library.",
        ),
        Answers(OthersSharesState.end_share, OthersSharesState.answer_no, yes="Stop sharing"),
        is_open=OthersSharesState.asked_id != "",
    )

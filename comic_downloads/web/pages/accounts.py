"""The owner's page of accounts."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from .. import routes
from ..components.frame import frame
from ..components.list_states import loading_rows
from ..components.question import Answers, confirm_removal
from ..states.accounts import AccountRow, AccountsState


def accounts_page() -> rx.Component:
    """Return the page; its state admits only the owner."""
    return frame(
        routes.ACCOUNTS,
        rx.el.div(rx.el.h1("People", class_name="page-title"), class_name="page-head"),
        rx.box(
            rx.cond(
                AccountsState.loaded,
                rx.el.ul(
                    rx.foreach(AccountsState.rows, _row),
                    class_name="rows sheet",
                    aria_label="Accounts",
                ),
                loading_rows(2),
            ),
            _form(),
            class_name="two-columns",
        ),
        confirm_removal(
            "Remove this account?",
            rx.fragment(
                rx.el.b(AccountsState.asked_name),
                " is signed out everywhere, and all downloads of this account are deleted.",
            ),
            Answers(AccountsState.remove, AccountsState.answer_no),
            is_open=AccountsState.asked_id != "",
        ),
    )


def _row(account: ObjectVar[AccountRow]) -> rx.Component:
    return rx.el.li(
        rx.icon("circle-user-round", size=22, aria_hidden="true"),
        rx.el.div(
            rx.el.span(account.username, class_name="row-title"),
            rx.badge(account.role_label, variant="soft", color_scheme="gray"),
            class_name="person-name",
        ),
        rx.cond(
            account.can_be_removed,
            rx.button(
                "Remove",
                rx.el.span(f" {account.username}", class_name="visually-hidden"),
                variant="soft",
                color_scheme="gray",
                on_click=AccountsState.ask_removal(account.id),
            ),
        ),
        class_name="person",
        key=account.id,
    )


def _form() -> rx.Component:
    return rx.form(
        rx.heading("Add someone", as_="h2", size="4"),
        rx.text(
            "Members use the library and have downloads of their own.",
            size="2",
            color_scheme="gray",
            margin_top="4px",
        ),
        rx.el.label("Username", html_for="new-username", class_name="field-label"),
        rx.input(id="new-username", name="username", auto_complete="off", required=True, size="3"),
        rx.el.label("Password", html_for="new-password", class_name="field-label"),
        rx.input(
            id="new-password",
            name="password",
            type="password",
            auto_complete="new-password",
            required=True,
            size="3",
        ),
        rx.box(
            rx.text(AccountsState.problem, color_scheme="red", size="2"),
            role="alert",
            margin_top="12px",
        ),
        rx.button("Add account", type="submit", size="3", margin_top="12px"),
        on_submit=AccountsState.add,
        class_name="sheet picker",
    )

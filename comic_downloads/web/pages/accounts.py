"""The owner's page of accounts."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from .. import routes
from ..browser_events import call_page
from ..components.frame import frame
from ..components.list_states import loading_rows
from ..components.member_limits import member_limits_dialog
from ..components.named_row import named_row, row_button
from ..components.question import Answers, confirm_removal
from ..components.row_menu import menu_item, row_menu
from ..components.secret_field import SecretEvents, secret_field
from ..components.times import moment
from ..states.accounts import LINK_FIELD, AccountRow, AccountsState, LinkRow
from ..states.member_limits import MemberLimitsState


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
            rx.box(_invitations(), _form(), class_name="column"),
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
        member_limits_dialog(),
    )


def _row(account: ObjectVar[AccountRow]) -> rx.Component:
    return rx.el.li(
        rx.icon("circle-user-round", size=22, aria_hidden="true"),
        rx.el.div(
            rx.el.span(account.username, class_name="row-title"),
            rx.badge(account.role_label, variant="soft", color_scheme="gray"),
            rx.cond(account.limits != "", rx.text(account.limits, size="2", color_scheme="gray")),
            class_name="person-name",
        ),
        rx.cond(
            account.can_be_removed,
            rx.fragment(
                row_button("Permissions", account.username, MemberLimitsState.ask(account.id)),
                row_menu(
                    account.username,
                    [
                        menu_item(
                            "New password", "key-round", AccountsState.reset_password(account.id)
                        ),
                        menu_item(
                            "Remove", "trash-2", AccountsState.ask_removal(account.id), tone="red"
                        ),
                    ],
                ),
            ),
        ),
        class_name="person",
        key=account.id,
    )


def _invitations() -> rx.Component:
    return rx.box(
        rx.box(
            rx.heading("Invite by link", as_="h2", size="4"),
            rx.text(
                "Whoever opens the link first chooses a name and a password. It works once, "
                "for a week.",
                size="2",
                color_scheme="gray",
                margin_top="4px",
            ),
            rx.button(
                "Create invitation", size="3", margin_top="12px", on_click=AccountsState.invite
            ),
            secret_field(
                LINK_FIELD,
                f"{AccountsState.link_purpose}: copy the link now. It cannot be shown again.",
                SecretEvents(
                    call_page(
                        "comicAccount.copySecret", LINK_FIELD, then=AccountsState.tell_copied
                    ),
                    [call_page("comicAccount.clearSecret", LINK_FIELD), AccountsState.hide_link],
                ),
                is_shown=AccountsState.link_purpose != "",
            ),
            rx.box(rx.text(AccountsState.link_problem, color_scheme="red", size="2"), role="alert"),
            class_name="picker",
        ),
        rx.cond(
            AccountsState.links.length() > 0,
            rx.el.ul(
                rx.foreach(AccountsState.links, _link), class_name="rows", aria_label="Open links"
            ),
        ),
        class_name="sheet tokens",
    )


def _link(link: ObjectVar[LinkRow]) -> rx.Component:
    return named_row(
        link.purpose,
        rx.fragment("Works until ", moment(link.expires_at)),
        row_button("Remove", link.purpose, AccountsState.remove_link(link.id)),
        key=link.id,
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

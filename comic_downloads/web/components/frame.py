"""The frame around every page: bars, account menu, tray and announcements."""

from __future__ import annotations

import reflex as rx

from .. import routes
from ..session.load_errors import LoadErrorState
from ..states.sign_in import SignInState
from ..states.tray import TrayState
from .list_states import failed_state
from .tray import tray

_LINKS = (
    ("Library", "library", routes.LIBRARY),
    ("Lists", "list-ordered", routes.LISTS),
    ("Downloads", "download", routes.DOWNLOADS),
    ("Shared", "share-2", routes.SHARES),
)


def frame(here: str, *content: rx.Component | rx.Var) -> rx.Component:
    """Return a page for signed-in users. ``here`` is its route, marked in the navigation."""
    return rx.fragment(
        skip_link("Skip to the content", "content"),
        _top_bar(here),
        rx.el.main(
            rx.cond(
                LoadErrorState.message != "",
                failed_state(LoadErrorState.message, LoadErrorState.reload),
                rx.fragment(*content),
            ),
            id="content",
            class_name="page",
            tab_index=-1,
        ),
        rx.el.nav(
            *_nav_links(here, icon_size=20),
            class_name="bottom-bar",
            aria_label="Main, at the bottom",
        ),
        tray(),
        rx.box(
            TrayState.announcement, class_name="visually-hidden", role="status", aria_live="polite"
        ),
    )


def guests_frame(*content: rx.Component | rx.Var) -> rx.Component:
    """Return a page for guests, without navigation or account."""
    return rx.fragment(
        rx.el.header(
            rx.el.div(
                rx.el.span(*_wordmark(), class_name="wordmark"),
                rx.spacer(),
                _light_switch(),
                class_name="top-bar-inner",
            ),
            class_name="top-bar",
        ),
        rx.el.main(*content, id="content", class_name="page", tab_index=-1),
    )


def skip_link(label: str, target_id: str) -> rx.Component:
    """Return a link past the repeated parts, visible while it has the keyboard focus."""
    # The router would not move the focus, and would drop the query of the page's address.
    move = rx.call_script("window.comicFocus.follow()").prevent_default
    return rx.el.a(label, href=f"#{target_id}", class_name="skip-link", on_click=move)


def _wordmark() -> list[rx.Component | str]:
    return [
        rx.el.span(rx.icon("book-down", size=18, aria_hidden="true"), class_name="wordmark-sign"),
        rx.el.span("Comic Downloads", class_name="wordmark-words"),
    ]


def _light_switch() -> rx.Component:
    return rx.icon_button(
        rx.color_mode_cond(rx.icon("moon", size=18), rx.icon("sun", size=18)),
        on_click=rx.toggle_color_mode,
        variant="ghost",
        color_scheme="gray",
        size="3",
        aria_label="Switch between light and dark",
    )


def _top_bar(here: str) -> rx.Component:
    return rx.el.header(
        rx.el.div(
            rx.link(*_wordmark(), href=routes.LIBRARY, class_name="wordmark", underline="none"),
            rx.el.nav(*_nav_links(here, icon_size=17), aria_label="Main", display="flex"),
            rx.spacer(),
            _light_switch(),
            _account_menu(),
            class_name="top-bar-inner",
        ),
        class_name="top-bar",
    )


def _nav_links(here: str, icon_size: int) -> list[rx.Component]:
    return [
        rx.link(
            rx.icon(icon, size=icon_size, aria_hidden="true"),
            name,
            _badge() if href == routes.DOWNLOADS else rx.fragment(),
            href=href,
            class_name="nav-link",
            underline="none",
            custom_attrs={"aria-current": "page"} if href == here else {},
        )
        for name, icon, href in _LINKS
    ]


def _badge() -> rx.Component:
    return rx.cond(
        TrayState.count > 0,
        rx.el.span(
            TrayState.count,
            rx.el.span(" active", class_name="visually-hidden"),
            class_name="count-badge",
            custom_attrs={"data-testid": "active-count"},
        ),
    )


def _account_menu() -> rx.Component:
    owner_items = rx.fragment(
        rx.menu.item("People", on_select=rx.redirect(routes.ACCOUNTS)),
        rx.menu.item("Queue", on_select=rx.redirect(routes.QUEUE)),
        rx.menu.separator(),
    )
    return rx.menu.root(
        rx.menu.trigger(
            rx.button(
                rx.icon("circle-user-round", size=20),
                rx.el.span(TrayState.username, class_name="account-name"),
                variant="ghost",
                color_scheme="gray",
                size="3",
                aria_label=f"Account menu of {TrayState.username}",
                margin_left="12px",
            )
        ),
        rx.menu.content(
            rx.menu.item(
                "Signed in as ", TrayState.username, disabled=True, class_name="account-words"
            ),
            rx.menu.item("Account", on_select=rx.redirect(routes.ACCOUNT)),
            rx.cond(TrayState.is_owner, owner_items),
            rx.menu.item("Sign out", on_select=SignInState.sign_out),
            align="end",
        ),
    )

"""The pages that create the owner, sign in, and use an invitation or a new password."""

from __future__ import annotations

from typing import Literal

import reflex as rx

from ..components.list_states import failed_state
from ..session.load_errors import LoadErrorState
from ..states.account_link import AccountLinkState
from ..states.sign_in import SignInState


def setup_page() -> rx.Component:
    """Return the form for the owner's account, shown at the first visit."""
    return _sign_in_form(
        "Welcome",
        "Create the owner's account. The owner adds comics and other accounts.",
        rx.form(
            rx.cond(
                SignInState.needs_code,
                _field(
                    "Set-up code",
                    "setup_code",
                    "off",
                    "text",
                    hint="The server printed it when it started. Look in its log.",
                ),
            ),
            _field("Username", "username", "username", "text"),
            *_new_password(),
            _problem(SignInState.problem),
            rx.button(
                "Create account", type="submit", size="3", width="100%", loading=SignInState.busy
            ),
            on_submit=SignInState.create_owner,
        ),
    )


def sign_in_page() -> rx.Component:
    """Return the form to sign in."""
    return _sign_in_form(
        "Sign in",
        "",
        rx.form(
            _field("Username", "username", "username", "text"),
            _field("Password", "password", "current-password", "password"),
            _problem(SignInState.problem),
            rx.button("Sign in", type="submit", size="3", width="100%", loading=SignInState.busy),
            rx.text(
                "Forgot your password? Ask the owner of this server for a link to set a new one.",
                size="2",
                color_scheme="gray",
                margin_top="16px",
            ),
            on_submit=SignInState.sign_in,
        ),
    )


def invite_page() -> rx.Component:
    """Return the form of an invitation."""
    return _link_page(
        "Join Comic Downloads",
        "You were invited to use the comics of this server. Choose a name and a password.",
        rx.form(
            _field("Username", "username", "username", "text"),
            *_new_password(),
            _problem(AccountLinkState.problem),
            _submit("Join"),
            on_submit=AccountLinkState.accept,
        ),
    )


def reset_page() -> rx.Component:
    """Return the form that sets a new password."""
    return _link_page(
        "Choose a new password",
        rx.fragment(
            "For the account ",
            rx.el.b(AccountLinkState.username),
            ". Other browsers are signed out.",
        ),
        rx.form(
            *_new_password(),
            _problem(AccountLinkState.problem),
            _submit("Set password"),
            on_submit=AccountLinkState.accept,
        ),
    )


def _link_page(heading: str, text: rx.Component | str, form: rx.Component) -> rx.Component:
    return rx.cond(
        LoadErrorState.message != "",
        failed_state(LoadErrorState.message, LoadErrorState.reload),
        rx.match(
            AccountLinkState.phase,
            ("open", _sign_in_form(heading, text, form)),
            ("gone", _link_gone()),
            rx.fragment(),
        ),
    )


def _link_gone() -> rx.Component:
    return _sign_in_form(
        "This link does not work",
        "It was already used, has expired, or was removed. Ask the owner for a new one.",
        rx.link("Go to the library", href="/", margin_top="20px", display="inline-block"),
    )


def _new_password() -> tuple[rx.Component, ...]:
    return (
        _field("Password", "password", "new-password", "password", hint="At least 8 characters"),
        _field("Confirm password", "password_again", "new-password", "password"),
    )


def _submit(label: str) -> rx.Component:
    return rx.button(label, type="submit", size="3", width="100%", loading=AccountLinkState.busy)


def _sign_in_form(heading: str, text: rx.Component | str, form: rx.Component) -> rx.Component:
    return rx.el.main(
        rx.box(
            rx.el.div(
                rx.el.span(
                    rx.icon("book-down", size=18, aria_hidden="true"), class_name="wordmark-sign"
                ),
                "Comic Downloads",
                class_name="wordmark",
            ),
            rx.heading(heading, as_="h1", size="6", margin_top="28px"),
            rx.text(text, color_scheme="gray", margin_top="4px") if text else rx.fragment(),
            form,
            class_name="sign-in-card sheet",
        ),
        class_name="sign-in",
    )


def _field(
    label: str, name: str, autocomplete: str, kind: Literal["text", "password"], hint: str = ""
) -> rx.Component:
    return rx.box(
        rx.el.label(rx.text(label, size="2", weight="medium", margin_bottom="6px"), html_for=name),
        rx.input(
            id=name,
            name=name,
            type=kind,
            auto_complete=autocomplete,
            required=True,
            size="3",
            width="100%",
            custom_attrs={"aria-describedby": f"{name}-hint"} if hint else {},
        ),
        rx.text(hint, id=f"{name}-hint", size="1", color_scheme="gray", margin_top="4px")
        if hint
        else rx.fragment(),
        margin_top="20px",
    )


def _problem(problem: rx.Var[str] | str) -> rx.Component:
    return rx.box(
        rx.cond(
            problem != "",
            rx.callout(
                problem,
                icon="circle-alert",
                color_scheme="red",
                high_contrast=True,
                size="1",
            ),
        ),
        role="alert",
        margin_y="20px",
    )

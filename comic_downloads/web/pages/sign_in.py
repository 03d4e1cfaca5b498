"""The pages that create the owner and sign in."""

from __future__ import annotations

from typing import Literal

import reflex as rx

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
            _field(
                "Password", "password", "new-password", "password", hint="At least 8 characters"
            ),
            _field("Confirm password", "password_again", "new-password", "password"),
            _problem(),
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
            _problem(),
            rx.button("Sign in", type="submit", size="3", width="100%", loading=SignInState.busy),
            on_submit=SignInState.sign_in,
        ),
    )


def _sign_in_form(heading: str, text: str, form: rx.Component) -> rx.Component:
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


def _problem() -> rx.Component:
    return rx.box(
        rx.cond(
            SignInState.problem != "",
            rx.callout(
                SignInState.problem,
                icon="circle-alert",
                color_scheme="red",
                high_contrast=True,
                size="1",
            ),
        ),
        role="alert",
        margin_y="20px",
    )

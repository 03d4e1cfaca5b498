"""The banner that every page shows while it has no connection to the server."""

from __future__ import annotations

import reflex as rx
from reflex_components_core.core.banner import connect_error_var_data, has_connection_errors

# Why the last attempt failed: the status of an answer, if there was one.
_has_too_many_tabs = rx.Var(
    "(connectErrors.at(-1)?.description === 429)", _var_data=connect_error_var_data
).to(bool)


def connection_banner() -> rx.Component:
    """Return the banner, which replaces Reflex's own and disappears by itself.

    Reflex places the page below this component, so it must be a fragment. The message is a
    component of its own, so that the page does not render again with it.
    """
    return rx.fragment(connection_message())


@rx.memo
def connection_message() -> rx.Component:
    """Return the message; the style sheet dims the page below it."""
    return rx.box(
        rx.cond(
            has_connection_errors,
            rx.box(
                rx.cond(
                    _has_too_many_tabs,
                    rx.icon("layers", size=18, aria_hidden="true"),
                    rx.icon("cloud-off", size=18, aria_hidden="true"),
                ),
                rx.cond(
                    _has_too_many_tabs,
                    "Too many tabs are open. Close some of them, and this one continues by itself.",
                    "Connection lost. Reconnecting…",
                ),
                class_name="connection-lost",
            ),
        ),
        role="status",
        aria_live="polite",
    )

"""The banner that every page shows while it has no connection to the server."""

from __future__ import annotations

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors


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
                rx.icon("cloud-off", size=18, aria_hidden="true"),
                "Connection lost. Reconnecting…",
                class_name="connection-lost",
            ),
        ),
        role="status",
        aria_live="polite",
    )

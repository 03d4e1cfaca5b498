"""What every page says while the server cannot be reached."""

from __future__ import annotations

import reflex as rx
from reflex_components_core.core.banner import has_connection_errors


def connection_banner() -> rx.Component:
    """Comes when an attempt to connect fails, and goes by itself; the style sheet grays the page meanwhile.

    Reflex hangs the page below what this gives, so it is a fragment; and the note renders alone, for the page's sake.
    """
    return rx.fragment(connection_message())


@rx.memo
def connection_message() -> rx.Component:
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

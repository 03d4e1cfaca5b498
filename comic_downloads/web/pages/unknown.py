"""The page at every unknown address."""

from __future__ import annotations

import reflex as rx

from .. import routes
from ..components.frame import frame
from ..components.list_states import empty_state


def unknown_page() -> rx.Component:
    """Return the page."""
    return frame(
        routes.UNKNOWN,
        empty_state(
            "map-pin-off",
            "Page not found",
            "The address may be wrong, or the page no longer exists.",
            rx.button(
                rx.link("Open the library", href=routes.LIBRARY, underline="none"), as_child=True
            ),
            level="h1",
        ),
    )

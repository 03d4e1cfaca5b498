"""The storage of the account as a bar, with the file that is deleted next."""

from __future__ import annotations

import reflex as rx

from ..states.downloads import DownloadsState
from .progress import progress_bar
from .times import moment


def storage_line() -> rx.Component:
    """Return how much is used, of how much, and what goes next and when."""
    bar = DownloadsState.storage
    return rx.cond(
        bar.label != "",
        rx.box(
            rx.box(
                rx.el.span(bar.label, class_name="figures"),
                rx.cond(bar.next_id != "", _next()),
                class_name="storage-words",
            ),
            rx.cond(
                bar.percent >= 0,
                progress_bar(
                    bar.percent,
                    f"Storage: {bar.label}",
                    rx.cond(bar.is_nearly_full, "amber", "iris"),
                ),
            ),
            class_name="storage",
            role="region",
            aria_label="Storage",
        ),
    )


def _next() -> rx.Component:
    bar = DownloadsState.storage
    return rx.fragment(
        rx.el.span(bar.next_name, " is deleted next, ", moment(bar.next_at)),
        rx.button(
            "Keep longer",
            rx.el.span(f" {bar.next_name}", class_name="visually-hidden"),
            on_click=DownloadsState.keep_longer(bar.next_id),
            variant="ghost",
            size="1",
        ),
    )

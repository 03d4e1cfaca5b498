"""The reader: one page over the whole screen, turned by keys, clicks or buttons."""

from __future__ import annotations

from typing import Any

import reflex as rx

from ..states.comic import ComicState
from ..states.guest_reader import GuestReaderState

Reader = type[ComicState] | type[GuestReaderState]
_ON_A_BUTTON = rx.Var("document.activeElement instanceof HTMLButtonElement", _var_type=bool)


def reader(
    state: Reader,
    title: rx.Var[str] | str,
    opener: rx.Var[str] | str,
    base: rx.Var[str] | str = "",
) -> rx.Component:
    """Return the reader, which opens when the state has a page to read.

    ``opener`` is the id of the element that gets the focus when the reader closes, and ``base``
    what the addresses of the pages begin with.
    """
    is_open = state.reading_url != ""
    return rx.dialog.root(
        rx.dialog.content(
            rx.dialog.title(state.reading_label, class_name="visually-hidden"),
            rx.dialog.description(title, class_name="visually-hidden"),
            rx.el.div(
                rx.el.img(
                    src=f"{base}{state.reading_url}",
                    alt=state.reading_label,
                    on_click=state.turn(1),
                ),
                rx.cond(
                    state.next_url != "",
                    rx.el.link(rel="prefetch", href=f"{base}{state.next_url}"),
                ),
                _bar(state, base),
                rx.window_event_listener(
                    on_key_down=lambda key: state.press_key(key, _ON_A_BUTTON)
                ),
                class_name="reader-page",
                # It takes the focus first, so that Space turns the page and presses no button.
                tab_index=0,
                role="group",
                aria_label=state.reading_label,
            ),
            class_name="reader",
            on_close_auto_focus=rx.call_script(
                rx.Var.create(f"document.getElementById('{opener}')?.focus()")
            ),
        ),
        open=is_open,
        on_open_change=state.close_reader,
    )


def _bar(state: Reader, base: rx.Var[str] | str) -> rx.Component:
    return rx.box(
        _button("Previous page", "chevron-left", state.turn(-1)),
        rx.text(state.reading_label, size="2", class_name="figures", aria_live="polite"),
        _button("Next page", "chevron-right", state.turn(1)),
        rx.icon_button(
            rx.el.a(
                rx.icon("download", size=20),
                href=f"{base}{state.original_url}",
                download=state.original_name,
                reload_document=True,  # The router must not treat the address as a page.
                aria_label="Save this page",
                title="Save this page as it is in the comic",
            ),
            as_child=True,
            variant="ghost",
            color_scheme="gray",
            size="3",
        ),
        _button("Close the reader", "x", state.close_reader, custom_attrs={"data-close": True}),
        class_name="reader-bar",
    )


def _button(label: str, icon: str, on_click: rx.event.EventType[()], **more: Any) -> rx.Component:
    return rx.icon_button(
        rx.icon(icon, size=20),
        on_click=on_click,
        aria_label=label,
        variant="ghost",
        color_scheme="gray",
        size="3",
        **more,
    )

"""The choices of every file: its format, its quality, and the device it is made for."""

from __future__ import annotations

from collections.abc import Sequence

import reflex as rx

from ..labels import DEVICES, FORMATS, PAGE_HEIGHTS, QUALITIES

_FORMAT_HINTS = [(str(format), words.hint) for format, words in FORMATS.items()]


def format_choice(
    items: Sequence[rx.Component | rx.Var],
    value: rx.Var[str] | str,
    on_change: rx.event.EventType[str | list[str]],
) -> rx.Component:
    """Return the choice of a format; ``items`` are those of a segmented control."""
    return rx.fragment(
        choice_label("Format"),
        rx.segmented_control.root(
            *items,
            value=value,
            on_change=on_change,
            size="3",
            width="100%",
            aria_label="Format",
        ),
        rx.text(
            rx.match(value, *_FORMAT_HINTS, ""),
            size="2",
            color_scheme="gray",
            margin_top="8px",
        ),
    )


def quality_choice(
    value: rx.Var[str] | str,
    on_change: rx.event.EventType[str],
    others: Sequence[rx.Component] = (),
) -> rx.Component:
    """Return the choice of a quality: original, automatic, or a page height.

    ``others`` are further items, such as a device.
    """
    items = rx.select.content(
        rx.select.group(
            *[
                rx.select.item(": ".join(filter(None, (words.name, words.hint))), value=name)
                for name, words in QUALITIES.items()
                if name not in PAGE_HEIGHTS
            ],
            *others,
        ),
        rx.select.separator(),
        rx.select.group(
            rx.select.label("Page height"),
            *[rx.select.item(words.name, value=name) for name, words in PAGE_HEIGHTS.items()],
        ),
        position="popper",
    )
    return rx.box(
        choice_label("Quality"),
        rx.select.root(
            rx.select.trigger(width="100%", aria_label="Quality"),
            items,
            value=value,
            on_change=on_change,
            size="3",
        ),
        class_name="long-choice",
    )


def device_choice(
    value: rx.Var[str] | str,
    on_change: rx.event.EventType[str],
    meaning: rx.Component | None = None,
) -> rx.Component:
    """Return the field for a device, which suggests those whose names contain what is typed.

    ``meaning`` stands below and says what the chosen device is given.
    """
    return rx.box(
        rx.el.label(choice_label("Device"), html_for="device"),
        rx.debounce_input(
            rx.input(
                id="device",
                value=value,
                on_change=on_change,
                list="devices",
                max_length=100,
                placeholder="Kobo Sage, or 1264 x 1680",
                size="3",
                auto_complete="off",
                aria_describedby="device-meaning",
            ),
            debounce_timeout=300,
        ),
        rx.el.datalist(
            *[rx.el.option(value=words.name) for words in DEVICES.values()], id="devices"
        ),
        meaning or rx.fragment(),
        class_name="long-choice",
    )


def choice_meaning(meaning: rx.Var[str] | str) -> rx.Component:
    """Return the line that says what a device or a preset stands for."""
    return rx.text(
        meaning,
        id="device-meaning",
        size="2",
        color_scheme="gray",
        class_name="figures",
        margin_top="6px",
        role="status",
    )


def choice_label(text: str) -> rx.Component:
    """Return the label above a choice."""
    return rx.text(text, size="2", weight="medium", margin_bottom="6px")

"""How several comics are divided among files: one each, one of all, by volume or by number."""

from __future__ import annotations

import reflex as rx

from ...domain.split import EACH, NO_SPLIT, VOLUME
from ..states.picker import BY_NUMBER, PickerState


def split_choice() -> rx.Component:
    """Return the choice, shown for more than one comic."""
    return rx.cond(
        PickerState.comic_count > 1,
        rx.box(
            rx.radio_group.root(
                split_item(EACH, "One file each"),
                split_item(NO_SPLIT, "All in one file"),
                rx.cond(PickerState.has_volumes, split_item(VOLUME, "One file per volume")),
                rx.cond(PickerState.comic_count > 2, _by_number()),
                value=PickerState.split,
                on_change=PickerState.choose_split,
                aria_label="Files",
            ),
            class_name="split-choice",
            margin_bottom="20px",
        ),
    )


def split_item(value: str, label: str) -> rx.Component:
    """Return one choice of a radio group, whose words can be pressed too."""
    return rx.el.label(
        rx.flex(
            rx.radio_group.item(value=value, aria_label=label),
            rx.text(label, size="2", weight="medium"),
            class_name="choice-line",
        )
    )


def _by_number() -> rx.Component:
    return rx.flex(
        split_item(BY_NUMBER, "A file of every"),
        rx.debounce_input(
            rx.input(
                value=PickerState.comics_per_file,
                on_change=PickerState.choose_comics_per_file,
                input_mode="numeric",
                max_length=6,
                width="64px",
                size="2",
                auto_complete="off",
                aria_label="Comics in each file",
            ),
            debounce_timeout=300,
        ),
        rx.text("comics", size="2", weight="medium"),
        align="center",
        gap="8px",
    )

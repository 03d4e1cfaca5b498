"""The presets of an account, on its page."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from ..states.preset_list import PresetListState
from ..views.presets import PresetRow
from .preset_name import preset_name
from .question import Answers, confirm_removal


def preset_list() -> rx.Component:
    """Return the list of presets, or what they are for while there are none."""
    return rx.box(
        rx.box(
            rx.heading("Presets", as_="h2", size="4"),
            rx.text(
                rx.cond(
                    PresetListState.rows.length() > 0,
                    "The default is used where nothing is chosen, and for guests of your shares.",
                    "Choose a device, a format and what else you like for a download, and press "
                    "“Save as preset…”. The next time it is one choice.",
                ),
                size="2",
                color_scheme="gray",
                margin_top="4px",
            ),
            class_name="picker",
        ),
        rx.cond(
            PresetListState.rows.length() > 0,
            rx.el.ul(
                rx.foreach(PresetListState.rows, _row), class_name="rows", aria_label="Presets"
            ),
        ),
        class_name="sheet tokens",
    )


def preset_question() -> rx.Component:
    """Return the question before a preset is deleted."""
    return confirm_removal(
        "Delete this preset?",
        rx.fragment(
            rx.el.b(PresetListState.asked_name),
            " is no longer offered. Downloads that were made with it stay.",
        ),
        Answers(PresetListState.delete, PresetListState.answer_no, "Delete"),
        is_open=PresetListState.asked_id != "",
    )


def _row(preset: ObjectVar[PresetRow]) -> rx.Component:
    return rx.el.li(
        rx.cond(PresetListState.renamed_id == preset.id, _renaming(preset), _shown(preset)),
        class_name="person preset",
        key=preset.id,
    )


def _shown(preset: ObjectVar[PresetRow]) -> rx.Component:
    return rx.fragment(
        rx.el.div(
            rx.el.div(
                rx.el.span(preset.name, class_name="row-title"),
                rx.cond(preset.is_default, rx.badge("Default", variant="soft")),
                class_name="preset-name",
            ),
            rx.cond(
                preset.problem != "",
                rx.text(preset.problem, size="2", color_scheme="red"),
                rx.text(preset.meaning, size="2", color_scheme="gray", class_name="figures"),
            ),
            class_name="token-words",
        ),
        rx.el.div(
            rx.cond(
                preset.is_default,
                _button(preset, "No default", PresetListState.make_default(preset.id, False)),
                _button(preset, "Make default", PresetListState.make_default(preset.id, True)),
            ),
            _button(preset, "Rename", PresetListState.start_renaming(preset.id)),
            _button(preset, "Delete", PresetListState.ask_deletion(preset.id)),
            class_name="preset-buttons",
        ),
    )


def _renaming(preset: ObjectVar[PresetRow]) -> rx.Component:
    return rx.form(
        preset_name(
            "Save",
            PresetListState.stop_renaming,
            PresetListState.problem,
            default_value=preset.name,
            aria_label="New name",
        ),
        on_submit=PresetListState.rename,
        flex="1",
    )


def _button(
    preset: ObjectVar[PresetRow], label: str, on_click: rx.event.EventType[()]
) -> rx.Component:
    return rx.button(
        label,
        rx.el.span(" ", preset.name, class_name="visually-hidden"),
        variant="soft",
        color_scheme="gray",
        on_click=on_click,
    )

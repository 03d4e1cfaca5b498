"""What the file is made for: a preset, a device, or any reader; and saving a new preset."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from ..states.picker import ANY_READER, DEVICE, PickerState
from ..states.preset_form import PresetFormState
from ..views.presets import PresetRow
from .choices import choice_label, choice_meaning, device_choice
from .preset_name import preset_name

_NAME = "preset-name"


def reader_choice() -> rx.Component:
    """Return the choice at the top, which sets the others."""
    return rx.box(
        choice_label("For"),
        rx.select.root(
            rx.select.trigger(width="100%", aria_label="For"),
            rx.select.content(
                rx.cond(
                    PickerState.presets.length() > 0,
                    rx.fragment(
                        rx.select.group(
                            rx.select.label("Presets"),
                            rx.foreach(PickerState.presets, _preset_item),
                        ),
                        rx.select.separator(),
                    ),
                ),
                rx.select.group(
                    rx.select.item("Any reader", value=ANY_READER),
                    rx.select.item(_device_label(), value=DEVICE),
                ),
                position="popper",
            ),
            value=PickerState.chosen_for,
            on_change=PickerState.choose_for,
            size="3",
        ),
        rx.cond(
            PickerState.chosen_for == DEVICE,
            rx.box(
                device_choice(PickerState.device, PickerState.choose_device),
                margin_top="12px",
            ),
        ),
        rx.cond(PickerState.meaning != "", choice_meaning(PickerState.meaning)),
        margin_bottom="20px",
    )


def saving_form() -> rx.Component:
    """Return the button that asks for a name for the present choices, or the field for it."""
    return rx.cond(
        PresetFormState.is_open,
        rx.form(
            rx.el.label(choice_label("Name of the preset"), html_for=_NAME),
            preset_name(
                rx.cond(PresetFormState.replaces, "Replace", "Save"),
                PresetFormState.close,
                PresetFormState.problem,
                id=_NAME,
                placeholder="My Kobo",
                on_change=PresetFormState.type_name,
            ),
            on_submit=PresetFormState.save,
            margin_top="16px",
        ),
        rx.cond(
            PickerState.preset_id == "",
            rx.button(
                rx.icon("bookmark-plus", size=16, aria_hidden="true"),
                "Save as preset…",
                type="button",
                size="2",
                variant="ghost",
                color_scheme="gray",
                margin_top="16px",
                on_click=PresetFormState.open,
            ),
        ),
    )


def _preset_item(preset: ObjectVar[PresetRow]) -> rx.Component:
    return rx.select.item(preset.name, value=preset.id, key=preset.id)


def _device_label() -> rx.Var[str]:
    """Return the name of the device that was chosen, or else what the item is for."""
    is_chosen = (PickerState.chosen_for == DEVICE) & (PickerState.device_name != "")
    return rx.cond(is_chosen, PickerState.device_name, "A device…")

"""The picker: the choices for a download, its estimate and the button."""

from __future__ import annotations

import reflex as rx

from ..labels import FORMATS
from ..session.arguments import MAX_TEXT
from ..states.picker import PickerState
from ..states.tray import TrayState
from .choices import choice_label, format_choice, quality_choice
from .picker_choices import more_choices
from .picker_presets import reader_choice, saving_form
from .split_choice import split_choice


def picker(*, with_pages: bool) -> rx.Component:
    """Return the choices: what the file is for, how many files, the outcome, and then the rest.

    A device decides on format and quality, which are then folded away with the rest.
    ``with_pages`` offers a page range, for a single comic.
    """
    by_device = PickerState.by_device
    return rx.box(
        reader_choice(),
        rx.fragment() if with_pages else split_choice(),
        rx.cond(by_device, rx.fragment(), _hidden_if_untouched(_format())),
        rx.box(
            rx.cond(by_device, rx.fragment(), _quality()),
            _hidden_if_untouched(_pages()) if with_pages else rx.fragment(),
            class_name="picker-row",
        ),
        _hidden_if_untouched(rx.cond(PickerState.damaged_pages > 0, _skipping())),
        _hidden_if_untouched(rx.cond(PickerState.are_read, rx.fragment(), _reading())),
        _outcome(),
        _hidden_if_untouched(more_choices(rx.cond(by_device, _file_kind()))),
        saving_form(),
    )


def download_button(*afterwards: rx.event.EventCallback) -> rx.Component:
    """Return the button, which says how far the file is until that is ready.

    The events ``afterwards`` run after the request was answered.
    """
    asked = PickerState.asked_id
    preparing = (asked != "") & (asked == TrayState.asked_id) & (TrayState.asked_label != "")
    return rx.cond(
        TrayState.may_download,
        rx.button(
            rx.icon("download", size=18, aria_hidden="true"),
            rx.cond(preparing, TrayState.asked_label, "Download"),
            class_name="figures",
            size="3",
            on_click=[PickerState.download, *afterwards],
            loading=PickerState.busy,
        ),
        rx.text("Your account may not download. Ask the person who runs this server.", size="2"),
    )


def _device_item() -> rx.Component:
    """Return the item for the device or screen that was chosen above."""
    return rx.cond(
        PickerState.device_name != "",
        rx.select.item(PickerState.device_name, value=PickerState.quality),
    )


def _hidden_if_untouched(choice: rx.Component) -> rx.Component:
    """Return a choice that cannot be made for the library's own file."""
    return rx.cond(PickerState.is_untouched, rx.fragment(), choice)


def _file_kind() -> rx.Component:
    return rx.box(_format(), _quality(), margin_top="12px")


def _format() -> rx.Component:
    return rx.box(
        format_choice(
            [
                rx.segmented_control.item(words.name, value=str(format))
                for format, words in FORMATS.items()
            ],
            PickerState.format,
            PickerState.choose_format,
        ),
        margin_bottom="20px",
    )


def _quality() -> rx.Component:
    return quality_choice(PickerState.quality, PickerState.choose_quality, [_device_item()])


def _pages() -> rx.Component:
    return rx.box(
        rx.el.label(choice_label("Pages"), html_for="pages"),
        rx.debounce_input(
            rx.input(
                id="pages",
                value=PickerState.pages,
                on_change=PickerState.choose_pages,
                max_length=MAX_TEXT,
                placeholder="All, or 1-10, 15",
                size="3",
                auto_complete="off",
                aria_describedby="picker-outcome",
            ),
            debounce_timeout=300,
        ),
        class_name="long-choice",
    )


def _skipping() -> rx.Component:
    return rx.el.label(
        rx.flex(
            rx.checkbox(
                checked=PickerState.skip_damaged,
                on_change=PickerState.choose_skipping,
                size="2",
                custom_attrs={"aria-label": "Skip damaged pages"},
            ),
            rx.text("Skip damaged pages", size="2", weight="medium"),
            rx.text(f"({PickerState.damaged_pages} cannot be read)", size="2", color_scheme="gray"),
            class_name="choice-line",
        ),
        display="block",
        margin_top="8px",
    )


def _reading() -> rx.Component:
    return rx.text(
        "Some pages are still being read. Damaged ones are counted when that is done.",
        size="2",
        color_scheme="gray",
        margin_top="8px",
        role="status",
    )


def _outcome() -> rx.Component:
    """Return the estimate, or the problem with the choices."""
    return rx.box(
        rx.cond(
            PickerState.problem != "",
            rx.text(PickerState.problem, color_scheme="red", size="2"),
            rx.cond(
                PickerState.estimate != "",
                rx.text(PickerState.estimate, size="2", color_scheme="gray", class_name="figures"),
                rx.skeleton(rx.text("about 100.0 MB · 60 pages", size="2"), loading=True),
            ),
        ),
        id="picker-outcome",
        class_name="outcome",
        role="status",
        aria_live="polite",
        aria_busy=PickerState.estimating,
        margin_top="16px",
        min_height="20px",
    )

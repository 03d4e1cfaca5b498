"""The picker: what a download becomes, what it will be like, and the button."""

from __future__ import annotations

import reflex as rx

from ...domain.artifact import Format
from ...domain.quality import DEVICE_LABELS, HEIGHTS
from ..states.picker import PickerState
from .picker_choices import more_choices

_FORMAT_HINTS = {
    "cbz": "For comic readers: pages in order, with title and credits inside.",
    "pdf": "For everything that shows documents: one page per image.",
    "zip": "The page images themselves, one file each.",
    "epub": "For e-readers: fixed pages, with title and reading direction.",
}
_FORMATS = [name for name in _FORMAT_HINTS if name in set(Format)]


def picker(*, with_pages: bool) -> rx.Component:
    """``with_pages`` offers a range of pages, which makes sense for one comic only."""
    return rx.box(
        _label("Format"),
        rx.segmented_control.root(
            *[rx.segmented_control.item(name.upper(), value=name) for name in _FORMATS],
            value=PickerState.format,
            on_change=PickerState.choose_format,
            size="3",
            width="100%",
            aria_label="Format",
        ),
        rx.text(
            rx.match(PickerState.format, *_FORMAT_HINTS.items(), ""),
            size="2",
            color_scheme="gray",
            margin_top="8px",
        ),
        rx.box(_quality(), _pages() if with_pages else rx.fragment(), class_name="picker-row", margin_top="20px"),
        rx.cond(PickerState.damaged_pages > 0, _skipping()),
        more_choices(),
        _outcome(),
    )


def download_button(*afterwards: rx.event.EventCallback) -> rx.Component:
    """The one button; ``afterwards`` run when the request was answered."""
    return rx.button(
        rx.icon("download", size=18, aria_hidden="true"),
        "Download",
        size="3",
        on_click=[PickerState.download, *afterwards],
        loading=PickerState.busy,
    )


def _label(text: str, target: str = "") -> rx.Component:
    words = rx.text(text, size="2", weight="medium", margin_bottom="6px")
    return rx.el.label(words, html_for=target) if target else words


def _quality() -> rx.Component:
    items = rx.select.content(
        rx.select.group(
            rx.select.item("Original", value="original"),
            rx.select.item("Auto: at most a tablet's 2160p", value="auto"),
        ),
        rx.select.separator(),
        rx.select.group(
            rx.select.label("Page height"),
            *[rx.select.item(f"{height}p", value=f"{height}p") for height in HEIGHTS],
        ),
        rx.select.separator(),
        rx.select.group(
            rx.select.label("Made for a device"),
            *[rx.select.item(label, value=name) for name, label in DEVICE_LABELS.items()],
        ),
        position="popper",
    )
    return rx.box(
        _label("Quality"),
        rx.select.root(
            rx.select.trigger(width="100%", aria_label="Quality"),
            items,
            value=PickerState.quality,
            on_change=PickerState.choose_quality,
            size="3",
        ),
    )


def _pages() -> rx.Component:
    return rx.box(
        _label("Pages", "pages"),
        rx.debounce_input(
            rx.input(
                id="pages",
                value=PickerState.pages,
                on_change=PickerState.choose_pages,
                placeholder="All, or 1-10, 15",
                size="3",
                auto_complete="off",
                aria_describedby="picker-outcome",
            ),
            debounce_timeout=300,
        ),
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


def _outcome() -> rx.Component:
    """The estimate, or what is wrong with the choice."""
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
        margin_top="20px",
        min_height="20px",
    )

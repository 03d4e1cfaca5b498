"""The options that few people change, folded away.

These are target size, size of parts, lifetime, type of images, strips, names, comic details, gray
and margins, and what e-readers want.
"""

from __future__ import annotations

from collections.abc import Iterable

import reflex as rx

from ...domain.formats import Format
from ...domain.quality import ImageEncoding
from ..labels import (
    COMIC_INFO_SCHEMAS,
    DOUBLE_PAGES,
    EPUB_READERS,
    IMAGE_FORMATS,
    LIFETIMES,
    PAGE_NAMES,
    PART_SIZES,
    STRIPS,
    TARGET_SIZES,
)
from ..states.picker import AS_FITS, AS_USUAL, NO_DETAILS, NO_LIMIT, PickerState


def more_choices(*before: rx.Component | rx.Var) -> rx.Component:
    """Return the options, folded away behind others; they apply while they are hidden, too."""
    return rx.el.details(
        rx.el.summary("More choices", class_name="more-choices"),
        *before,
        rx.box(
            _choice("Fit into", PickerState.target_size, PickerState.choose_target_size, _sizes()),
            _choice(
                "At most per file",
                PickerState.part_size,
                PickerState.choose_part_size,
                _part_sizes(),
            ),
            _choice("Keep for", PickerState.lifetime, PickerState.choose_lifetime, _lifetimes()),
            _choice("Images", PickerState.image_format, PickerState.choose_image_format, _kinds()),
            _choice(
                "Tall strips",
                PickerState.strips,
                PickerState.choose_strips,
                _items((AS_FITS, "Automatic"), *STRIPS.items()),
            ),
            _names_in_zip(),
            _comic_details(),
            class_name="picker-row",
            margin_top="12px",
        ),
        rx.box(
            _switch("Shades of gray", PickerState.grayscale, PickerState.choose_grayscale),
            _switch("Crop margins", PickerState.crop_margins, PickerState.choose_crop_margins),
            class_name="picker-row",
            margin_top="12px",
        ),
        _for_ereaders(),
        margin_top="16px",
    )


def _for_ereaders() -> rx.Component:
    """Return what matters on electronic paper; a device that is chosen sets it."""
    return rx.fragment(
        rx.heading("E-reader", size="2", as_="h3", margin_top="16px"),
        rx.box(
            _choice(
                "Double pages",
                PickerState.double_pages,
                PickerState.choose_double_pages,
                _items((AS_FITS, "Automatic"), *DOUBLE_PAGES.items()),
                class_name="long-choice",
            ),
            rx.cond(
                PickerState.format == Format.EPUB.value,
                _choice(
                    "EPUB for",
                    PickerState.epub_for,
                    PickerState.choose_epub_for,
                    _items((AS_FITS, "Automatic"), *EPUB_READERS.items()),
                    class_name="long-choice",
                ),
            ),
            _switch("Stronger black and white", PickerState.levels, PickerState.choose_levels),
            class_name="picker-row",
            margin_top="8px",
        ),
    )


def _names_in_zip() -> rx.Component:
    return rx.cond(
        PickerState.keeps_page_names,
        _choice(
            "File names",
            PickerState.page_names,
            PickerState.choose_page_names,
            _items(*PAGE_NAMES.items()),
            class_name="long-choice",
        ),
    )


def _comic_details() -> rx.Component:
    return rx.cond(
        PickerState.has_comic_info,
        _choice(
            "Comic details",
            PickerState.comic_info,
            PickerState.choose_comic_info,
            _items(*COMIC_INFO_SCHEMAS.items(), (NO_DETAILS, "None")),
            class_name="long-choice",
        ),
    )


def _sizes() -> Iterable[rx.Component]:
    """Return the sizes, with that of a preset if it is another one."""
    yield from _items((NO_LIMIT, "No limit"), *TARGET_SIZES.items())
    yield _other(PickerState.other_size, PickerState.target_size)


def _part_sizes() -> Iterable[rx.Component]:
    """Return the limits of parts, with that of a preset if it is another one."""
    yield from _items((NO_LIMIT, "No limit"), *PART_SIZES.items())
    yield _other(PickerState.other_part_size, PickerState.part_size)


def _lifetimes() -> Iterable[rx.Component]:
    """Return how long the file can be kept, with the time of a preset if it is another one."""
    yield from _items((AS_USUAL, "As usual"), *LIFETIMES.items())
    yield _other(PickerState.other_lifetime, PickerState.lifetime)


def _other(label: rx.Var[str] | str, value: rx.Var[str] | str) -> rx.Component:
    return rx.cond(label != "", rx.select.item(label, value=value))


def _kinds() -> Iterable[rx.Component]:
    for kind, label in IMAGE_FORMATS.items():
        item = rx.select.item(label, value=kind.value)
        yield rx.cond(PickerState.holds_webp, item) if kind is ImageEncoding.WEBP else item


def _items(*choices: tuple[str, str]) -> Iterable[rx.Component]:
    return [rx.select.item(label, value=str(value)) for value, label in choices]


def _choice(
    label: str,
    value: rx.Var[str] | str,
    on_change: rx.event.EventCallback[str],
    items: Iterable[rx.Component],
    class_name: str = "",
) -> rx.Component:
    return rx.box(
        rx.text(label, size="2", weight="medium", margin_bottom="6px"),
        rx.select.root(
            rx.select.trigger(width="100%", aria_label=label),
            rx.select.content(*items, position="popper"),
            value=value,
            on_change=on_change,
            size="3",
        ),
        class_name=class_name,
    )


def _switch(
    label: str, value: rx.Var[bool] | bool, on_change: rx.event.EventCallback[bool]
) -> rx.Component:
    return rx.el.label(
        rx.flex(
            rx.switch(checked=value, on_change=on_change, custom_attrs={"aria-label": label}),
            rx.text(label, size="2"),
            class_name="choice-line",
        )
    )

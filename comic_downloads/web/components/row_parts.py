"""Parts that the rows of downloads and of groups share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import reflex as rx
from reflex.vars import ObjectVar

from ..states.downloads import DownloadsState


def keeps_focus(place: str, row_id: rx.Var[str]) -> dict[str, rx.Var]:
    """Mark where the focus goes when the pressed button disappears (assets/focus.js)."""
    return {"data-keep-focus": rx.Var.create(f"{place} {row_id}")}


def status_badge(label: rx.Var[str], tone: rx.Var) -> rx.Component:
    """Return the status as a word on the colour of its tone."""
    return rx.badge(label, color_scheme=tone, variant="soft", high_contrast=True)


def row_foot(words: rx.Component, actions: Sequence[rx.Component]) -> rx.Component:
    """Return the last line of a row: its words, and its buttons beside them."""
    return rx.box(words, rx.box(*actions, class_name="row-actions"), class_name="row-foot")


def row_checkbox(name: rx.Var[str], checked: rx.Var[bool], row_id: rx.Var[str]) -> rx.Component:
    """Return the checkbox that selects a row; with Shift, all from the last selected one to it."""
    return rx.el.label(
        rx.el.input(
            type="checkbox",
            checked=checked,
            read_only=True,  # The state decides; React warns without this.
            on_click=lambda click: DownloadsState.select(
                row_id, click.to(ObjectVar, dict[str, bool])["shift_key"]
            ),
            aria_label=f"Select {name}",
        ),
        class_name="row-check",
    )


def action_button(
    label: str | rx.Var[str], icon: str, on_click: rx.event.EventType[()], name: rx.Var[str]
) -> rx.Component:
    """Return a button of a row; screen readers add the name of what it acts on."""
    return rx.button(
        rx.icon(icon, size=15, aria_hidden="true"),
        label,
        rx.el.span(f" {name}", class_name="visually-hidden"),
        on_click=on_click,
        variant="soft",
        color_scheme="gray",
    )


def icon_action(
    label: str | rx.Var[str], icon: str, on_click: rx.event.EventType[()], name: rx.Var[str]
) -> rx.Component:
    """Return a button of a row of the tray, which is only an icon."""
    return rx.icon_button(
        rx.icon(icon, size=15),
        on_click=on_click,
        variant="ghost",
        color_scheme="gray",
        aria_label=f"{label} {name}",
    )


def open_link(href: rx.Var[str], filename: rx.Var[str], *, new_tab: bool) -> rx.Component:
    """Return the link that opens a finished file in the browser."""
    # Only addresses of pages are for the router.
    elsewhere = {"reload_document": True, "target": "_blank"} if new_tab else {}
    return rx.button(
        rx.el.a(
            rx.icon("book-open", size=16, aria_hidden="true"),
            "Open",
            rx.el.span(f" {filename}", class_name="visually-hidden"),
            href=href,
            rel="noopener",
            **elsewhere,
        ),
        as_child=True,
        variant="soft",
    )


def digest_details(
    sha256: rx.Var[str], filename: rx.Var[str], on_copy: rx.event.EventType[()]
) -> rx.Component:
    """Return the SHA-256 of a finished file behind a word that opens it."""
    return rx.el.details(
        rx.el.summary("Checksum", rx.el.span(f" of {filename}", class_name="visually-hidden")),
        rx.cond(
            sha256 != "",
            rx.box(
                rx.el.span("SHA-256", class_name="row-step"),
                rx.code(sha256, class_name="digest"),
                action_button("Copy SHA-256", "copy", on_copy, filename),
                class_name="digest-line",
            ),
            rx.el.span(
                "The SHA-256 is not known yet. This file is sent from the library, which is read "
                "to the file’s end in the background.",
                class_name="row-step",
            ),
        ),
        class_name="row-details",
    )


def file_link(
    words: str,
    href: rx.Var[str],
    filename: rx.Var[str],
    title: str,
    size: Literal["1", "2"] = "2",
) -> rx.Component:
    """Return a plain link to a file, so that the browser handles it like every other download."""
    return rx.button(
        rx.el.a(
            rx.icon("download", size=16),
            words,
            href=href,
            download=filename,
            reload_document=True,  # The router must not treat the address as a page.
            aria_label=f"Download {filename}",
            title=title,
        ),
        as_child=True,
        size=size,
    )

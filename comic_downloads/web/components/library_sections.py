"""The rows above the whole library, each of which scrolls sideways and is left out when empty."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from .. import routes
from ..states.library_sections import LibrarySectionsState
from ..states.selection import SelectionState
from ..views.library_sections import LibraryRow, ReadyFile
from .card_list import card_in_row
from .cover import cover


def library_sections() -> rx.Component:
    """Return the rows; they are hidden while comics are selected."""
    has_files = LibrarySectionsState.ready.length() > 0
    has_rows = LibrarySectionsState.rows.length() > 0
    return rx.cond(
        ~SelectionState.selecting & (has_files | has_rows),
        rx.fragment(
            rx.cond(has_files, _ready()),
            rx.foreach(LibrarySectionsState.rows, _row),
            rx.el.h2("All series and one-shots", class_name="shelf-title"),
        ),
    )


def _ready() -> rx.Component:
    files = rx.foreach(LibrarySectionsState.ready, _file)
    return _section("Ready for you", f"{routes.DOWNLOADS}?section=ready", files)


def _row(row: ObjectVar[LibraryRow]) -> rx.Component:
    return _section(row.title, row.href, rx.foreach(row.cards, card_in_row))


def _section(
    title: rx.Var[str] | str, href: rx.Var[str] | str, items: rx.Component
) -> rx.Component:
    see_all = rx.link(
        "See all", rx.el.span(f" of {title}", class_name="visually-hidden"), href=href, size="2"
    )
    return rx.el.section(
        rx.box(rx.el.h2(title, class_name="shelf-title"), see_all, class_name="shelf-head"),
        rx.el.ul(items, class_name="shelf-row", aria_label=title),
        aria_label=title,
        class_name="shelf-section",
        key=title,
    )


def _file(file: ObjectVar[ReadyFile]) -> rx.Component:
    """Return the card of a finished file, which saves it when it is pressed."""
    return rx.el.li(
        rx.el.a(
            rx.box(
                cover(file.cover_url, file.title),
                rx.el.span(
                    rx.icon("download", size=16, aria_hidden="true"), class_name="card-mark"
                ),
                class_name="single",
            ),
            rx.el.p(file.title, class_name="card-title"),
            rx.el.p(file.facts, class_name="card-facts"),
            href=file.file_href,
            download=file.filename,
            reload_document=True,  # The router must not treat the address as a page.
            aria_label=f"Download {file.filename}",
            class_name="card",
        ),
        key=file.id,
    )

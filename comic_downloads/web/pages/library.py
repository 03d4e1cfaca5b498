"""The library page: covers to choose from."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from .. import routes
from ..components.card_list import card_list
from ..components.frame import frame
from ..components.library_sections import library_sections
from ..components.list_dialog import list_dialog
from ..components.list_states import empty_state, failed_state, loading_grid
from ..components.selection import select_button, selection_bar, selection_dialog
from ..components.share_dialog import share_dialog
from ..components.times import moment
from ..components.uploads import choose_files_button, upload_button
from ..states.library import LibraryState
from ..states.list_dialog import ListDialogState
from ..states.selection import SelectionState
from ..views.library_address import COMICS, MAX_WORDS, ORDERS, SERIES
from ..views.library_filters import Filter
from ..views.suggestions import SuggestionGroup

_ORDER_LABELS = (
    ("title", "Title"),
    ("newest", "Newest"),
    ("number", "Number"),
    ("pages", "Longest"),
    ("size", "Largest"),
)


def library_page() -> rx.Component:
    """Return the page."""
    return frame(
        routes.LIBRARY,
        rx.el.div(
            rx.el.h1("Library", class_name="page-title"),
            rx.box(
                select_button(LibraryState.total != 0),
                upload_button(),
                _scan_button(),
                display="flex",
                gap="8px",
            ),
            class_name="page-head",
        ),
        _toolbar(),
        _filters(),
        _scan_note(),
        _looked_note(),
        _away_note(),
        _unread_note(),
        rx.match(
            LibraryState.phase,
            ("loading", loading_grid()),
            ("failed", failed_state(LibraryState.problem, LibraryState.load)),
            rx.fragment(
                library_sections(),
                card_list("library", LibraryState, "Library", _nothing()),
            ),
        ),
        _damaged(),
        selection_bar(),
        selection_dialog(),
        share_dialog(),
        list_dialog(),
    )


def _scan_button() -> rx.Component:
    return rx.button(
        rx.icon("folder-sync", size=16, aria_hidden="true"),
        "Scan",
        on_click=LibraryState.start_scan,
        disabled=LibraryState.scan != "",
        variant="soft",
        color_scheme="gray",
        title="Scan the library folder for changes",
    )


def _toolbar() -> rx.Component:
    return rx.box(
        _search_field(),
        _view_choice(),
        _order_choice(),
        _filter_button(),
        _keep_button(),
        rx.spacer(),
        _total(),
        class_name="toolbar",
        on_unmount=SelectionState.stop,  # Leaving the library ends the selection.
    )


def _search_field() -> rx.Component:
    return rx.box(
        rx.debounce_input(
            rx.input(
                rx.input.slot(rx.icon("search", size=16, aria_hidden="true")),
                value=LibraryState.query,
                on_change=LibraryState.search,
                max_length=MAX_WORDS,
                placeholder="Search titles, series, people",
                aria_label="Search the library",
                type="search",
                size="3",
            ),
            debounce_timeout=250,
        ),
        rx.cond(
            (LibraryState.query != "") & (LibraryState.suggestions.length() > 0),
            rx.box(
                rx.foreach(LibraryState.suggestions, _suggestions),
                class_name="suggestions",
                role="region",
                aria_label="Suggestions",
            ),
        ),
        class_name="toolbar-search",
    )


def _suggestions(group: ObjectVar[SuggestionGroup]) -> rx.Component:
    return rx.fragment(
        rx.el.h2(group.title, class_name="suggestions-title"),
        rx.el.ul(
            rx.foreach(
                group.lines,
                lambda line: rx.el.li(
                    rx.link(line.label, href=line.href, class_name="suggestion", underline="none")
                ),
            ),
        ),
        key=group.title,
    )


def _view_choice() -> rx.Component:
    return rx.segmented_control.root(
        rx.segmented_control.item("Series", value=SERIES),
        rx.segmented_control.item("Comics", value=COMICS),
        value=LibraryState.view,
        on_change=LibraryState.choose_view,
        size="3",
        aria_label="Show",
    )


def _order_choice() -> rx.Component:
    return rx.cond(LibraryState.view == SERIES, _orders(SERIES), _orders(COMICS))


def _orders(view: str) -> rx.Component:
    return rx.select.root(
        rx.select.trigger(aria_label="Order"),
        rx.select.content(
            *[
                rx.select.item(label, value=sort)
                for sort, label in _ORDER_LABELS
                if sort in ORDERS[view]
            ],
            position="popper",
        ),
        value=LibraryState.sort,
        on_change=LibraryState.choose_sort,
        size="3",
    )


def _filter_button() -> rx.Component:
    number = LibraryState.filter_count
    return rx.button(
        rx.icon("list-filter", size=16, aria_hidden="true"),
        rx.cond(number > 0, f"Filter ({number})", "Filter"),
        on_click=LibraryState.show_filters,
        variant=rx.cond(number > 0, "solid", "soft"),
        color_scheme="gray",
        high_contrast=True,
        size="3",
        custom_attrs={"aria-expanded": LibraryState.shows_filters},
    )


def _keep_button() -> rx.Component:
    return rx.cond(
        LibraryState.narrowed,
        rx.button(
            rx.icon("bookmark", size=16, aria_hidden="true"),
            "Keep filter…",
            on_click=ListDialogState.keep_filter,
            variant="soft",
            color_scheme="gray",
            size="3",
        ),
    )


def _filters() -> rx.Component:
    return rx.cond(
        LibraryState.shows_filters,
        rx.box(
            rx.foreach(LibraryState.filters, _filter),
            rx.cond(
                LibraryState.narrowed,
                rx.button("Clear", on_click=LibraryState.clear, variant="soft", size="2"),
            ),
            class_name="filters",
            role="group",
            aria_label="Filters",
        ),
    )


def _filter(one: ObjectVar[Filter]) -> rx.Component:
    return rx.select.root(
        rx.select.trigger(aria_label=one.label),
        rx.select.content(
            rx.foreach(
                one.choices, lambda choice: rx.select.item(choice.label, value=choice.value)
            ),
            position="popper",
        ),
        value=one.value,
        on_change=LibraryState.choose_filter(one.name),  # pyright: ignore[reportArgumentType]
        size="2",
        key=one.name,
    )


def _total() -> rx.Component:
    number = LibraryState.total
    is_one = number == 1
    words = rx.cond(
        LibraryState.view == COMICS,
        rx.cond(is_one, "comic", "comics"),
        rx.cond(is_one, "series or one-shot", "series and one-shots"),
    )
    return rx.text(
        rx.cond(
            LibraryState.phase == "ready",
            rx.cond(number < 0, "Thousands of comics match", f"{number} {words}"),
            "",
        ),
        size="2",
        color_scheme="gray",
        class_name="figures",
        role="status",
    )


def _scan_note() -> rx.Component:
    return rx.cond(
        LibraryState.scan != "",
        rx.callout(
            LibraryState.scan,
            icon="folder-sync",
            color_scheme="gray",
            size="1",
            margin_bottom="20px",
            role="status",
        ),
    )


def _looked_note() -> rx.Component:
    return rx.cond(
        (LibraryState.looked_at != "") & (LibraryState.scan == ""),
        rx.text(
            "Last scanned ",
            moment(LibraryState.looked_at),
            rx.cond(LibraryState.looked != "", f" · {LibraryState.looked}", ""),
            size="1",
            color_scheme="gray",
            margin_bottom="16px",
        ),
    )


def _away_note() -> rx.Component:
    return rx.cond(LibraryState.away != "", _warning(LibraryState.away))


def _unread_note() -> rx.Component:
    return rx.cond(
        (LibraryState.unread.length() > 0) & (LibraryState.scan == ""),
        _warning(
            rx.el.details(
                rx.el.summary("Some files in the library folder need attention", cursor="pointer"),
                rx.el.ul(
                    rx.foreach(
                        LibraryState.unread, lambda line: rx.el.li(line, overflow_wrap="anywhere")
                    ),
                    margin_top="8px",
                ),
            ),
        ),
    )


def _warning(*content: str | rx.Var[str] | rx.Component) -> rx.Component:
    return rx.callout.root(
        rx.callout.icon(rx.icon("triangle-alert", size=16, aria_hidden="true")),
        rx.box(*content, class_name="rt-CalloutText", overflow_wrap="anywhere"),
        color_scheme="amber",
        high_contrast=True,
        size="1",
        margin_bottom="20px",
        role="status",
    )


def _nothing() -> rx.Component:
    return rx.cond(
        LibraryState.narrowed,
        empty_state(
            "search-x",
            "No results",
            "Check the spelling, or clear search and filters.",
            rx.cond(
                LibraryState.meant != "",
                rx.button(f"Search for “{LibraryState.meant}”", on_click=LibraryState.search_meant),
            ),
            rx.button("Clear", on_click=LibraryState.clear, variant="soft"),
        ),
        rx.cond(
            LibraryState.scan != "",
            loading_grid(),
            _empty(),
        ),
    )


def _empty() -> rx.Component:
    heading = "The library is empty"
    return rx.cond(
        LibraryState.folder != "",
        empty_state(
            "library-big",
            heading,
            f"Add comics here, or copy them into {LibraryState.folder}: new ones appear by "
            "themselves. CBZ, CBR, CB7, CBT, ZIP, PDF and EPUB files are read, and folders of "
            "images.",
            choose_files_button("Add comics"),
        ),
        empty_state(
            "library-big", heading, "The owner of this server adds comics. They appear here."
        ),
    )


def _damaged() -> rx.Component:
    """Return the damaged comics of the whole library; hidden during a search."""
    return rx.cond(
        (LibraryState.damaged.length() > 0) & ~LibraryState.narrowed,
        rx.el.details(
            rx.el.summary(
                LibraryState.damaged.length(),
                rx.cond(
                    LibraryState.damaged.length() == 1, " comic is damaged", " comics are damaged"
                ),
                class_name="section-title",
                cursor="pointer",
            ),
            rx.el.ul(
                rx.foreach(
                    LibraryState.damaged,
                    lambda comic: rx.el.li(
                        rx.link(
                            comic.title,
                            href=f"/comics/{comic.id}",
                            weight="medium",
                            class_name="line-link",
                        ),
                        rx.text(comic.reason, size="2", color_scheme="gray"),
                        rx.code(
                            comic.path,
                            size="1",
                            color_scheme="gray",
                            variant="ghost",
                            overflow_wrap="anywhere",
                        ),
                        padding="12px 20px",
                        border_top="1px solid var(--line)",
                    ),
                ),
                class_name="rows sheet",
            ),
            margin_top="48px",
        ),
    )

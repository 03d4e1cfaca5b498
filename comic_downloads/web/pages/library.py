"""The library page: covers to choose from."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from .. import routes
from ..components.cover import sharp_cover
from ..components.frame import frame
from ..components.list_states import empty_state, failed_state, loading_grid
from ..components.selection import select_button, selection_bar, selection_dialog
from ..components.share_dialog import share_button, share_dialog
from ..components.times import moment
from ..components.uploads import choose_files_button, upload_button
from ..session.arguments import MAX_TEXT
from ..states.library import ALL_SERIES, LibraryState
from ..states.selection import SelectionState
from ..states.share_dialog import ShareDialogState
from ..views.library import ComicCard

_SORTS = (
    ("title", "By title"),
    ("newest", "Newest first"),
    ("number", "By number"),
    ("pages", "Most pages"),
    ("size", "Largest"),
)


def library_page() -> rx.Component:
    """Return the page."""
    return frame(
        routes.LIBRARY,
        rx.el.div(
            rx.el.h1("Library", class_name="page-title"),
            rx.box(select_button(), upload_button(), _scan_button(), display="flex", gap="8px"),
            class_name="page-head",
        ),
        _toolbar(),
        _scan_note(),
        _looked_note(),
        _away_note(),
        _unread_note(),
        rx.match(
            LibraryState.phase,
            ("loading", loading_grid()),
            ("failed", failed_state(LibraryState.problem, LibraryState.load)),
            _covers(),
        ),
        _damaged(),
        selection_bar(),
        selection_dialog(),
        share_dialog(),
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
        _series_choice(),
        _order_choice(),
        rx.cond(
            LibraryState.series_id != ALL_SERIES,
            share_button("Share series", ShareDialogState.share_series, size="3"),
        ),
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
                max_length=MAX_TEXT,
                placeholder="Search titles, series, people",
                aria_label="Search the library",
                type="search",
                size="3",
            ),
            debounce_timeout=250,
        ),
        class_name="toolbar-search",
    )


def _series_choice() -> rx.Component:
    return rx.select.root(
        rx.select.trigger(aria_label="Series"),
        rx.select.content(
            rx.select.item("All series", value=ALL_SERIES),
            rx.foreach(
                LibraryState.series, lambda series: rx.select.item(series.label, value=series.id)
            ),
            rx.cond(
                LibraryState.more_series,
                rx.select.group(rx.select.label("Search to see other series")),
            ),
            position="popper",
        ),
        value=LibraryState.series_id,
        on_change=LibraryState.choose_series,
        size="3",
    )


def _order_choice() -> rx.Component:
    return rx.select.root(
        rx.select.trigger(aria_label="Order"),
        rx.select.content(
            *[rx.select.item(label, value=value) for value, label in _SORTS], position="popper"
        ),
        value=LibraryState.sort,
        on_change=LibraryState.choose_sort,
        size="3",
    )


def _total() -> rx.Component:
    return rx.cond(
        LibraryState.total > 0,
        rx.text(
            LibraryState.total,
            rx.cond(LibraryState.total == 1, " comic", " comics"),
            size="2",
            color_scheme="gray",
            class_name="figures",
        ),
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
            "Looked through ",
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
            "Some files in the library folder need attention:",
            rx.el.ul(
                rx.foreach(
                    LibraryState.unread, lambda line: rx.el.li(line, overflow_wrap="anywhere")
                )
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


def _covers() -> rx.Component:
    return rx.cond(
        LibraryState.comics.length() > 0,
        rx.fragment(
            rx.el.ul(
                rx.foreach(LibraryState.comics, _card), class_name="grid", aria_label="Comics"
            ),
            rx.cond(
                LibraryState.comics.length() < LibraryState.total,
                rx.center(
                    rx.button("Show more", variant="soft", on_click=LibraryState.show_more),
                    margin_top="32px",
                ),
            ),
        ),
        _nothing(),
    )


def _nothing() -> rx.Component:
    return rx.cond(
        LibraryState.narrowed,
        empty_state("search-x", "No comic matches", "Try fewer or other words, or another series."),
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


def _card(comic: ObjectVar[ComicCard]) -> rx.Component:
    face = [
        sharp_cover(comic.cover_url, comic.title, comic.tint, heights=(480, 720)),
        rx.el.p(comic.title, class_name="card-title"),
        rx.el.p(
            comic.facts,
            rx.cond(
                (comic.damaged_pages != 0) & (comic.problem == ""),
                rx.el.span(" · damaged pages", color="var(--amber-12)"),
            ),
            class_name="card-facts",
            title=comic.problem,
        ),
    ]
    is_selected = SelectionState.selected.contains(comic.id)
    return rx.el.li(
        rx.cond(
            SelectionState.selecting,
            rx.el.button(
                rx.cond(
                    comic.problem == "",
                    rx.box(rx.icon("check", size=18), class_name="card-tick", aria_hidden="true"),
                ),
                *face,
                type="button",
                class_name="card card-button",
                on_click=SelectionState.toggle(comic.id),
                disabled=comic.problem != "",
                custom_attrs={"data-selected": is_selected, "aria-pressed": is_selected},
            ),
            rx.link(
                *face,
                href=comic.href,
                class_name="card",
                underline="none",
                custom_attrs={"data-testid": "comic"},
            ),
        ),
        key=comic.id,
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

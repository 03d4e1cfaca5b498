"""A group of a guest's downloads as one row, which opens into them."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from .. import routes
from ..states.guest_choice import GuestChoiceState
from ..states.guests import GuestState
from ..views.guests import GuestGroupRow
from .guest_row import guest_row
from .progress import progress_bar
from .row_parts import keeps_focus, status_badge

_SHARES = routes.shares_api()


def guest_group_row(row: ObjectVar[GuestGroupRow]) -> rx.Component:
    """Return the row for the page of a share."""
    return rx.el.li(
        rx.box(
            rx.el.span(row.title, class_name="row-title"),
            status_badge(row.status_label, row.tone),
            class_name="row-head",
        ),
        rx.cond(row.is_active, progress_bar(row.percent, row.title, row.tone)),
        rx.box(
            rx.box(
                rx.cond(row.step != "", rx.el.span(row.step, class_name="row-step")),
                rx.cond(row.problem != "", rx.el.span(row.problem, class_name="row-problem")),
                class_name="row-words",
            ),
            rx.box(*_actions(row), class_name="row-actions"),
            class_name="row-foot",
        ),
        rx.el.details(
            rx.el.summary("Files", class_name="more-choices"),
            rx.el.ul(
                rx.foreach(row.members, guest_row),
                class_name="rows members",
                aria_label=f"Files of {row.title}",
            ),
        ),
        class_name="row row-wide",
        key=row.id,
        custom_attrs={
            "data-testid": "group",
            "data-status": row.status,
        }
        | keeps_focus("group", row.id),
    )


def _actions(row: ObjectVar[GuestGroupRow]) -> list[rx.Component]:
    again = GuestChoiceState.prepare_group_again(row.id)
    return [
        rx.cond(row.has_files, _zip_link(row)),
        rx.cond(row.can_pause, _button("Pause", "pause", GuestState.pause_group(row.id), row)),
        rx.cond(row.can_resume, _button("Resume", "play", GuestState.resume_group(row.id), row)),
        rx.cond(row.can_cancel, _button("Cancel", "x", GuestState.cancel_group(row.id), row)),
        rx.cond(row.again_label != "", _button(row.again_label, "rotate-cw", again, row)),
    ]


def _zip_link(row: ObjectVar[GuestGroupRow]) -> rx.Component:
    # The token comes from the address of the page, so no state stores it.
    address = f"{_SHARES}/{rx.State.share_token}/groups/{row.id}/file"  # pyright: ignore[reportAttributeAccessIssue]
    return rx.button(
        rx.el.a(
            rx.icon("download", size=16),
            "Download ZIP",
            href=address,
            download=row.filename,
            reload_document=True,  # The router must not treat the address as a page.
            aria_label=f"Download {row.filename}",
        ),
        as_child=True,
    )


def _button(
    label: str | rx.Var[str],
    icon: str,
    on_click: rx.event.EventType[()],
    row: ObjectVar[GuestGroupRow],
) -> rx.Component:
    return rx.button(
        rx.icon(icon, size=16, aria_hidden="true"),
        label,
        rx.el.span(f" {row.title}", class_name="visually-hidden"),
        on_click=on_click,
        variant="soft",
        color_scheme="gray",
    )

"""One download of a guest as a row."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from .. import routes
from ..states.guest_choice import GuestChoiceState
from ..states.guests import GuestState
from ..views.guests import GuestRow
from .progress import progress_bar
from .row_parts import digest_details, keeps_focus, open_link, status_badge

_SHARES = routes.shares_api()


def guest_row(row: ObjectVar[GuestRow]) -> rx.Component:
    """Return the row for the page of a share."""
    return rx.el.li(
        rx.box(
            rx.el.span(row.filename, class_name="row-title"),
            status_badge(row.status_label, row.tone),
            rx.el.span(row.facts, class_name="row-facts"),
            class_name="row-head",
        ),
        rx.cond(row.is_active, progress_bar(row.percent, row.filename, row.tone)),
        _foot(row),
        rx.cond(
            row.is_ready,
            digest_details(row.sha256, row.filename, GuestState.copy_sha256(row.id)),
        ),
        class_name="row row-wide",
        key=row.id,
        custom_attrs={
            "data-testid": "download",
            "data-status": row.status,
        }
        | keeps_focus("row", row.id),
    )


def _foot(row: ObjectVar[GuestRow]) -> rx.Component:
    return rx.box(
        rx.box(
            rx.el.span(
                row.step,
                rx.cond(row.percent_label != "", f" · {row.percent_label}", ""),
                class_name="row-step",
            ),
            rx.cond(row.problem != "", rx.el.span(row.problem, class_name="row-problem")),
            class_name="row-words",
        ),
        rx.box(
            rx.cond(
                row.is_ready, _button("Download", "download", GuestState.download(row.id), row)
            ),
            rx.cond(row.can_open, _open_link(row)),
            rx.cond(
                row.again_label != "",
                _button(row.again_label, "rotate-cw", GuestChoiceState.prepare_again(row.id), row),
            ),
            class_name="row-actions",
        ),
        class_name="row-foot",
    )


def _open_link(row: ObjectVar[GuestRow]) -> rx.Component:
    # The token comes from the address of the page, so no state stores it.
    token = rx.State.share_token  # pyright: ignore[reportAttributeAccessIssue]
    href = rx.Var.create(f"{_SHARES}/{token}/file/{row.id}?inline=true")
    return open_link(href, row.filename, new_tab=True)


def _button(
    label: str | rx.Var[str], icon: str, on_click: rx.event.EventType[()], row: ObjectVar[GuestRow]
) -> rx.Component:
    return rx.button(
        rx.icon(icon, size=16, aria_hidden="true"),
        label,
        rx.el.span(f" {row.filename}", class_name="visually-hidden"),
        on_click=on_click,
    )

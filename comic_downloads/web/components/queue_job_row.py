"""An unfinished download of anybody as a row of the owner's Queue page."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from ..states.queue import QueueState
from ..views.queue import QueueJobRow
from .near_rows import NEAR_ROW
from .progress import progress_bar
from .row_menu import menu_item, row_menu
from .row_parts import action_button, status_badge


@rx.memo(wrapper=NEAR_ROW)
def queue_job_row(row: rx.Var[QueueJobRow]) -> rx.Component:
    """Return the row, with one button and a menu."""
    job = row.to(ObjectVar, QueueJobRow)
    return rx.el.li(
        rx.box(
            rx.box(
                rx.el.span(job.filename, class_name="row-title"),
                status_badge(job.status_label, job.tone),
                rx.el.span(job.who, class_name="row-step"),
                rx.el.span(job.facts, class_name="row-facts"),
                class_name="row-head",
            ),
            rx.cond(job.percent, progress_bar(job.percent, job.filename, job.tone)),
            rx.el.span(job.step, class_name="row-step"),
            class_name="row-body",
        ),
        rx.box(
            rx.cond(
                job.can_pause,
                action_button("Pause", "pause", QueueState.pause(job.id), job.filename),
                action_button("Resume", "play", QueueState.resume(job.id), job.filename),
            ),
            row_menu(
                job.filename,
                [
                    rx.cond(
                        job.can_wait,
                        menu_item("Do next", "arrow-up-to-line", QueueState.put_first(job.id)),
                    ),
                    menu_item("Cancel", "x", QueueState.cancel(job.id), tone="red"),
                ],
            ),
            class_name="row-actions",
        ),
        class_name="row row-compact row-bare",
        custom_attrs={"data-testid": "queued", "data-status": job.status},
    )

"""The owner's Queue page: what waits, who works, and how the last hour was."""

from __future__ import annotations

import reflex as rx
from reflex.vars import ObjectVar

from .. import routes
from ..components.frame import frame
from ..components.list_states import loading_rows
from ..components.progress import progress_bar
from ..components.queue_job_row import queue_job_row
from ..session.arguments import MAX_TEXT
from ..states.queue import QueueState
from ..views.queue import Figure, PlotBar, WorkerRow


def queue_page() -> rx.Component:
    """Return the Queue page."""
    return frame(
        routes.QUEUE,
        rx.el.div(rx.el.h1("Queue", class_name="page-title"), class_name="page-head"),
        rx.cond(
            QueueState.loaded,
            rx.fragment(
                rx.el.dl(rx.foreach(QueueState.figures, _figure), class_name="figures-grid"),
                _plot(),
                _jobs(),
                rx.el.h2("Workers", class_name="section-title"),
                rx.cond(
                    QueueState.workers.length() > 0,
                    rx.el.ul(
                        rx.foreach(QueueState.workers, _worker),
                        class_name="rows sheet",
                        aria_label="Workers",
                    ),
                    rx.callout(
                        "No worker is running, so nothing is being prepared. "
                        "Start one with: python -m comic_downloads.worker",
                        icon="triangle-alert",
                        color_scheme="amber",
                        high_contrast=True,
                    ),
                ),
            ),
            loading_rows(),
        ),
    )


def _jobs() -> rx.Component:
    """Return the unfinished downloads of everybody, in the order in which they are prepared."""
    return rx.fragment(
        rx.el.h2("Downloads in progress", class_name="section-title"),
        rx.cond(
            (QueueState.jobs_total > 3) | (QueueState.query != ""),
            rx.box(
                rx.debounce_input(
                    rx.input(
                        rx.input.slot(rx.icon("search", size=16, aria_hidden="true")),
                        value=QueueState.query,
                        on_change=QueueState.search,
                        max_length=MAX_TEXT,
                        placeholder="Search file names",
                        aria_label="Search everybody's downloads",
                        type="search",
                        size="2",
                    ),
                    debounce_timeout=250,
                ),
                class_name="toolbar-search downloads-toolbar",
            ),
        ),
        rx.cond(
            QueueState.jobs.length() > 0,
            rx.el.ul(
                rx.foreach(QueueState.jobs, lambda row: queue_job_row(row=row, key=row.id)),
                class_name="rows sheet",
                aria_label="Everybody's downloads in progress",
            ),
            rx.text("Nothing is waiting or being prepared.", size="2", color_scheme="gray"),
        ),
        rx.cond(
            QueueState.jobs.length() < QueueState.jobs_total,
            rx.text(
                f"The first {QueueState.jobs.length()} of {QueueState.jobs_total}. "
                "Search to see others.",
                size="2",
                color_scheme="gray",
                margin_top="8px",
            ),
        ),
    )


def _figure(figure: ObjectVar[Figure]) -> rx.Component:
    return rx.el.div(
        rx.el.dt(figure.label, class_name="row-step"),
        rx.el.dd(figure.value, class_name="figure-value"),
        class_name="sheet figure",
    )


def _plot() -> rx.Component:
    return rx.fragment(
        rx.el.h2("The last hour", class_name="section-title"),
        rx.box(
            rx.text(QueueState.last_hour, weight="medium"),
            rx.box(
                rx.foreach(QueueState.bars, _bar),
                class_name="plot",
                role="img",
                aria_label=QueueState.last_hour,
            ),
            rx.box(rx.el.span("an hour ago"), rx.el.span("now"), class_name="plot-axis row-step"),
            class_name="sheet picker",
        ),
    )


def _bar(bar: ObjectVar[PlotBar]) -> rx.Component:
    return rx.box(
        rx.box(class_name="plot-failed", height=f"{bar.failed_height}%"),
        rx.box(class_name="plot-made", height=f"{bar.finished_height}%"),
        class_name="plot-bar",
        title=bar.label,
    )


def _worker(worker: ObjectVar[WorkerRow]) -> rx.Component:
    return rx.el.li(
        rx.box(
            rx.el.span(worker.work, class_name="row-title"),
            rx.cond(worker.is_busy, progress_bar(worker.percent, f"{worker.work}")),
            flex="1",
            min_width="0",
        ),
        rx.box(
            rx.text(worker.name, size="2", color_scheme="gray", class_name="figures"),
            rx.text(worker.heard, size="2", color_scheme="gray", class_name="figures"),
            rx.cond(
                worker.is_busy,
                rx.text(worker.last_progress, size="2", color_scheme="gray", class_name="figures"),
            ),
            text_align="right",
        ),
        class_name="person",
        key=worker.name,
    )

"""The owner's queue page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import reflex as rx

from ...domain.account import Account
from ...usecases.context import Context
from ...usecases.downloads import everybody
from ...usecases.operations.queue import queue_report
from .. import routes
from ..browser_events import redirect
from ..session.auth import Next, call, signed_in, visitor
from ..session.callers import server_only
from ..session.load_errors import reports_load_error
from ..views.queue import (
    Figure,
    PlotBar,
    QueueJobRow,
    QueueView,
    WorkerRow,
    queue_job_rows,
    queue_view,
)

SHOWN_JOBS = 100


def read_queue(context: Context) -> QueueView:
    """Return what the Queue page shows now."""
    return queue_view(queue_report(context), context.clock())


def read_jobs(context: Context, account: Account, query: str) -> tuple[list[QueueJobRow], int]:
    """Return the first unfinished downloads of everybody, and how many there are in all."""
    found, total = everybody.list_queue(context, account, query, SHOWN_JOBS)
    return queue_job_rows(found, context.clock()), total


class QueueState(rx.State):
    """The state of the owner's Queue page."""

    loaded: bool = False
    figures: rx.Field[list[Figure]] = rx.field(default_factory=list)
    workers: rx.Field[list[WorkerRow]] = rx.field(default_factory=list)
    bars: rx.Field[list[PlotBar]] = rx.field(default_factory=list)
    last_hour: str = ""
    jobs: rx.Field[list[QueueJobRow]] = rx.field(default_factory=list)
    jobs_total: int = 0
    query: str = ""

    @rx.event
    @reports_load_error
    async def load(self) -> Next:
        """Load the page for the owner; send everybody else to the library."""
        account = await visitor(self)
        if account is None:
            return None
        if not account.is_owner:
            return redirect(routes.LIBRARY)
        self.show(await call(read_queue))
        self.show_jobs(await call(read_jobs, account, self.query))

    @server_only
    def show(self, view: QueueView) -> None:
        """Take over what changed; equal values are not sent again."""
        for name, value in vars(view).items():
            if getattr(self, name) != value:
                setattr(self, name, value)
        self.loaded = True

    @server_only
    def show_jobs(self, found: tuple[list[QueueJobRow], int]) -> None:
        """Take over the downloads and their number; equal values are not sent again."""
        rows, total = found
        if self.jobs != rows:
            self.jobs = rows
        if self.jobs_total != total:
            self.jobs_total = total

    @rx.event
    async def search(self, query: str) -> None:
        """Show the downloads whose file names have all these words."""
        account = await signed_in(self)
        found = await call(read_jobs, account, query)
        self.query = query
        self.show_jobs(found)

    @rx.event
    async def pause(self, job_id: str) -> None:
        """Pause anybody's download."""
        await self._act(everybody.pause_any, job_id)

    @rx.event
    async def resume(self, job_id: str) -> None:
        """Resume anybody's download."""
        await self._act(everybody.resume_any, job_id)

    @rx.event
    async def cancel(self, job_id: str) -> None:
        """Cancel anybody's download."""
        await self._act(everybody.cancel_any, job_id)

    @rx.event
    async def put_first(self, job_id: str) -> None:
        """Prepare a waiting download before everybody's others."""
        await self._act(everybody.put_any_first, job_id)

    async def _act(self, verb: Callable[..., Any], job_id: str) -> None:
        """Act on a download. The use case refuses everybody but the owner."""
        account = await signed_in(self)
        await call(verb, account, job_id)
        self.show_jobs(await call(read_jobs, account, self.query))

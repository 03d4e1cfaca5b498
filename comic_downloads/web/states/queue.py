"""The owner's queue page."""

from __future__ import annotations

import reflex as rx

from ...usecases.context import Context
from ...usecases.operations.queue import queue_report
from .. import routes
from ..browser_events import redirect
from ..session.auth import Next, call, visitor
from ..session.callers import server_only
from ..session.load_errors import reports_load_error
from ..views.queue import Figure, PlotBar, QueueView, WorkerRow, queue_view


def read_queue(context: Context) -> QueueView:
    """Return what the Queue page shows now."""
    return queue_view(queue_report(context), context.clock())


class QueueState(rx.State):
    """The state of the owner's Queue page."""

    loaded: bool = False
    figures: rx.Field[list[Figure]] = rx.field(default_factory=list)
    workers: rx.Field[list[WorkerRow]] = rx.field(default_factory=list)
    bars: rx.Field[list[PlotBar]] = rx.field(default_factory=list)
    last_hour: str = ""

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

    @server_only
    def show(self, view: QueueView) -> None:
        """Take over what changed; equal values are not sent again."""
        for name, value in vars(view).items():
            if getattr(self, name) != value:
                setattr(self, name, value)
        self.loaded = True

"""Push changes of shares to guests' pages, and to the pages of those who share."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import reflex as rx

from ...domain.job import JobStatus
from ...usecases.downloads.snapshots import JobSnapshot
from .. import routes
from ..session.auth import call
from ..session.guest_tabs import GuestTab, open_guest_tabs
from ..session.open_tabs import Tab, open_tabs
from ..states.guests import CLOSED, GuestState, read_progress
from ..states.shares import SharesState, read_shares
from .push_loop import every_round
from .tab_sessions import TabSessions

# How often places in the queue are refreshed for guests who wait.
QUEUE_SECONDS = 2.0
# How long a tab may outlive its share.
LOOK_SECONDS = 10.0
SHOW_AGAIN_SECONDS = 1.0

log = logging.getLogger(__name__)


class GuestPusher:
    """Push for the life of the web process. Every method belongs to the event loop's thread."""

    def __init__(self, app: rx.App, monotonic: Callable[[], float]) -> None:
        self._app = app
        self._monotonic = monotonic
        self._sessions = TabSessions(app, monotonic)

    async def run(self) -> None:
        """Push until cancelled."""
        await every_round(self._round)

    async def _round(self, jobs: Sequence[JobSnapshot]) -> None:
        namespace = self._app.event_namespace
        open_guest_tabs.keep(set(namespace.token_to_sid) if namespace else set())
        of_guests = [job for job in jobs if job.share_id is not None]
        for tab in open_guest_tabs.of_guests({(job.share_id, job.guest_id) for job in of_guests}):
            tab.due_at = 0.0
        for tab in open_guest_tabs.due(self._monotonic()):
            try:
                await self._show(tab)
            # One guest's broken tab must not hold up the others.
            except Exception:
                log.exception("A guest's page could not be shown and is tried again")
                tab.due_at = self._monotonic() + SHOW_AGAIN_SECONDS
        fetched_from = {job.user_id for job in of_guests if job.status == JobStatus.READY}
        sharers = [tab for tab in open_tabs.at(routes.SHARES) if tab.user_id in fetched_from]
        self._sessions.begin_round()
        for tab in await self._sessions.signed_in(sharers):
            try:
                await self._show_shares(tab)
            # One sharer's broken tab must not hold up the others.
            except Exception:
                log.exception("A sharer's page could not be shown")

    async def _show(self, tab: GuestTab) -> None:
        """Show the guest's page as it is now, or that it is closed to them."""
        try:
            progress, refusal = await call(read_progress, tab.credentials), None
        except CLOSED as closed:
            progress, refusal = None, closed
        async with self._app.modify_state(
            rx.BaseStateToken(ident=tab.client_token, cls=GuestState)
        ) as state:
            guest = await state.get_state(GuestState)
            if refusal is not None:
                guest.show_closed(refusal)
            elif progress is not None:
                guest.show(progress)
        if refusal is not None:
            open_guest_tabs.leave(tab.client_token)
        waits = progress is not None and any(
            row.is_active for row in (*progress.rows, *progress.groups)
        )
        tab.due_at = self._monotonic() + (QUEUE_SECONDS if waits else LOOK_SECONDS)

    async def _show_shares(self, tab: Tab) -> None:
        async with self._app.modify_state(
            rx.BaseStateToken(ident=tab.client_token, cls=SharesState)
        ) as state:
            limit = (await state.get_state(SharesState)).shown_limit
        shares = await call(read_shares, tab.user_id, limit)
        async with self._app.modify_state(
            rx.BaseStateToken(ident=tab.client_token, cls=SharesState)
        ) as state:
            (await state.get_state(SharesState)).show(shares)

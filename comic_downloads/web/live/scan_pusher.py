"""Show the running scan, and the comics it finds, on the open library pages."""

from __future__ import annotations

from collections.abc import Callable

import reflex as rx
from reflex_base.event import Event

from ...usecases.library.status import LibraryStatus, library_status
from .. import routes
from ..session.auth import call
from ..session.open_tabs import open_tabs
from ..states.library import LibraryState
from .tab_sessions import TabSessions

# How often new comics appear during a scan. Each time, every page reads all its covers again.
COVERS_SECONDS = 5.0


class ScanPusher:
    """Pushes the state of the scan as it changes, and covers now and then and at the end."""

    def __init__(self, app: rx.App, sessions: TabSessions, monotonic: Callable[[], float]) -> None:
        self._app = app
        self._sessions = sessions
        self._monotonic = monotonic
        self._shown: LibraryStatus | None = None
        self._comics_shown = -1
        self._covers_shown_at = float("-inf")

    async def show(self) -> None:
        """Show what has changed since the last call."""
        tabs = open_tabs.at(routes.LIBRARY)
        if not tabs:
            return
        status = await call(library_status)
        has_changed, has_covers = status != self._shown, self._has_covers(status)
        if not has_changed and not has_covers:
            return
        self._shown = status
        for tab in await self._sessions.signed_in(tabs):
            async with self._app.modify_state(
                rx.BaseStateToken(ident=tab.client_token, cls=LibraryState)
            ) as state:
                (await state.get_state(LibraryState)).show_scan(status)
            if has_covers or not status.scanning:
                await self._app.event_processor.enqueue_many(
                    tab.client_token, *Event.from_event_type(LibraryState.load())
                )

    def _has_covers(self, status: LibraryStatus) -> bool:
        """Return True if a running scan has found comics, and covers may be shown again."""
        now = self._monotonic()
        if (
            not status.scanning
            or status.comic_count == self._comics_shown
            or now - self._covers_shown_at < COVERS_SECONDS
        ):
            return False
        self._comics_shown, self._covers_shown_at = status.comic_count, now
        return True

"""Let open pickers follow when the comics that they offer have been read."""

from __future__ import annotations

from collections.abc import Callable

import reflex as rx
from reflex_base.event import Event

from ...usecases.library.browse import pick_comics
from ..session.auth import call
from ..session.open_tabs import open_tabs
from ..session.waiting_pickers import waiting_pickers
from ..states.picker import PickerState

# How often it is looked up whether the comics are read, while a picker waits for that.
LOOK_SECONDS = 1.0


class PickerPusher:
    """Lets each waiting picker look at its comics again as soon as all of them are read."""

    def __init__(self, app: rx.App, monotonic: Callable[[], float]) -> None:
        self._app = app
        self._monotonic = monotonic
        self._looked_at = float("-inf")

    async def show(self) -> None:
        """Send those pickers on whose comics were read since the last call."""
        waiting_pickers.keep({tab.client_token for tab in open_tabs.all()})
        if self._monotonic() - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = self._monotonic()
        for client_token, comic_ids in waiting_pickers.all():
            if (await call(pick_comics, comic_ids)).are_read:
                waiting_pickers.leave(client_token)
                await self._app.event_processor.enqueue_many(
                    client_token, *Event.from_event_type(PickerState.estimate_now())
                )

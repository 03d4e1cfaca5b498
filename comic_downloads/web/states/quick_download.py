"""Download a comic or a series with one press on its card, with the choices of last time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence

import reflex as rx

from ...domain.errors import ComicDownloadsError, NotFound
from ...domain.job import JobStatus
from ...domain.library import ComicQuery
from ...usecases.library.browse import matching_comics, pick_comics
from ..context import current_context
from ..session.auth import Next, call, signed_in
from ..session.callers import server_only
from ..views.tray import TrayView, asked_label
from .asked import ask_as_last_time, save_when_ready
from .tray import TrayState

# A tab follows so many of the cards that were pressed last.
MAX_FOLLOWED = 50
STARTING = "Preparing…"
_ENDED: dict[str, str] = {
    JobStatus.READY: "Ready",
    JobStatus.FAILED: "Failed",
    JobStatus.CANCELLED: "",
    JobStatus.EXPIRED: "",
}


class QuickDownloadState(rx.State):
    """The quick actions of cards. ``labels`` are what their buttons say, by the cards' ids."""

    labels: rx.Field[dict[str, str]] = rx.field(default_factory=dict)
    # What each card asked for: the id of a download or a group.
    _asked: rx.Field[dict[str, str]] = rx.field(default_factory=dict)

    @rx.event
    async def download_comic(self, comic_id: str) -> AsyncIterator[Next]:
        """Ask for a comic as the account chose last, and save the file when it is ready."""
        await signed_in(self)
        async for event in self._download(comic_id, [comic_id]):
            yield event

    @rx.event
    async def download_series(self, series_id: str) -> AsyncIterator[Next]:
        """Ask for all readable comics of a series as the account chose last."""
        await signed_in(self)
        found = await call(matching_comics, ComicQuery(series_id=series_id))
        comics = found[: current_context().settings.max_comics_per_job]
        async for event in self._download(series_id, comics):
            yield event

    async def _download(self, card_id: str, comic_ids: Sequence[str]) -> AsyncIterator[Next]:
        account = await signed_in(self)
        picked = await call(pick_comics, comic_ids, "number")
        if not picked.comic_ids:
            raise NotFound("There is nothing to download here: it may have been moved or removed.")
        self._say(card_id, STARTING)
        yield None
        try:
            asked = await call(ask_as_last_time, account.id, picked)
        except ComicDownloadsError:
            self._say(card_id, "")
            raise
        self._asked = {**self._asked, card_id: asked.id}
        self._say(card_id, _ENDED[JobStatus.READY] if asked.is_ready else STARTING)
        (await self.get_state(TrayState)).follow_cards()
        yield save_when_ready(asked)
        if asked.words is not None:
            yield asked.words

    def _say(self, card_id: str, words: str) -> None:
        labels = {key: label for key, label in self.labels.items() if key != card_id}
        if words:
            labels[card_id] = words
        self.labels = dict(list(labels.items())[-MAX_FOLLOWED:])
        self._asked = {key: one for key, one in self._asked.items() if key in self.labels}

    @server_only
    def show(self, tray: TrayView, ended: Mapping[str, str]) -> None:
        """Let the buttons say how far it is; ``ended`` are downloads and groups by their ids."""
        for card_id, asked_id in list(self._asked.items()):
            is_over = asked_id in ended
            words = _ENDED[ended[asked_id]] if is_over else asked_label(tray, asked_id)
            if is_over or words not in {"", self.labels.get(card_id)}:
                self._say(card_id, words)

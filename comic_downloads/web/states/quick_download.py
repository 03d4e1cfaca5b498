"""Download a comic or a series with one press, with the choices of last time."""

from __future__ import annotations

from collections.abc import Sequence

import reflex as rx

from ...domain.errors import NotFound
from ...domain.library import ComicQuery
from ...usecases.downloads.group_request import tell_volumes
from ...usecases.library.browse import matching_comics, pick_comics
from ..context import current_context
from ..session.auth import Next, call, signed_in
from .picker import PickerState


class QuickDownloadState(rx.State):
    """The quick actions of cards and series. What they ask for is kept by the picker."""

    @rx.event
    async def download_comic(self, comic_id: str) -> Next:
        """Ask for a comic as the account chose last, and save the file when it is ready."""
        return await self._download([comic_id])

    @rx.event
    async def download_series(self, series_id: str) -> Next:
        """Ask for all readable comics of a series as the account chose last."""
        found = await call(matching_comics, ComicQuery(series_id=series_id))
        return await self._download(found[: current_context().settings.max_comics_per_job])

    async def _download(self, comic_ids: Sequence[str]) -> Next:
        account = await signed_in(self)
        picked = await call(pick_comics, comic_ids, "number")
        if not picked.comic_ids:
            raise NotFound("There is nothing to download here: it may have been moved or removed.")
        picker = await self.get_state(PickerState)
        volumes = await call(tell_volumes, picked.comic_ids)
        picker.choose_comics(picked.comic_ids, picked.damaged_pages, has_volumes=volumes)
        await picker.recall(account.id)
        return PickerState.download

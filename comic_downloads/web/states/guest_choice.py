"""What a guest wants of a share: which comics, as what; and the one button."""

from __future__ import annotations

from collections.abc import AsyncIterator

import reflex as rx

from ...domain.errors import ComicDownloadsError
from ...domain.job import JobStatus
from ...usecases.sharing.downloads import GuestRequest, get_guest_download, submit_guest_download
from ..session.auth import Next, call
from .guest import CLOSED, GuestState, guest_credentials


class GuestChoiceState(rx.State):
    format: str = ""
    quality: str = "original"
    left_out: rx.Field[list[str]] = rx.field(default_factory=list)
    problem: str = ""
    busy: bool = False

    @rx.event
    async def begin(self) -> None:
        """Chooses a format that is offered; all else stays as it was."""
        formats = (await self.get_state(GuestState)).formats
        if formats and self.format not in formats:
            self.format = formats[0]

    @rx.event
    def choose_format(self, value: str | list[str]) -> None:
        self.format = str(value)

    @rx.event
    def choose_quality(self, value: str) -> None:
        self.quality = value

    @rx.event
    def toggle(self, comic_id: str) -> None:
        if comic_id in self.left_out:
            self.left_out = [other for other in self.left_out if other != comic_id]
        else:
            self.left_out = [*self.left_out, comic_id]

    @rx.event
    def pick_all(self) -> None:
        self.left_out = []

    @rx.event
    async def pick_none(self) -> None:
        page = await self.get_state(GuestState)
        self.left_out = [comic.id for comic in page.comics if comic.is_there]

    @rx.event
    async def prepare(self) -> AsyncIterator[Next]:
        self.busy, self.problem = True, ""
        yield
        page = await self.get_state(GuestState)
        picked = tuple(
            comic.id for comic in page.comics if comic.is_there and comic.id not in self.left_out
        )
        try:
            if await page.refresh():  # without the cookie it would be another guest's download
                await self._ask(GuestRequest(self.format, self.quality, picked))
        finally:
            self.busy = False

    @rx.event
    async def prepare_again(self, job_id: str) -> AsyncIterator[Next]:
        """Asks for the same once more, as when the file was kept long enough."""
        self.busy, self.problem = True, ""
        yield
        page = await self.get_state(GuestState)
        try:
            if await page.refresh():
                before = await call(get_guest_download, guest_credentials(self), job_id)
                await self._ask(GuestRequest(before.format, before.quality, before.comic_ids))
        finally:
            self.busy = False

    async def _ask(self, request: GuestRequest) -> None:
        page = await self.get_state(GuestState)
        try:
            download = (
                await call(submit_guest_download, guest_credentials(self), request)
            ).download
            is_ready = download.status == JobStatus.READY
            page.announcement = f"{download.filename} is {'ready' if is_ready else 'preparing'}"
        except ComicDownloadsError as error:
            self.problem = (
                "" if isinstance(error, CLOSED) else error.detail
            )  # of these the page itself speaks
        await page.refresh()

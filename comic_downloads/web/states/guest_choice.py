"""What a guest chooses to download."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import reflex as rx

from ...domain.devices import DEVICES
from ...domain.errors import ComicDownloadsError
from ...domain.job import JobStatus
from ...domain.split import EACH, NO_SPLIT, Split, parse_split
from ...usecases.sharing.contents import suggested_choices
from ...usecases.sharing.downloads import (
    choices_of_download,
    get_guest_download,
    submit_guest_download,
)
from ...usecases.sharing.groups import get_guest_group, split_for_guest, submit_guest_group
from ...usecases.sharing.guest_request import GuestRequest
from ...usecases.sharing.suggestion import further_choices
from .. import labels
from ..session.auth import Next, call
from ..session.callers import anyone, open_to
from ..views import device_field
from .guests import CLOSED, GuestState, guest_credentials, only_admitted


class GuestChoiceState(rx.State):
    """The chosen format, quality and comics."""

    format: str = ""
    quality: str = "original"
    by_device: bool = False
    device: str = ""
    split: str = EACH
    deselected: rx.Field[list[str]] = rx.field(default_factory=list)
    problem: str = ""
    busy: bool = False

    @rx.event
    @open_to(anyone)
    async def begin(self) -> None:
        """Choose what the sharer suggests, or the first format, unless something is chosen."""
        page = await self.get_state(GuestState)
        if not page.formats or self.format in page.formats:
            return
        self.format = page.formats[0]
        if page.suggested:
            self.format, self.quality = page.suggested
            self.by_device = self.quality not in labels.QUALITIES
            self.device = labels.quality_name(self.quality) if self.by_device else ""

    @rx.event
    @open_to(only_admitted)
    async def choose_format(self, value: str | list[str]) -> None:
        """Choose a format of the share."""
        if value in (await self.get_state(GuestState)).formats:
            self.format = str(value)

    @rx.event
    @open_to(only_admitted)
    def choose_quality(self, value: str) -> None:
        """Choose a quality that the page offers, or show the field for a device."""
        self.problem = ""
        self.by_device = value == device_field.DEVICE
        if value in labels.QUALITIES:
            self.quality = value
        elif self.by_device:
            self.quality = device_field.find_quality(self.device) or self.quality

    @rx.event
    @open_to(only_admitted)
    async def choose_device(self, value: str) -> None:
        """Choose the device that was typed, and the format that suits it if it is shared."""
        self.by_device, self.device = True, value
        quality = device_field.find_quality(value)
        self.problem = device_field.UNKNOWN_DEVICE if value and quality is None else ""
        if quality is None:
            return
        self.quality = quality
        formats = (await self.get_state(GuestState)).formats
        if quality in DEVICES and DEVICES[quality].format in formats:
            self.format = str(DEVICES[quality].format)

    @rx.var
    def quality_kind(self) -> str:
        """Return the choice that is shown: a quality, or that the file is made for a device."""
        return device_field.DEVICE if self.by_device else self.quality

    @rx.var
    def device_meaning(self) -> str:
        """Return what the file will be like for the device; empty while there is none."""
        return device_field.describe(self.quality) if self.by_device else ""

    @rx.event
    @open_to(only_admitted)
    def choose_split(self, value: str) -> None:
        """Choose whether several comics are one file each or one file."""
        if value in {EACH, NO_SPLIT}:
            self.split = value

    @rx.event
    @open_to(only_admitted)
    async def toggle(self, comic_id: str) -> None:
        """Select a comic of the share, or deselect it if it is selected."""
        if comic_id in self.deselected:
            self.deselected = [other for other in self.deselected if other != comic_id]
        elif any(comic.id == comic_id for comic in (await self.get_state(GuestState)).comics):
            self.deselected = [*self.deselected, comic_id]

    @rx.event
    @open_to(only_admitted)
    def pick_all(self) -> None:
        """Select all comics."""
        self.deselected = []

    @rx.event
    @open_to(only_admitted)
    async def pick_none(self) -> None:
        """Deselect all comics."""
        page = await self.get_state(GuestState)
        self.deselected = [comic.id for comic in page.comics if comic.is_available]

    @rx.event
    @open_to(only_admitted)
    async def prepare(self) -> AsyncIterator[Next]:
        """Request a file of the selected comics."""
        if self.by_device and device_field.find_quality(self.device) is None:
            self.problem = device_field.UNKNOWN_DEVICE
            return
        self.busy, self.problem = True, ""
        yield
        page = await self.get_state(GuestState)
        picked = tuple(
            comic.id
            for comic in page.comics
            if comic.is_available and comic.id not in self.deselected
        )
        try:
            # Without the cookie, the download would belong to a new guest.
            if await page.refresh():
                split = parse_split(self.split) if len(picked) > 1 else None
                request = GuestRequest(self.format, self.quality, picked, await self._further())
                await self._ask(request, split)
        finally:
            self.busy = False

    @rx.event
    @open_to(only_admitted)
    async def prepare_again(self, job_id: str) -> AsyncIterator[Next]:
        """Request the same file again, after it expired or failed."""
        self.busy, self.problem = True, ""
        yield
        page = await self.get_state(GuestState)
        try:
            if await page.refresh():
                before = await call(get_guest_download, guest_credentials(self), job_id)
                further = await call(choices_of_download, guest_credentials(self), job_id)
                request = GuestRequest(before.format, before.quality, before.comic_ids, further)
                await self._ask(request)
        finally:
            self.busy = False

    @rx.event
    @open_to(only_admitted)
    async def prepare_group_again(self, group_id: str) -> AsyncIterator[Next]:
        """Request those files of a group again that are missing."""
        self.busy, self.problem = True, ""
        yield
        page = await self.get_state(GuestState)
        try:
            if await page.refresh():
                before = await call(get_guest_group, guest_credentials(self), group_id)
                picked = tuple(one for item in before.downloads for one in item.comic_ids)
                group, first = before.group, before.downloads[0].job_id
                further = await call(choices_of_download, guest_credentials(self), first)
                request = GuestRequest(group.format, group.quality, picked, further)
                await self._ask(request, parse_split(group.split))
        finally:
            self.busy = False

    async def _further(self) -> Mapping[str, Any]:
        """Return the other choices of the sharer's preset, while format and quality are its own."""
        page = await self.get_state(GuestState)
        if page.suggested != [self.format, self.quality]:
            return {}
        return further_choices(await call(suggested_choices, guest_credentials(self)) or {})

    async def _ask(self, request: GuestRequest, split: Split | None = None) -> None:
        page = await self.get_state(GuestState)
        try:
            split = await call(split_for_guest, guest_credentials(self), request, split)
            page.announcement = await self._submit(request, split)
        except ComicDownloadsError as error:
            # The page itself shows why the share is closed.
            self.problem = "" if isinstance(error, CLOSED) else error.detail
        await page.refresh()

    async def _submit(self, request: GuestRequest, split: Split | None) -> str:
        """Request the file or the files; return what to announce."""
        credentials = guest_credentials(self)
        if split is None:
            download = (await call(submit_guest_download, credentials, request)).download
            is_ready = download.status == JobStatus.READY
            return f"{download.filename} is {'ready' if is_ready else 'preparing'}"
        group = (await call(submit_guest_group, credentials, request, split)).found.group
        return f"{group.title} is {'ready' if group.has_ended else 'preparing'}"

"""Choose the format, quality and pages of a download, see the estimate, and request it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Container, Sequence

import reflex as rx

from ...domain.devices import DEVICES
from ...domain.errors import ComicDownloadsError, InvalidRequest
from ...domain.formats import Format
from ...domain.job import JobStatus
from ...domain.options import ComicInfoSchema, OnPageError, PageNames
from ...domain.quality import ImageEncoding
from ...domain.split import EACH, NO_SPLIT, VOLUME, Split, parse_split
from ...usecases.downloads.group_estimate import estimate_group
from ...usecases.downloads.groups import SubmittedGroup, submit_group
from ...usecases.downloads.submit import (
    DownloadRequest,
    Estimate,
    Submitted,
    estimate_download,
    submit_download,
)
from .. import labels, wording
from ..browser_events import toast
from ..session.auth import Next, call, signed_in
from ..session.callers import server_only
from ..views import device_field
from ..views.downloads import title
from .tray import TrayState, read_tray

NO_LIMIT = "none"
BY_NUMBER = "number"
SPLITS = (EACH, NO_SPLIT, VOLUME, BY_NUMBER)
# Strips are cut or kept by the quality.
AS_FITS = "fits"
_WEBP_FORMATS = frozenset(one for one in Format if one.facts.holds("image/webp"))
_NAMED_FORMATS = frozenset(one for one in Format if one.facts.keeps_page_names)
_COMIC_INFO_FORMATS = frozenset(one for one in Format if one.facts.has_comic_info)


class PickerState(rx.State):
    """The choices for a download, on the page of a comic and in the dialog for several comics."""

    format: str = "cbz"
    quality: str = "original"
    by_device: bool = False
    device: str = ""
    pages: str = ""
    skip_damaged: bool = False
    grayscale: bool = False
    crop_margins: bool = False
    strips: str = AS_FITS
    image_format: str = ImageEncoding.SOURCE.value
    page_names: str = PageNames.ORIGINAL.value
    comic_info: str = ComicInfoSchema.V2_0.value
    target_size: str = NO_LIMIT
    split: str = EACH
    comics_per_file: str = "5"
    has_volumes: bool = False
    comic_count: int = 0
    damaged_pages: int = 0
    estimate: str = ""
    estimating: bool = False
    problem: str = ""
    busy: bool = False
    dialog_open: bool = False
    _comic_ids: tuple[str, ...] = ()

    @server_only
    def choose_comics(
        self, comic_ids: Sequence[str], damaged_pages: int, *, has_volumes: bool = False
    ) -> None:
        """Start with other comics; format, quality and options stay as they were.

        ``has_volumes`` offers a file of each volume.
        """
        self.has_volumes = has_volumes
        if self.split == VOLUME and not has_volumes:
            self.split = EACH
        self._comic_ids = tuple(comic_ids)
        self.comic_count = len(self._comic_ids)
        self.damaged_pages = damaged_pages
        self.pages, self.problem, self.estimate = "", "", ""
        self.skip_damaged, self.busy, self.estimating = damaged_pages > 0, False, True

    @rx.var
    def holds_webp(self) -> bool:
        """Return True if files of this format can hold WebP images."""
        return self.format in _WEBP_FORMATS

    @rx.var
    def keeps_page_names(self) -> bool:
        """Return True if files of this format offer a choice of names for their images."""
        return self.format in _NAMED_FORMATS

    @rx.var
    def has_comic_info(self) -> bool:
        """Return True if files of this format offer a choice of schemas for the comic's details."""
        return self.format in _COMIC_INFO_FORMATS

    @rx.event
    def choose_format(self, value: str | list[str]) -> Next:
        """Take the format; WebP is dropped if the format cannot hold it."""
        if value not in list(labels.FORMATS):
            return None
        self.format = str(value)
        if self.format not in _WEBP_FORMATS and self.image_format == ImageEncoding.WEBP:
            self.image_format = ImageEncoding.SOURCE.value
        return self._chosen()

    @rx.event
    def choose_quality(self, value: str) -> Next:
        """Take the quality, or show the field for a device."""
        self.by_device = value == device_field.DEVICE
        if self.by_device:
            return self._take_device()
        return self._take("quality", value, labels.QUALITIES)

    @rx.event
    def choose_device(self, value: str) -> Next:
        """Take the device as it was typed, and the format that suits it."""
        self.by_device, self.device = True, value
        return self._take_device()

    def _take_device(self) -> Next:
        quality = device_field.find_quality(self.device)
        if quality is None:
            self.estimating = False
            self.problem = device_field.UNKNOWN_DEVICE if self.device else ""
            return None
        self.quality = quality
        if quality in DEVICES:
            self.format = str(DEVICES[quality].format)
        return self._chosen()

    @rx.var
    def quality_kind(self) -> str:
        """Return the choice that is shown: a quality, or that the file is made for a device."""
        return device_field.DEVICE if self.by_device else self.quality

    @rx.var
    def device_meaning(self) -> str:
        """Return what the file will be like for the device; empty while there is none."""
        return device_field.describe(self.quality) if self.by_device else ""

    @rx.event
    def choose_pages(self, value: str) -> Next:
        """Take the range of pages, as it was typed."""
        self.pages = value
        return self._chosen()

    @rx.event
    def choose_skipping(self, value: bool) -> Next:
        """Take whether damaged pages are left out."""
        self.skip_damaged = value
        return self._chosen()

    @rx.event
    def choose_grayscale(self, value: bool) -> Next:
        """Take whether pages lose their colours."""
        self.grayscale = value
        return self._chosen()

    @rx.event
    def choose_crop_margins(self, value: bool) -> Next:
        """Take whether margins are cropped."""
        self.crop_margins = value
        return self._chosen()

    @rx.event
    def choose_strips(self, value: str) -> Next:
        """Take what becomes of tall strips."""
        return self._take("strips", value, {AS_FITS, *labels.STRIPS})

    @rx.event
    def choose_image_format(self, value: str) -> Next:
        """Take the type that images become."""
        return self._take("image_format", value, labels.IMAGE_FORMATS)

    @rx.event
    def choose_page_names(self, value: str) -> Next:
        """Take how the images in the file are named."""
        return self._take("page_names", value, labels.PAGE_NAMES)

    @rx.event
    def choose_comic_info(self, value: str) -> Next:
        """Take the schema of the ComicInfo.xml."""
        return self._take("comic_info", value, labels.COMIC_INFO_SCHEMAS)

    @rx.event
    def choose_target_size(self, value: str) -> Next:
        """Take the most bytes of the file."""
        return self._take("target_size", value, {NO_LIMIT, *labels.TARGET_SIZES})

    @rx.event
    def choose_split(self, value: str) -> Next:
        """Take how several comics are divided among files."""
        return self._take("split", value, SPLITS)

    @rx.event
    def choose_comics_per_file(self, value: str) -> Next:
        """Take the number of comics in each file, as it was typed."""
        self.comics_per_file, self.split = value, BY_NUMBER
        return self._chosen()

    @rx.event
    def show_dialog(self, is_open: bool) -> None:
        """Open or close the dialog."""
        self.dialog_open = is_open

    def _take(self, name: str, value: str, offered: Container[str]) -> Next:
        """Take a choice that the page offers."""
        if value not in offered:
            return None
        setattr(self, name, value)
        return self._chosen()

    def _chosen(self) -> Next:
        """Dim the estimate until that of the new choice is there."""
        self.estimating = True
        return PickerState.estimate_now

    @rx.event(background=True)
    async def estimate_now(self) -> None:
        """Estimate the present choice and show it, unless the choice has changed meanwhile.

        It runs in the background, so the next choice need not wait.
        """
        async with self:
            if not self._comic_ids:
                return
            await signed_in(self)
            wanted = self._request(), self.split, self.comics_per_file
        try:
            split = self._split()
            estimate = estimate_label(
                await call(estimate_download, wanted[0])
                if split is None
                else await call(estimate_group, wanted[0], split)
            )
            problem = ""
        except ComicDownloadsError as error:
            estimate, problem = "", error.detail
        async with self:
            if wanted == (self._request(), self.split, self.comics_per_file):
                self.estimate, self.problem, self.estimating = estimate, problem, False

    @rx.event
    async def download(self) -> AsyncIterator[Next]:
        """Request the download and say what became of it."""
        account = await signed_in(self)
        if self.by_device and device_field.find_quality(self.device) is None:
            self.problem = device_field.UNKNOWN_DEVICE
            return
        self.busy = True
        yield
        try:
            answer = await self._submit(account.id)
        except ComicDownloadsError as error:
            self.problem = error.detail
            return
        finally:
            self.busy = False
        self.dialog_open = False
        tray = await self.get_state(TrayState)
        tray.show(await call(read_tray, account.id))
        if answer is not None:
            yield answer

    async def _submit(self, user_id: str) -> rx.event.EventSpec | None:
        """Request the download, and return what to tell.

        That is nothing if it is ready at once, because the tabs are told as of any other.
        """
        split = self._split()
        if split is None:
            submitted = await call(submit_download, user_id, self._request())
            return None if submitted.job.status == JobStatus.READY else _answer(submitted)
        made = await call(submit_group, user_id, self._request(), split)
        return None if made.found.group.has_ended else _group_answer(made)

    def _split(self) -> Split | None:
        """Return how the comics are divided; None for one file. Raises InvalidRequest."""
        if len(self._comic_ids) < 2:
            return None
        if self.split != BY_NUMBER:
            return parse_split(self.split)
        number = self.comics_per_file.strip()
        if not number.isdecimal():
            raise InvalidRequest("Type how many comics go into each file, such as 5.")
        return parse_split(number)

    def _request(self) -> DownloadRequest:
        return DownloadRequest(
            comic_ids=tuple(self._comic_ids),
            format=self.format,
            quality=self.quality,
            pages=self.pages if len(self._comic_ids) == 1 else "",
            grayscale=self.grayscale,
            crop_margins=self.crop_margins,
            strips=None if self.strips == AS_FITS else self.strips,
            image_format=self.image_format,
            page_names=self.page_names,
            metadata=self.comic_info,
            target_size_bytes=None if self.target_size == NO_LIMIT else int(self.target_size),
            on_page_error=OnPageError.SKIP if self.skip_damaged else OnPageError.FAIL,
        )


def estimate_label(estimate: Estimate) -> str:
    """Return ``about 102.0 MB · 60 pages · ready in about 1 s``.

    It ends with ``ready at once`` if the file exists already. Animations that become still pictures
    are named behind the pages.
    """
    pages = wording.count(estimate.page_count, "page")
    if estimate.file_count > 1:
        pages = wording.facts(wording.count(estimate.file_count, "file"), pages)
    if estimate.stilled_pages:
        pages += f", {wording.count(estimate.stilled_pages, 'animation')} without motion"
    if estimate.cached:
        return wording.facts(wording.size(estimate.size_bytes), pages, "ready at once")
    time = f"ready in about {wording.duration(estimate.seconds)}"
    return wording.facts(f"about {wording.size(estimate.size_bytes)}", pages, time)


def _answer(submitted: Submitted) -> rx.event.EventSpec:
    job = submitted.job
    if not submitted.created:
        return toast("info", f"{title(job)} is already preparing", "See Downloads.")
    return toast(
        "info",
        f"{title(job)} is preparing",
        f"As {labels.format_name(job.format)}. You can leave this page.",
    )


def _group_answer(made: SubmittedGroup) -> rx.event.EventSpec:
    group = made.found.group
    if not made.created:
        return toast("info", f"{group.title} is already preparing", "See Downloads.")
    files = wording.count(group.total, "file")
    return toast(
        "info",
        f"{group.title} is preparing",
        f"{files}, as {labels.format_name(group.format)}. You can leave this page.",
    )

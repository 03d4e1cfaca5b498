"""Choosing what a download becomes: format, quality, pages; the estimate; and the one button."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import reflex as rx

from ...domain.errors import ComicDownloadsError
from ...domain.formats import Format
from ...domain.job import JobStatus
from ...domain.options import ComicInfoSchema, OnPageError, PageNames
from ...domain.quality import ImageEncoding
from ...usecases.downloads.submit import (
    DownloadRequest,
    Estimate,
    Submitted,
    estimate_download,
    submit_download,
)
from .. import labels, wording
from ..session.auth import Next, call, signed_in
from ..views.downloads import title
from .tray import TrayState, read_tray

NO_LIMIT = "none"
AS_FITS = "fits"  # strips are cut or kept as the quality wants it
_WEBP_FORMATS = frozenset(one for one in Format if one.facts.holds("image/webp"))
_NAMED_FORMATS = frozenset(one for one in Format if one.facts.keeps_page_names)
_COMIC_INFO_FORMATS = frozenset(one for one in Format if one.facts.has_comic_info)


class PickerState(rx.State):
    """Serves the comic's page and the library's dialog for several comics."""

    format: str = "cbz"
    quality: str = "original"
    pages: str = ""
    skip_damaged: bool = False
    grayscale: bool = False
    crop_margins: bool = False
    strips: str = AS_FITS
    image_format: str = ImageEncoding.SOURCE.value
    page_names: str = PageNames.ORIGINAL.value
    comic_info: str = ComicInfoSchema.V2_0.value
    target_size: str = NO_LIMIT
    comic_count: int = 0
    damaged_pages: int = 0
    estimate: str = ""
    estimating: bool = False
    problem: str = ""
    busy: bool = False
    dialog_open: bool = False
    _comic_ids: tuple[str, ...] = ()

    def choose_comics(self, comic_ids: Sequence[str], damaged_pages: int) -> None:
        """Starts a new choice; format and quality stay as they were last time."""
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
        self.format = str(value)
        if self.format not in _WEBP_FORMATS and self.image_format == ImageEncoding.WEBP:
            self.image_format = ImageEncoding.SOURCE.value
        return self._chosen()

    @rx.event
    def choose_quality(self, value: str) -> Next:
        self.quality = value
        return self._chosen()

    @rx.event
    def choose_pages(self, value: str) -> Next:
        self.pages = value
        return self._chosen()

    @rx.event
    def choose_skipping(self, value: bool) -> Next:
        self.skip_damaged = value
        return self._chosen()

    @rx.event
    def choose_grayscale(self, value: bool) -> Next:
        self.grayscale = value
        return self._chosen()

    @rx.event
    def choose_crop_margins(self, value: bool) -> Next:
        self.crop_margins = value
        return self._chosen()

    @rx.event
    def choose_strips(self, value: str) -> Next:
        self.strips = value
        return self._chosen()

    @rx.event
    def choose_image_format(self, value: str) -> Next:
        self.image_format = value
        return self._chosen()

    @rx.event
    def choose_page_names(self, value: str) -> Next:
        self.page_names = value
        return self._chosen()

    @rx.event
    def choose_comic_info(self, value: str) -> Next:
        self.comic_info = value
        return self._chosen()

    @rx.event
    def choose_target_size(self, value: str) -> Next:
        self.target_size = value
        return self._chosen()

    @rx.event
    def show_dialog(self, is_open: bool) -> None:
        self.dialog_open = is_open

    def _chosen(self) -> Next:
        """Shows the choice at once and the old numbers dimmed, until those of the new choice are there."""
        self.estimating = True
        return PickerState.estimate_now

    @rx.event(background=True)
    async def estimate_now(self) -> None:
        """In the background, so that the next choice need not wait; only the last one's numbers are shown."""
        async with self:
            if not self._comic_ids:
                return
            await signed_in(self)
            request = self._request()
        try:
            estimate = estimate_label(await call(estimate_download, request))
            problem = ""
        except ComicDownloadsError as error:
            estimate, problem = "", error.detail
        async with self:
            if request == self._request():
                self.estimate, self.problem, self.estimating = estimate, problem, False

    @rx.event
    async def download(self) -> AsyncIterator[Next]:
        """Asks for the download and says what became of it."""
        account = await signed_in(self)
        self.busy = True
        yield
        try:
            submitted = await call(submit_download, account.id, self._request())
        except ComicDownloadsError as error:
            self.problem = error.detail
            return
        finally:
            self.busy = False
        self.dialog_open = False
        tray = await self.get_state(TrayState)
        tray.show(await call(read_tray, account.id))
        if (
            submitted.job.status != JobStatus.READY
        ):  # of a file that is ready at once the tabs are told as of any other
            yield _answer(submitted)

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
    """``about 102.0 MB · 60 pages · ready in about 1 s``, or ``… · ready at once`` where the file is there."""
    pages = wording.count(estimate.page_count, "page")
    if estimate.cached:
        return wording.facts(wording.size(estimate.size_bytes), pages, "ready at once")
    time = f"ready in about {wording.duration(estimate.seconds)}"
    return wording.facts(f"about {wording.size(estimate.size_bytes)}", pages, time)


def _answer(submitted: Submitted) -> rx.event.EventSpec:
    job = submitted.job
    if not submitted.created:
        return rx.toast.info(f"{title(job)} is already preparing", description="See Downloads.")
    return rx.toast.info(
        f"{title(job)} is preparing",
        description=f"As {labels.format_name(job.format)}. You can leave this page.",
    )

"""Choose the format, quality and pages of a download, see the estimate, and request it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Container, Mapping, Sequence
from typing import Any

import reflex as rx

from ...domain.devices import DEVICES
from ...domain.errors import ComicDownloadsError, InvalidRequest
from ...domain.formats import Format
from ...domain.options import ComicInfoSchema, OnPageError, PageNames
from ...domain.own_file import UNTOUCHED
from ...domain.presets import parse_quality
from ...domain.quality import ImageEncoding
from ...domain.split import EACH, NO_SPLIT, VOLUME, Split, parse_split
from ...usecases.downloads import saved_presets
from ...usecases.downloads.choices import SPLIT, request_of, with_defaults
from ...usecases.downloads.group_estimate import estimate_group
from ...usecases.downloads.groups import split_of_parts
from ...usecases.downloads.submit import DownloadRequest, Estimate, estimate_download
from ...usecases.library.browse import PickedComics, pick_comics
from .. import labels, wording
from ..session.auth import Next, call, signed_in
from ..session.callers import server_only
from ..session.waiting_pickers import waiting_pickers
from ..views import device_field
from ..views.presets import PresetRow, describe_pages, preset_row
from .asked import Asked, ask_for, save_when_ready
from .tray import TrayState, read_tray

NO_LIMIT = "none"
BY_NUMBER = "number"
SPLITS = (EACH, NO_SPLIT, VOLUME, BY_NUMBER)
# The quality or the device decides what becomes of strips and double pages.
AS_FITS = "fits"
# The file is kept as long as the server keeps files.
AS_USUAL = "usual"
NO_DETAILS = "none"
# What a file can be made for besides presets: any reader, or a device.
ANY_READER = "any"
DEVICE = device_field.DEVICE
# Choosing a device sets them to what fits it.
_SWITCHES = {
    "grayscale": False,
    "crop_margins": None,
    "levels": None,
    "double_pages": None,
    "epub_for": None,
    "strips": None,
    "image_format": "source",
}
_WEBP_FORMATS = frozenset(one for one in Format if one.facts.holds("image/webp"))
_NAMED_FORMATS = frozenset(one for one in Format if one.facts.keeps_page_names)
_COMIC_INFO_FORMATS = frozenset(one for one in Format if one.facts.has_comic_info)


class PickerState(rx.State):
    """The choices for a download, on the page of a comic and in the dialog for several comics."""

    presets: rx.Field[list[PresetRow]] = rx.field(default_factory=list)
    # The preset that was picked; empty once something else was chosen.
    preset_id: str = ""
    by_device: bool = False
    device: str = ""
    format: str = "cbz"
    quality: str = "original"
    pages: str = ""
    skip_damaged: bool = False
    grayscale: bool = False
    crop_margins: bool = False
    levels: bool = False
    double_pages: str = AS_FITS
    epub_for: str = AS_FITS
    strips: str = AS_FITS
    image_format: str = ImageEncoding.SOURCE.value
    page_names: str = PageNames.ORIGINAL.value
    comic_info: str = ComicInfoSchema.V2_0.value
    target_size: str = NO_LIMIT
    part_size: str = NO_LIMIT
    lifetime: str = AS_USUAL
    split: str = EACH
    comics_per_file: str = "5"
    has_volumes: bool = False
    comic_count: int = 0
    damaged_pages: int = 0
    are_read: bool = True
    estimate: str = ""
    estimating: bool = False
    problem: str = ""
    busy: bool = False
    # The download or the group that was asked for with these choices.
    asked_id: str = ""
    dialog_open: bool = False
    _comic_ids: tuple[str, ...] = ()
    _may_be_unread: bool = False
    # A preset can say that damaged pages are always left out.
    _skips: bool = False
    # What the account had chosen last when the choices were last taken from it.
    _recalled: saved_presets.LastChoiceView | None = None

    @server_only
    async def recall(self, user_id: str) -> None:
        """Read the account's presets, and take over what it chose last, perhaps elsewhere."""
        self.presets = [preset_row(one) for one in await call(saved_presets.list_presets, user_id)]
        last = await call(saved_presets.last_choice, user_id)
        if last is not None and last != self._recalled:
            self._show(last.choices)
            self.preset_id = last.preset_id or ""
        self._recalled = last

    @server_only
    async def show_presets(self, user_id: str, preset_id: str) -> None:
        """Read the account's presets again, with this one as the one that is picked."""
        self.presets = [preset_row(one) for one in await call(saved_presets.list_presets, user_id)]
        self.preset_id = preset_id

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
        self.skip_damaged = damaged_pages > 0 or self._skips
        self.busy, self.estimating, self.asked_id = False, True, ""
        self.are_read, self._may_be_unread = True, True

    @rx.var
    def is_untouched(self) -> bool:
        """Return True for the library's own files, with which nothing else can be chosen."""
        return self.quality == UNTOUCHED

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

    @rx.var
    def other_size(self) -> str:
        """Return the size that a preset limits files to if the page does not offer it."""
        if self.target_size in {NO_LIMIT, *labels.TARGET_SIZES}:
            return ""
        return wording.size(int(self.target_size))

    @rx.var
    def other_part_size(self) -> str:
        """Return the most bytes of a file in a preset if the page does not offer them."""
        if self.part_size in {NO_LIMIT, *labels.PART_SIZES}:
            return ""
        return wording.size(int(self.part_size))

    @rx.var
    def other_lifetime(self) -> str:
        """Return how long a preset keeps files if the page does not offer that."""
        if self.lifetime in {AS_USUAL, *labels.LIFETIMES}:
            return ""
        return wording.duration(int(self.lifetime))

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
    async def choose_for(self, value: str) -> Next:
        """Take a preset with all its choices, show the field for a device, or neither."""
        self.problem = ""
        if value in {ANY_READER, DEVICE}:
            self.preset_id = ""
            if value == DEVICE:
                self.by_device = True
                return self._take_device()
            self._leave_device()
            return self._take("quality", "original", labels.QUALITIES)
        account = await signed_in(self)
        preset = await call(saved_presets.get_preset, account.id, value)
        if preset.problem:
            self.problem = f"The preset “{preset.name}” cannot be used any more. {preset.problem}"
            return None
        self._show(preset.choices)
        self.preset_id = preset.id
        return self._estimate_again()

    @rx.event
    def choose_quality(self, value: str) -> Next:
        """Take a quality that the page offers."""
        self._leave_device()
        return self._take("quality", value, labels.QUALITIES)

    def _leave_device(self) -> None:
        """Undo what a device has set besides its size."""
        if self.by_device:
            self.crop_margins = self.levels = False
        self.by_device = False

    @rx.event
    def choose_device(self, value: str) -> Next:
        """Take the device as it was typed, with the format and the switches that suit it."""
        self.by_device, self.device = True, value
        return self._take_device()

    def _take_device(self) -> Next:
        quality = device_field.find_quality(self.device)
        if quality is None:
            self.estimating = False
            self.problem = device_field.UNKNOWN_DEVICE if self.device else ""
            return None
        typed = self.device
        format = str(DEVICES[quality].format) if quality in DEVICES else self.format
        self._show({**self._choices(), **_SWITCHES, "quality": quality, "format": format})
        self.device = typed
        return self._chosen()

    @rx.var
    def chosen_for(self) -> str:
        """Return what the file is made for: the id of a preset, a device, or any reader."""
        if self.preset_id:
            return self.preset_id
        return DEVICE if self.by_device else ANY_READER

    @rx.var
    def device_name(self) -> str:
        """Return the name of the device or screen whose quality is chosen; empty for others."""
        return "" if self.quality in labels.QUALITIES else labels.quality_name(self.quality)

    @rx.var
    def meaning(self) -> str:
        """Return in a line what the preset or the device stands for; empty without one."""
        is_named = self.preset_id or (self.by_device and self.device_name)
        return describe_pages(self._choices()) if is_named else ""

    @rx.event
    def choose_pages(self, value: str) -> Next:
        """Take the range of pages, as it was typed."""
        self.pages = value
        return self._estimate_again()

    @rx.event
    def choose_skipping(self, value: bool) -> Next:
        """Take whether damaged pages are left out."""
        self.skip_damaged = value
        return self._estimate_again()

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
    def choose_levels(self, value: bool) -> Next:
        """Take whether ink becomes black and paper white."""
        self.levels = value
        return self._chosen()

    @rx.event
    def choose_double_pages(self, value: str) -> Next:
        """Take what becomes of double pages."""
        return self._take("double_pages", value, {AS_FITS, *labels.DOUBLE_PAGES})

    @rx.event
    def choose_epub_for(self, value: str) -> Next:
        """Take whose readers an EPUB is for."""
        return self._take("epub_for", value, {AS_FITS, *labels.EPUB_READERS})

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
        return self._take("comic_info", value, {NO_DETAILS, *labels.COMIC_INFO_SCHEMAS})

    @rx.event
    def choose_target_size(self, value: str) -> Next:
        """Take the most bytes of the file."""
        return self._take("target_size", value, {NO_LIMIT, *labels.TARGET_SIZES})

    @rx.event
    def choose_part_size(self, value: str) -> Next:
        """Take the most bytes of each file; what is larger is cut into parts."""
        return self._take("part_size", value, {NO_LIMIT, *labels.PART_SIZES})

    @rx.event
    def choose_lifetime(self, value: str) -> Next:
        """Take how long the file is kept."""
        return self._take("lifetime", value, {AS_USUAL, *labels.LIFETIMES})

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
        """Leave the preset, whose choices these are not any more, and estimate again."""
        self.preset_id = ""
        return self._estimate_again()

    def _estimate_again(self) -> Next:
        """Dim the estimate until that of the new choice is there."""
        self.estimating, self.asked_id = True, ""
        return PickerState.estimate_now

    @rx.event(background=True)
    async def estimate_now(self) -> Next:
        """Estimate the present choice and show it, unless the choice has changed meanwhile.

        Comics that are only listed are read for that, for a few seconds; the picker waits for the
        rest. It runs in the background, so the next choice need not wait.
        """
        async with self:
            if not self._comic_ids:
                return None
            await signed_in(self)
            wanted, may_be_unread = self._wanted(), self._may_be_unread
        try:
            split = await call(split_of_parts, wanted[0], self._split())
            estimate = estimate_label(
                await call(estimate_download, wanted[0])
                if split is None
                else await call(estimate_group, wanted[0], split)
            )
            problem = ""
        except ComicDownloadsError as error:
            estimate, problem = "", error.detail
        picked = await call(pick_comics, wanted[0].comic_ids) if may_be_unread else None
        async with self:
            if wanted != self._wanted():
                return None
            if picked is not None:
                self._show_reading(picked)
            if wanted == self._wanted():
                self.estimate, self.problem, self.estimating = estimate, problem, False
                return None
        # Damaged pages were found, which the choice leaves out from now on.
        return PickerState.estimate_now

    def _wanted(self) -> tuple[DownloadRequest, str, str]:
        return self._request(), self.split, self.comics_per_file

    def _show_reading(self, picked: PickedComics) -> None:
        """Show what is damaged, and wait for the comics that are not wholly read."""
        if picked.damaged_pages and not self.damaged_pages:
            self.skip_damaged = True
        self.damaged_pages, self.are_read = picked.damaged_pages, picked.are_read
        self._may_be_unread = not picked.are_read
        client_token = self.router.session.client_token
        if picked.are_read:
            waiting_pickers.leave(client_token)
        else:
            waiting_pickers.wait(client_token, self._comic_ids)

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
            asked = await self._submit(account.id)
        except ComicDownloadsError as error:
            self.problem = error.detail
            return
        finally:
            self.busy = False
        self.dialog_open = False
        chosen = self._choices(), self.preset_id or None
        await call(saved_presets.keep_last_choice, account.id, *chosen)
        self._recalled = await call(saved_presets.last_choice, account.id)
        self.asked_id = asked.id
        tray = await self.get_state(TrayState)
        tray.follow(asked.id, await call(read_tray, account.id))
        yield save_when_ready(asked)
        if asked.words is not None:
            yield asked.words
        yield PickerState.estimate_now

    async def _submit(self, user_id: str) -> Asked:
        split = await call(split_of_parts, self._request(), self._split())
        return await call(ask_for, user_id, self._request(), split)

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
        comics = {
            "comic_ids": tuple(self._comic_ids),
            "pages": "" if len(self._comic_ids) > 1 or self.quality == UNTOUCHED else self.pages,
        }
        skips = OnPageError.SKIP if self.skip_damaged else OnPageError.FAIL
        return request_of({**self._choices(), "on_page_error": str(skips)}, **comics)

    @server_only
    def choices(self) -> dict[str, Any]:
        """Return what is chosen, whatever the comics, as presets keep it."""
        return self._choices()

    def _choices(self) -> dict[str, Any]:
        of_all = {
            "format": self.format,
            "quality": self.quality,
            "expires_in_seconds": None if self.lifetime == AS_USUAL else int(self.lifetime),
            SPLIT: self._split_choice(),
        }
        if self.quality == UNTOUCHED:
            return of_all
        chosen = {
            **of_all,
            "grayscale": self.grayscale,
            "crop_margins": self.crop_margins,
            "levels": self.levels,
            "double_pages": None if self.double_pages == AS_FITS else self.double_pages,
            "epub_for": None if self.epub_for == AS_FITS else self.epub_for,
            "strips": None if self.strips == AS_FITS else self.strips,
            "image_format": self.image_format,
            "page_names": self.page_names,
            "metadata": self.comic_info if self.comic_info != NO_DETAILS else False,
            "target_size_bytes": None if self.target_size == NO_LIMIT else int(self.target_size),
            "max_part_bytes": None if self.part_size == NO_LIMIT else int(self.part_size),
        }
        return {**chosen, "on_page_error": str(OnPageError.SKIP)} if self._skips else chosen

    def _split_choice(self) -> str | int:
        if self.split != BY_NUMBER:
            return self.split
        number = self.comics_per_file.strip()
        return int(number) if number.isdecimal() and len(number) < 7 else number

    def _show(self, choices: Mapping[str, Any]) -> None:
        """Take over choices as ``choices`` returns them, without their default values."""
        chosen = with_defaults(choices)
        self.format, self.quality = chosen["format"], chosen["quality"]
        self.by_device = self.quality not in labels.QUALITIES
        self.device = labels.quality_name(self.quality) if self.by_device else self.device
        self.grayscale = chosen["grayscale"]
        preset = parse_quality(self.quality)
        crops, levels = chosen["crop_margins"], chosen["levels"]
        self.crop_margins = preset.crop_margins if crops is None else crops
        self.levels = preset.levels if levels is None else levels
        self.double_pages = chosen["double_pages"] or AS_FITS
        self.epub_for = chosen["epub_for"] or AS_FITS
        self.strips = chosen["strips"] or AS_FITS
        self.image_format, self.page_names = chosen["image_format"], chosen["page_names"]
        self.comic_info = _shown_details(chosen["metadata"])
        self.target_size = str(chosen["target_size_bytes"] or NO_LIMIT)
        self.part_size = str(chosen["max_part_bytes"] or NO_LIMIT)
        self.lifetime = str(chosen["expires_in_seconds"] or AS_USUAL)
        self._skips = chosen["on_page_error"] == OnPageError.SKIP
        self.skip_damaged = self._skips or self.damaged_pages > 0
        self._show_split(str(chosen[SPLIT] or EACH))

    def _show_split(self, split: str) -> None:
        if split in SPLITS:
            self.split = EACH if split == VOLUME and not self.has_volumes else split
        else:
            self.split, self.comics_per_file = BY_NUMBER, split


def _shown_details(metadata: bool | str) -> str:
    """Return the choice of details for the value in a request."""
    if isinstance(metadata, str):
        return metadata
    return ComicInfoSchema.V2_0.value if metadata else NO_DETAILS


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

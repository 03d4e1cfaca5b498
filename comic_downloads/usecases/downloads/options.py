"""Parse the choices of a request: the file's format, quality and details."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ...domain.devices import DEVICES
from ...domain.errors import InvalidRequest
from ...domain.formats import Format, parse_format
from ...domain.options import (
    ComicInfoSchema,
    EpubReader,
    OnPageError,
    Options,
    PageNames,
    StripHandling,
)
from ...domain.own_file import MIXED, OWN_FORMATS, UNTOUCHED
from ...domain.presets import parse_quality
from ...domain.quality import IMAGE_FORMATS, DoublePages, ImageEncoding, Preset
from .request import DownloadRequest

MIN_EXPIRES_IN_SECONDS = 60
MAX_EXPIRES_IN_SECONDS = 30 * 86400


def parse_options(request: DownloadRequest) -> Options:
    """Check the choices of a request that do not depend on its comics, and return its options.

    Raises:
        InvalidRequest: A choice is not valid.
        InvalidFormat: The format is unknown.
        InvalidQuality: The quality is unknown.
    """
    if request.quality == UNTOUCHED:
        return _untouched(request)
    format = parse_format(request.format)
    page_names = _one_of("page_names", request.page_names, PageNames)
    on_page_error = _one_of("on_page_error", request.on_page_error, OnPageError)
    if request.target_size_bytes is not None and request.target_size_bytes < 1:
        raise InvalidRequest("target_size_bytes must be 1 or more.")
    if request.max_part_bytes is not None and request.max_part_bytes < 1:
        raise InvalidRequest("max_part_bytes must be 1 or more.")
    options = Options(
        format=format,
        preset=_preset(request, format),
        target_size_bytes=request.target_size_bytes,
        metadata=request.metadata is not False,
        skip_damaged=on_page_error == OnPageError.SKIP,
        # The other formats number their pages in any case.
        page_names=PageNames(page_names) if format.facts.keeps_page_names else PageNames.ORIGINAL,
        comic_info=_comic_info(request.metadata),
        epub_for=_epub_for(request),
    )
    _check_lifetime(request.expires_in_seconds)
    return options


def _untouched(request: DownloadRequest) -> Options:
    """Return the options for the library's own file, which has a format of its own."""
    if request.format not in {"", *OWN_FORMATS, MIXED}:
        parse_format(request.format)
    _check_lifetime(request.expires_in_seconds)
    would_change = {
        "pages": request.pages.strip().lower() not in {"", "all"},
        "grayscale": request.grayscale,
        "crop_margins": bool(request.crop_margins),
        "levels": bool(request.levels),
        "strips": request.strips not in {None, StripHandling.KEEP},
        "double_pages": request.double_pages not in {None, DoublePages.KEEP},
        "image_format": request.image_format != ImageEncoding.SOURCE,
        "target_size_bytes": request.target_size_bytes is not None,
        "max_part_bytes": request.max_part_bytes is not None,
    }
    refused = [name for name, chosen in would_change.items() if chosen]
    if refused:
        raise InvalidRequest(
            f"An untouched file is sent as it is in the library, so that {', '.join(refused)} "
            "cannot be chosen with it. Leave that out, or choose another quality."
        )
    return Options(Format.CBZ, parse_quality(UNTOUCHED), untouched=True)


def _comic_info(metadata: bool | str) -> ComicInfoSchema:
    if isinstance(metadata, bool):
        return ComicInfoSchema.V2_0
    return ComicInfoSchema(_one_of("metadata", metadata, ComicInfoSchema))


def _epub_for(request: DownloadRequest) -> EpubReader:
    if request.epub_for is not None:
        return EpubReader(_one_of("epub_for", request.epub_for, EpubReader))
    device = DEVICES.get(request.quality)
    return EpubReader.ANY if device is None else device.epub_for


def _preset(request: DownloadRequest, format: Format) -> Preset:
    preset = parse_quality(request.quality)
    if request.strips is not None:
        strips = _one_of("strips", request.strips, StripHandling)
        preset = replace(preset, split_strips=strips == StripHandling.SPLIT)
    if request.double_pages is not None:
        chosen = _one_of("double_pages", request.double_pages, DoublePages)
        preset = replace(preset, double_pages=DoublePages(chosen))
    output = ImageEncoding(_one_of("image_format", request.image_format, IMAGE_FORMATS))
    if output is ImageEncoding.WEBP and not format.facts.holds("image/webp"):
        raise InvalidRequest(
            f"{format.upper()} files cannot hold WebP images. "
            "Choose jpeg or source, or another format."
        )
    crops = preset.crop_margins if request.crop_margins is None else request.crop_margins
    return replace(
        preset,
        grayscale=preset.grayscale or request.grayscale,
        crop_margins=crops,
        crops_alike=crops,
        levels=preset.levels if request.levels is None else request.levels,
        output=output,
    )


def _one_of(name: str, value: str, choices: Iterable[str]) -> str:
    if value not in set(choices):
        raise InvalidRequest(
            f"{name} must be {' or '.join(f'“{choice}”' for choice in choices)}, not “{value}”."
        )
    return value


def _check_lifetime(seconds: int | None) -> None:
    if seconds is not None and not MIN_EXPIRES_IN_SECONDS <= seconds <= MAX_EXPIRES_IN_SECONDS:
        raise InvalidRequest(
            f"expires_in_seconds must be from {MIN_EXPIRES_IN_SECONDS} to {MAX_EXPIRES_IN_SECONDS}."
        )

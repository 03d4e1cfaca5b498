"""Fit a file into a number of bytes.

Every page gets a limit of its own beforehand, so pages can be converted once and in any order.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...domain.errors import InvalidRequest
from ...domain.library import ImageFacts
from ...domain.manifest import Manifest
from ...domain.quality import MIN_PAGE_BYTES, RECOMPRESSED_TYPES, ImageEncoding, Preset
from .overhead import overhead_bytes

# The part of the target that a file is promised to fill, unless its pages are at full quality.
_MIN_FILLED = 0.9
# A page that uses at least this part of its limit is assumed to be limited by it.
_AT_LIMIT = 0.9
# A page with at least this part of its pixels was not made smaller; rounding takes the rest.
_WHOLE = 0.98
# Pages are converted again only if their ratio grows by this factor at least.
_MIN_GAIN = 1.01
# Ratios are rounded down to this step, which is less than a byte even for the longest comic.
_RATIO_STEP = 1e-9


def within_target(manifest: Manifest) -> Manifest:
    """Return the manifest with a preset that keeps the file within ``target_size_bytes``.

    It is unchanged if there is no target, or if the originals fit. A page gets the part of the
    bytes that it has of the source, so detailed pages stay better than plain ones.

    Raises:
        InvalidRequest: The target is too small for so many pages.
    """
    options = manifest.options
    if options.target_size_bytes is None or not manifest.page_count:
        return manifest
    left = options.target_size_bytes - overhead_bytes(manifest)
    if options.preset.keeps_originals and _original_bytes(manifest) <= left:
        return manifest
    missing = _min_bytes_of_all(manifest) - left
    if missing > 0:
        raise _too_small_error(manifest, options.target_size_bytes + missing)
    return _within(manifest, left)


def with_smaller_pages(
    manifest: Manifest, target_bytes: int, built_bytes: int, pages_bytes: int
) -> Manifest:
    """Return the manifest for the next build, after the file came out too large.

    The pages lose what the file has besides them, but at most half of their bytes at once, because
    transparency and decoded images shrink with them.

    Args:
        manifest: The input of the job, without limits for its pages.
        target_bytes: The most bytes of the file.
        built_bytes: The bytes of the file that is too large.
        pages_bytes: The bytes of the pages that went into it.

    Raises:
        InvalidRequest: The pages were as small as pages can be.
    """
    min_bytes = _min_bytes_of_all(manifest)
    if pages_bytes <= min_bytes:
        raise _too_small_error(manifest, built_bytes)
    return _within(
        manifest, max(target_bytes - (built_bytes - pages_bytes), pages_bytes // 2, min_bytes)
    )


def with_larger_pages(
    manifest: Manifest,
    target_bytes: int,
    built_bytes: int,
    made: Mapping[str, Sequence[ImageFacts]],
) -> Manifest | None:
    """Return the manifest for the next build, after the file left much of its target unused.

    Pages that did not need all of their limit leave the rest to the others.

    Args:
        manifest: The input of the build.
        target_bytes: The most bytes of the file.
        built_bytes: The bytes of the file.
        made: The parts of every converted page, by the key of its source.

    Returns:
        None if the file fills its target, or if no page can gain from more bytes.
    """
    preset, pages = manifest.options.preset, [page.facts for _, page in manifest.pages()]
    if built_bytes >= target_bytes * _MIN_FILLED or preset.bytes_ratio is None:
        return None
    sizes = {key: sum(part.size_bytes for part in parts) for key, parts in made.items()}
    bounded = [
        page for page in pages if page.key in made and _is_bounded(preset, page, made[page.key])
    ]
    left = target_bytes - built_bytes + sum(sizes[page.key] for page in bounded)
    if not bounded:
        return None
    ratio = _bytes_ratio(preset, bounded, left)
    if ratio < preset.bytes_ratio * _MIN_GAIN:
        return None
    return replace(
        manifest, options=replace(manifest.options, preset=replace(preset, bytes_ratio=ratio))
    )


def _is_bounded(preset: Preset, page: ImageFacts, parts: Sequence[ImageFacts]) -> bool:
    """Return True if the page would have become larger without its limit."""
    size_bytes, limit = sum(part.size_bytes for part in parts), preset.page_limit(page)
    if limit is None or (size_bytes == page.size_bytes and not preset.reshapes(page)):
        return False
    pixels = sum(part.width * part.height for part in parts)
    return size_bytes >= limit * _AT_LIMIT or pixels < preset.output_pixels_of(page) * _WHOLE


def _too_small_error(manifest: Manifest, needed_bytes: int) -> InvalidRequest:
    megabytes = math.ceil(needed_bytes / 100_000) / 10
    return InvalidRequest(
        f"{manifest.output_page_count} pages cannot fit into that. "
        f"Allow {megabytes} MB or pick fewer pages."
    )


def _within(manifest: Manifest, pages_bytes: int) -> Manifest:
    """Return the manifest with a preset that keeps all pages together within the bytes."""
    preset = _bounded_preset(manifest)
    pages = [page.facts for _, page in manifest.pages()]
    preset = replace(preset, bytes_ratio=_bytes_ratio(preset, pages, pages_bytes))
    return replace(manifest, options=replace(manifest.options, preset=preset))


def _bounded_preset(manifest: Manifest) -> Preset:
    """Return the preset with an encoding for which the size of pages in the file is known."""
    preset = manifest.options.preset
    if preset.output is not ImageEncoding.SOURCE:
        return preset
    if _all_pass_through(manifest):
        wasteful = any(page.facts.media_type in RECOMPRESSED_TYPES for _, page in manifest.pages())
        return replace(preset, output=ImageEncoding.RECOMPRESS) if wasteful else preset
    as_they_are = replace(preset, bytes_ratio=None).keeps_originals
    return replace(
        preset, output=ImageEncoding.LOSSLESS if as_they_are else ImageEncoding.EMBEDDABLE
    )


def _bytes_ratio(preset: Preset, pages: Sequence[ImageFacts], left: int) -> float:
    """Return the largest ratio with which the pages together take at most ``left`` bytes.

    Pages that are smaller than their limit, and can stay as they are, leave the rest to the others.
    """
    small = sorted(
        (page for page in pages if not preset.reshapes(page)), key=lambda page: page.size_bytes
    )
    source_bytes = sum(page.size_bytes for page in pages)
    left -= sum(_floor_bytes(preset, page) for page in pages)
    ratio = left / source_bytes
    for page in small:
        if (
            page.size_bytes > _floor_bytes(preset, page) + ratio * page.size_bytes
            or source_bytes == page.size_bytes
        ):
            break
        left += _floor_bytes(preset, page) - page.size_bytes
        source_bytes -= page.size_bytes
        ratio = left / source_bytes
    return max(0.0, math.floor(ratio / _RATIO_STEP) * _RATIO_STEP)


def _floor_bytes(preset: Preset, page: ImageFacts) -> int:
    return MIN_PAGE_BYTES * preset.parts_of(page)


def _min_page_bytes(preset: Preset, page: ImageFacts) -> int:
    """Return the bytes that the page can always be made to fit into."""
    floor = _floor_bytes(preset, page)
    return floor if preset.reshapes(page) else min(floor, page.size_bytes)


def _min_bytes_of_all(manifest: Manifest) -> int:
    preset = _bounded_preset(manifest)
    return sum(_min_page_bytes(preset, page.facts) for _, page in manifest.pages())


def _all_pass_through(manifest: Manifest) -> bool:
    """Return True if the format holds every page as it is."""
    facts = manifest.options.format.facts
    return all(facts.holds(page.facts.media_type) for _, page in manifest.pages())


def _original_bytes(manifest: Manifest) -> float:
    """Return the bytes of the unchanged pages in the file.

    Return infinity if the format holds some of them in another form, whose size is unknown.
    """
    return manifest.size_bytes if _all_pass_through(manifest) else math.inf

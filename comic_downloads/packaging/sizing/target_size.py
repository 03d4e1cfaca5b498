"""Fitting a file into a number of bytes: every page gets its share, so pages can be converted in any order, once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from ...domain.errors import InvalidRequest
from ...domain.library import ImageFacts
from ...domain.manifest import Manifest
from ...domain.quality import MIN_PAGE_BYTES, RECOMPRESSED_TYPES, ImageEncoding, Preset
from .overhead import overhead_bytes

_FILLED = 0.9  # of the target: what was promised
_AT_LIMIT = 0.9  # of what a page may take: larger than that, it would have been larger still
_WHOLE = 0.98  # of the pixels a page is to have, which rounding may take from it
_MORE = 1.01  # times its share: a page that gets less than that more is not worth converting again
_SHARE_STEP = 1e-9  # of all bytes of the source: less than one for the longest comic


def within_target(manifest: Manifest) -> Manifest:
    """The manifest with a preset that keeps the file within ``target_size_bytes``; as it is where no target is set.

    A page's share of the bytes is its share of the source: what was complex stays better than what was plain. Where the
    originals fit, they stay. Raises InvalidRequest when the target is too small for so many pages.
    """
    options = manifest.options
    if options.target_size_bytes is None or not manifest.page_count:
        return manifest
    left = options.target_size_bytes - overhead_bytes(manifest)
    if options.preset.keeps_originals and _original_bytes(manifest) <= left:
        return manifest
    missing = _least_bytes_of_all(manifest) - left
    if missing > 0:
        raise _too_small(manifest, options.target_size_bytes + missing)
    return _within(manifest, left)


def with_smaller_pages(
    manifest: Manifest, target_bytes: int, built_bytes: int, pages_bytes: int
) -> Manifest:
    """The manifest for the next try, after a file of ``built_bytes`` with ``pages_bytes`` of pages came out too large.

    What the file has beside them is taken from the pages, but at most half of their bytes at once: transparency, and what
    had to be decoded, get smaller with them. Raises InvalidRequest when they were as small as pages can be.
    """
    least_bytes = _least_bytes_of_all(manifest)
    if pages_bytes <= least_bytes:
        raise _too_small(manifest, built_bytes)
    return _within(
        manifest, max(target_bytes - (built_bytes - pages_bytes), pages_bytes // 2, least_bytes)
    )


def with_larger_pages(
    manifest: Manifest,
    target_bytes: int,
    built_bytes: int,
    made: Mapping[str, Sequence[ImageFacts]],
) -> Manifest | None:
    """The manifest for the next try, after the pages left more than a tenth of the target; None where they cannot be larger.

    ``made`` has the parts of every converted page by the digest of its source. Pages that did not need all they might have
    taken leave the rest to the others.
    """
    preset, pages = manifest.options.preset, [page.facts for _, page in manifest.pages()]
    if built_bytes >= target_bytes * _FILLED or preset.bytes_ratio is None:
        return None
    sizes = {digest: sum(part.size_bytes for part in parts) for digest, parts in made.items()}
    bounded = [
        page
        for page in pages
        if page.sha256 in made and _is_bounded(preset, page, made[page.sha256])
    ]
    left = target_bytes - built_bytes + sum(sizes[page.sha256] for page in bounded)
    if not bounded:
        return None
    share = _share(preset, bounded, left)
    if share < preset.bytes_ratio * _MORE:
        return None
    return replace(
        manifest, options=replace(manifest.options, preset=replace(preset, bytes_ratio=share))
    )


def _is_bounded(preset: Preset, page: ImageFacts, parts: Sequence[ImageFacts]) -> bool:
    """True if the page would have become larger, had it been allowed to."""
    size_bytes, limit = sum(part.size_bytes for part in parts), preset.page_limit(page)
    if limit is None or (size_bytes == page.size_bytes and not preset.reshapes(page)):
        return False
    pixels = sum(part.width * part.height for part in parts)
    return (
        size_bytes >= limit * _AT_LIMIT
        or pixels < preset.output_pixels(page.width, page.height) * _WHOLE
    )


def _too_small(manifest: Manifest, needed_bytes: int) -> InvalidRequest:
    megabytes = math.ceil(needed_bytes / 100_000) / 10
    return InvalidRequest(
        f"{manifest.output_page_count} pages cannot fit into that. Allow {megabytes} MB or pick fewer pages."
    )


def _within(manifest: Manifest, pages_bytes: int) -> Manifest:
    """The manifest with a preset that keeps all pages together within so many bytes."""
    preset = _bounded_preset(manifest)
    pages = [page.facts for _, page in manifest.pages()]
    preset = replace(preset, bytes_ratio=_share(preset, pages, pages_bytes))
    return replace(manifest, options=replace(manifest.options, preset=preset))


def _bounded_preset(manifest: Manifest) -> Preset:
    """The preset, with pages of a kind whose size in the file is known."""
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


def _share(preset: Preset, pages: Sequence[ImageFacts], left: int) -> float:
    """The largest share with which the pages together take no more than what is left.

    Pages that are smaller than what they may take, and can stay as they are, leave the rest to the others.
    """
    small = sorted(
        (page for page in pages if not preset.reshapes(page)), key=lambda page: page.size_bytes
    )
    source_bytes = sum(page.size_bytes for page in pages)
    left -= sum(_floor_bytes(preset, page) for page in pages)
    share = left / source_bytes
    for page in small:
        if (
            page.size_bytes > _floor_bytes(preset, page) + share * page.size_bytes
            or source_bytes == page.size_bytes
        ):
            break
        left += _floor_bytes(preset, page) - page.size_bytes
        source_bytes -= page.size_bytes
        share = left / source_bytes
    return max(0.0, math.floor(share / _SHARE_STEP) * _SHARE_STEP)


def _floor_bytes(preset: Preset, page: ImageFacts) -> int:
    return MIN_PAGE_BYTES * preset.parts(page.width, page.height)


def _least_bytes(preset: Preset, page: ImageFacts) -> int:
    """How small the page can be made in any case."""
    floor = _floor_bytes(preset, page)
    return floor if preset.reshapes(page) else min(floor, page.size_bytes)


def _least_bytes_of_all(manifest: Manifest) -> int:
    preset = _bounded_preset(manifest)
    return sum(_least_bytes(preset, page.facts) for _, page in manifest.pages())


def _all_pass_through(manifest: Manifest) -> bool:
    """True if the format holds every page as it is."""
    facts = manifest.options.format.facts
    return all(facts.holds(page.facts.media_type) for _, page in manifest.pages())


def _original_bytes(manifest: Manifest) -> float:
    """The bytes of the pages as the file would hold them; unknown, so endless, where it holds some in another form."""
    return manifest.size_bytes if _all_pass_through(manifest) else math.inf

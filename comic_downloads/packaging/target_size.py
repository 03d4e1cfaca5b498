"""Fitting a file into a number of bytes: every page gets its share, so pages can be converted in any order, once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, replace

from ..domain.artifact import Format
from ..domain.errors import InvalidRequest
from ..domain.library import ImageFacts
from ..domain.manifest import Manifest
from ..domain.quality import MIN_PAGE_BYTES, OutputImage

_PAGE_OVERHEAD_BYTES = {Format.CBZ: 400, Format.ZIP: 120, Format.PDF: 750}  # names, headers, ComicInfo.xml, page objects
_FILE_OVERHEAD_BYTES = {Format.CBZ: 2_000, Format.ZIP: 200, Format.PDF: 12_000}  # a PDF repeats a colour profile
_PASS_THROUGH_PDF = frozenset({"image/jpeg", "image/png"})  # what a PDF holds as it is; other kinds grow in it


def within_target(manifest: Manifest) -> Manifest:
    """The manifest with a preset that keeps the file within ``target_size_bytes``; as it is where no target is set.

    A page's share of the bytes is its share of the source: what was complex stays better than what was plain. Where the
    originals fit, they stay. Raises InvalidRequest when the target is too small for so many pages.
    """
    options = manifest.options
    if options.target_size_bytes is None or not manifest.page_count:
        return manifest
    overhead = _overhead_bytes(manifest)
    if options.preset.keeps_originals and _original_bytes(manifest) + overhead <= options.target_size_bytes:
        return manifest
    least = overhead + MIN_PAGE_BYTES * manifest.page_count
    left = options.target_size_bytes - least
    if left < 0:
        megabytes = math.ceil(least / 100_000) / 10
        raise InvalidRequest(f"{manifest.page_count} pages cannot fit into that. Allow {megabytes} MB or pick fewer pages.")
    share = math.floor(left / manifest.size_bytes * 10_000) / 10_000
    preset = replace(options.preset, size_share=share)
    facts = [page.facts for _, page in manifest.pages()]
    if options.format is Format.PDF and not _all_pass_through(facts) and preset.output is OutputImage.SOURCE:
        preset = replace(preset, output=OutputImage.JPEG)
    return replace(manifest, options=replace(options, preset=preset))


def _all_pass_through(facts: Sequence[ImageFacts]) -> bool:
    return all(page.media_type in _PASS_THROUGH_PDF for page in facts)


def _original_bytes(manifest: Manifest) -> float:
    """The bytes of the pages as the file would hold them; unknown, so endless, where a PDF decodes some."""
    facts = [page.facts for _, page in manifest.pages()]
    return manifest.size_bytes if manifest.options.format is not Format.PDF or _all_pass_through(facts) else math.inf


def _overhead_bytes(manifest: Manifest) -> int:
    """More than everything beside the pages takes: names, headers, metadata, the list of missing pages."""
    format = manifest.options.format
    text = 0
    for comic in manifest.comics:
        metadata = len(repr(asdict(comic.metadata)).encode())
        text += 8 * metadata + 200 * len(comic.missing)  # text is in a PDF twice, once as hexadecimal UTF-16
        if format is Format.ZIP:
            text += sum(2 * (len(page.name.encode()) + metadata) for page in comic.pages)  # in a folder named by the comic
    return _FILE_OVERHEAD_BYTES[format] + _PAGE_OVERHEAD_BYTES[format] * manifest.page_count + text

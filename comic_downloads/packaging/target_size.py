"""Fitting a file into a number of bytes: every page gets its share, so pages can be converted in any order, once."""

from __future__ import annotations

import math
from dataclasses import replace

from ..domain.artifact import Format
from ..domain.errors import InvalidRequest
from ..domain.manifest import Manifest, metadata_as_dict
from ..domain.quality import MIN_PAGE_BYTES, OutputImage

# A page's names, headers and documents; what a file has once (a PDF repeats a colour profile).
_PAGE_OVERHEAD_BYTES = {Format.CBZ: 400, Format.ZIP: 120, Format.PDF: 750, Format.EPUB: 1_500}
_FILE_OVERHEAD_BYTES = {Format.CBZ: 2_000, Format.ZIP: 200, Format.PDF: 8_000, Format.EPUB: 5_000}
_MAX_FOLDER_BYTES = 210  # of a ZIP with several comics
_PASS_THROUGH = frozenset({"image/jpeg", "image/png"})  # what PDF and EPUB hold as it is; other kinds grow in them


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
    least = overhead + MIN_PAGE_BYTES * manifest.output_page_count
    left = options.target_size_bytes - least
    if left < 0:
        megabytes = math.ceil(least / 100_000) / 10
        raise InvalidRequest(
            f"{manifest.output_page_count} pages cannot fit into that. Allow {megabytes} MB or pick fewer pages."
        )
    share = math.floor(left / manifest.size_bytes * 10_000) / 10_000
    preset = replace(options.preset, size_share=share)
    if not _all_pass_through(manifest):
        preset = replace(preset, output=OutputImage.JPEG)
    return replace(manifest, options=replace(options, preset=preset))


def _all_pass_through(manifest: Manifest) -> bool:
    """True if the format holds every page as it is."""
    anything = manifest.options.format in {Format.CBZ, Format.ZIP}
    return anything or all(page.facts.media_type in _PASS_THROUGH for _, page in manifest.pages())


def _original_bytes(manifest: Manifest) -> float:
    """The bytes of the pages as the file would hold them; unknown, so endless, where it holds some in another form."""
    return manifest.size_bytes if _all_pass_through(manifest) else math.inf


def _overhead_bytes(manifest: Manifest) -> int:
    """More than everything beside the pages takes: names, headers, metadata, the list of missing pages."""
    format = manifest.options.format
    text = 0
    for comic in manifest.comics:
        metadata = len(repr(metadata_as_dict(comic.metadata)).encode())
        text += 8 * metadata + 200 * len(comic.missing)  # text is in a PDF twice, once as hexadecimal UTF-16
        if format is Format.ZIP:
            folder = _MAX_FOLDER_BYTES if len(manifest.comics) > 1 else 0
            text += sum(2 * (len(page.name.encode()) + folder) * manifest.parts(page) for page in comic.pages)
    return _FILE_OVERHEAD_BYTES[format] + _PAGE_OVERHEAD_BYTES[format] * manifest.output_page_count + text

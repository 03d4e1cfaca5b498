"""Estimate how large a file will be, before anything is converted or written."""

from __future__ import annotations

import math
import operator
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ...domain.formats import Format
from ...domain.library import ImageFacts
from ...domain.options import Options
from ...domain.quality import ImageEncoding, Preset, is_strip
from ..formats import SPECS
from ..pages import OutputPage

# Bytes grow with pixels to this power: the smaller a picture, the denser its detail.
_SHRINKING = 0.75
# The part of the bytes that remains without colour.
_GRAY = 0.85
# The size of drawn pages as PNG.
_REENCODED_BYTES_PER_PIXEL = 1.2
# Samples of each kind of pages, and of all together.
SAMPLE_PAGES = 3
MAX_SAMPLE_PAGES = 6
# More pages are sampled of types in which plain pages take as many bytes as detailed ones.
_UNCOMPRESSED = frozenset({"image/bmp", "image/tiff"})
_LOSSY = frozenset({"image/webp", "image/avif", "image/heic", "image/jxl", "image/jp2"})
# With it, a sample a third larger or smaller weighs half as much as one of the same size, and one
# three times as large a tenth.
_NEAR = 0.1

# A page as it is in the library, and how many bytes it takes in the file.
Sample = tuple[ImageFacts, int]
# The media type, and whether the page is a double page or a strip.
_Kind = tuple[str, bool]


def unbounded(options: Options) -> Options:
    """Return the options for a file that stays below its target, so no limit applies."""
    options = at_best(options)
    packed = options.preset.output is ImageEncoding.RECOMPRESS
    return (
        replace(options, preset=replace(options.preset, output=ImageEncoding.SOURCE))
        if packed
        else options
    )


def at_best(options: Options) -> Options:
    """Return the options without the limit of a target, for as good a file as possible."""
    preset = options.preset
    # Without a limit, the format itself encodes the types that it does not hold.
    output = ImageEncoding.SOURCE if preset.output is ImageEncoding.LOSSLESS else preset.output
    return replace(
        options, preset=replace(preset, bytes_ratio=None, output=output), target_size_bytes=None
    )


def sample_indexes(options: Options, facts: Sequence[ImageFacts]) -> list[int]:
    """Return the indexes of the few pages to convert as a sample, from small to large."""
    changed = [
        index
        for index, page in enumerate(facts)
        if (options.preset.changes(page) or options.format.facts.may_reencode(page.media_type))
        and options.preset.parts_of(page)
    ]
    kinds: defaultdict[_Kind, list[int]] = defaultdict(list)
    for index in sorted(changed, key=lambda index: (facts[index].size_bytes, index)):
        kinds[_kind(facts[index])].append(index)
    counts = _samples_of_kinds(
        options.format,
        {kind: [facts[index] for index in indexes] for kind, indexes in kinds.items()},
    )
    return [
        indexes[(2 * place + 1) * len(indexes) // (2 * counts[kind])]
        for kind, indexes in kinds.items()
        for place in range(counts[kind])
    ]


def _kind(page: ImageFacts) -> _Kind:
    """Return what is estimated together: double pages and strips shrink otherwise."""
    is_double = page.width > page.height
    return page.media_type, is_double or is_strip(page.width, page.height)


def _samples_of_kinds(
    format: Format, kinds: Mapping[_Kind, Sequence[ImageFacts]]
) -> Counter[_Kind]:
    """Return how many pages of each kind to convert.

    They are taken from each in turn, beginning with the kind that takes the most bytes.
    """
    counts: Counter[_Kind] = Counter()
    by_bytes = sorted(kinds, key=lambda kind: (-sum(page.size_bytes for page in kinds[kind]), kind))
    for turn in range(MAX_SAMPLE_PAGES):
        for kind in by_bytes:
            media_type, _ = kind
            wanted = (
                turn < SAMPLE_PAGES
                or media_type in _UNCOMPRESSED
                or (not format.facts.holds(media_type) and media_type in _LOSSY)
            )
            if wanted and counts[kind] < len(kinds[kind]) and counts.total() < MAX_SAMPLE_PAGES:
                counts[kind] += 1
    return counts


def bytes_in_file(format: Format, page: OutputPage) -> int:
    """Return how many bytes the image of this page takes in a file of that format.

    Raises:
        PageUnreadable: The page cannot be decoded.
    """
    reencoded_bytes = SPECS[format].reencoded_bytes
    if reencoded_bytes is not None and format.facts.may_reencode(page.facts.media_type):
        return reencoded_bytes(page)
    return page.facts.size_bytes


def estimate_size(
    options: Options, facts: Sequence[ImageFacts], samples: Sequence[Sample] = ()
) -> int:
    """Return the expected length in bytes of the file, at most its target.

    It is exact to a few hundred bytes if pages are only copied. Conversions are guessed: within
    15 % with samples, and maybe wrong by half without.
    """
    target_bytes, options = options.target_size_bytes, at_best(options)
    sampled = {page.key: size_bytes for page, size_bytes in samples}
    corrections = [
        _Correction(
            _kind(page),
            math.log(max(1, page.size_bytes)),
            size_bytes / max(1, _guess(options, page)),
        )
        for page, size_bytes in samples
    ]
    size_bytes, parts = 0.0, 0
    copies = options.preset.keeps_originals
    for page in facts:
        reencoded = options.format.facts.may_reencode(page.media_type)
        if copies and not reencoded:
            size_bytes, parts = size_bytes + page.size_bytes, parts + 1
            continue
        moved = not (reencoded or options.preset.changes(page))
        size_bytes += sampled.get(page.key) or _guess(options, page) * (
            1 if moved else _correction(page, corrections)
        )
        parts += options.preset.parts_of(page)
    total = round(size_bytes) + SPECS[options.format].page_overhead_bytes * parts
    return total if target_bytes is None else min(total, target_bytes)


class _Correction(NamedTuple):
    """By which factor the guess for a sample was wrong."""

    kind: _Kind
    log_bytes: float
    factor: float


def _correction(page: ImageFacts, samples: Sequence[_Correction]) -> float:
    """Return the factor to correct the guess for a page by.

    It is the weighted mean over the samples of the same kind, else of the same media type, or over
    all if there is none. The nearer a sample is in size, the more it weighs.
    """
    of_type = [sample for sample in samples if sample.kind[0] == page.media_type]
    alike = [sample for sample in of_type if sample.kind == _kind(page)] or of_type or samples
    log_bytes = math.log(max(1, page.size_bytes))
    weights = [1 / (_NEAR + (sample.log_bytes - log_bytes) ** 2) for sample in alike]
    return (
        sum(map(operator.mul, weights, (sample.factor for sample in alike))) / sum(weights)
        if alike
        else 1.0
    )


def _guess(options: Options, page: ImageFacts) -> float:
    if options.preset.changes(page):
        return _converted_bytes(options.preset, page)
    if options.format.facts.may_reencode(page.media_type) and page.media_type != "image/png":
        return max(page.size_bytes, page.width * page.height * _REENCODED_BYTES_PER_PIXEL)
    return page.size_bytes


def _converted_bytes(preset: Preset, page: ImageFacts) -> float:
    shrunk: float = (preset.output_pixels_of(page) / (page.width * page.height)) ** _SHRINKING
    return page.size_bytes * shrunk * (_GRAY if preset.grayscale else 1)

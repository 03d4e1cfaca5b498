"""How large a file will be, before anything is converted or written."""

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
from ...domain.quality import ImageEncoding, Preset
from ..formats import SPECS
from ..pages import OutputPage

_SHRINKING = (
    0.75  # bytes go with pixels to this power: the smaller a picture, the denser its detail
)
_GRAY = 0.85  # what is left without colour
_RECODED_BYTES_PER_PIXEL = 1.2  # of drawn pages as PNG
SAMPLE_PAGES = 3  # of a kind
MAX_SAMPLE_PAGES = 6
# Pages full of detail and plain ones take as many bytes, or would as PNG in a document: more of these are looked at.
_SIZES_TELL_NOTHING = frozenset({"image/bmp", "image/tiff"})
_LOSSY = frozenset({"image/webp", "image/avif", "image/heic", "image/jxl", "image/jp2"})
_NEAR = 0.1  # a page a third larger or smaller counts half as much as one of the same size, a page three times as large a tenth

Sample = tuple[
    ImageFacts, int
]  # a page as it is in the library, and how many bytes it takes in the file


def unbounded(options: Options) -> Options:
    """The options without a target: what a file is made with that comes out smaller than its target."""
    options = at_best(options)
    packed = options.preset.output is ImageEncoding.RECOMPRESS
    return (
        replace(options, preset=replace(options.preset, output=ImageEncoding.SOURCE))
        if packed
        else options
    )


def at_best(options: Options) -> Options:
    """The options for as large a file as there is room for: what one is made with that would be larger than its target."""
    preset = options.preset
    output = (
        ImageEncoding.SOURCE if preset.output is ImageEncoding.LOSSLESS else preset.output
    )  # a document's own way to hold it
    return replace(
        options, preset=replace(preset, bytes_ratio=None, output=output), target_size_bytes=None
    )


def sample_indexes(options: Options, facts: Sequence[ImageFacts]) -> list[int]:
    """Which pages to convert for a sample: few, from small to large. None where nothing is."""
    changed = [
        index
        for index, page in enumerate(facts)
        if options.preset.changes(page) or options.format.facts.may_reencode(page.media_type)
    ]
    kinds: defaultdict[str, list[int]] = defaultdict(list)
    for index in sorted(changed, key=lambda index: (facts[index].size_bytes, index)):
        kinds[facts[index].media_type].append(index)
    counts = _samples_of_kinds(
        options.format,
        {kind: [facts[index] for index in indexes] for kind, indexes in kinds.items()},
    )
    return [
        indexes[(2 * place + 1) * len(indexes) // (2 * counts[kind])]
        for kind, indexes in kinds.items()
        for place in range(counts[kind])
    ]


def _samples_of_kinds(format: Format, kinds: Mapping[str, Sequence[ImageFacts]]) -> Counter[str]:
    """How many pages of each kind to convert: of each in turn, beginning with the one that takes the most bytes."""
    counts: Counter[str] = Counter()
    by_bytes = sorted(kinds, key=lambda kind: (-sum(page.size_bytes for page in kinds[kind]), kind))
    for turn in range(MAX_SAMPLE_PAGES):
        for kind in by_bytes:
            wanted = (
                turn < SAMPLE_PAGES
                or kind in _SIZES_TELL_NOTHING
                or (not format.facts.holds(kind) and kind in _LOSSY)
            )
            if wanted and counts[kind] < len(kinds[kind]) and counts.total() < MAX_SAMPLE_PAGES:
                counts[kind] += 1
    return counts


def bytes_in_file(format: Format, page: OutputPage) -> int:
    """How many bytes the image of this page takes in a file of that format. Raises PageUnreadable."""
    reencoded_bytes = SPECS[format].reencoded_bytes
    if reencoded_bytes is not None and format.facts.may_reencode(page.facts.media_type):
        return reencoded_bytes(page)
    return page.facts.size_bytes


def estimate_size(
    options: Options, facts: Sequence[ImageFacts], samples: Sequence[Sample] = ()
) -> int:
    """The expected length in bytes of the file made of pages with these facts; its target where that is less.

    Exact to a few hundred bytes where pages are only moved. Conversions are guessed, within 15 % with samples; without
    samples the guess may be off by half.
    """
    target_bytes, options = options.target_size_bytes, at_best(options)
    sampled = {page.sha256: size_bytes for page, size_bytes in samples}
    corrections = [
        _Correction(
            page.media_type,
            math.log(max(1, page.size_bytes)),
            size_bytes / max(1, _guess(options, page)),
        )
        for page, size_bytes in samples
    ]
    size_bytes, parts = 0.0, 0
    for page in facts:
        moved = not (
            options.preset.changes(page) or options.format.facts.may_reencode(page.media_type)
        )
        size_bytes += sampled.get(page.sha256) or _guess(options, page) * (
            1 if moved else _correction(page, corrections)
        )
        parts += options.preset.parts(page.width, page.height)
    total = round(size_bytes) + SPECS[options.format].page_overhead_bytes * parts
    return total if target_bytes is None else min(total, target_bytes)


class _Correction(NamedTuple):
    """By how much the guess was wrong for a sample: its kind, the logarithm of its bytes, and the factor."""

    media_type: str
    log_bytes: float
    factor: float


def _correction(page: ImageFacts, samples: Sequence[_Correction]) -> float:
    """What samples of the same kind say, above all those nearest in size; what all say, where none is."""
    alike = [sample for sample in samples if sample.media_type == page.media_type] or samples
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
        return max(page.size_bytes, page.width * page.height * _RECODED_BYTES_PER_PIXEL)
    return page.size_bytes


def _converted_bytes(preset: Preset, page: ImageFacts) -> float:
    shrunk: float = (
        preset.output_pixels(page.width, page.height) / (page.width * page.height)
    ) ** _SHRINKING
    return page.size_bytes * shrunk * (_GRAY if preset.grayscale else 1)

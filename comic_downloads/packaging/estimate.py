"""How large a file will be, before anything is converted or written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ..domain.artifact import Format
from ..domain.library import ImageFacts
from ..domain.manifest import Options
from ..domain.quality import Preset

_OVERHEAD_BYTES = {
    Format.CBZ: 250,
    Format.ZIP: 130,
    Format.PDF: 650,
    Format.EPUB: 1400,
}  # a page: headers, ComicInfo.xml or page objects
_SHRINKING = 0.75  # bytes go with pixels to this power: the smaller a picture, the denser its detail
_GRAY = 0.85  # what is left without colour
_RECODED_BYTES_PER_PIXEL = 1.2  # of drawn pages as PNG
SAMPLE_PAGES = 3

Sample = tuple[ImageFacts, ImageFacts]  # a page's facts before and after conversion


def sample_indexes(options: Options, facts: Sequence[ImageFacts]) -> list[int]:
    """Which pages to convert for a sample: few, from small to large. None where nothing is, or the target decides."""
    if options.target_size_bytes is not None:
        return []
    changed = [index for index, page in enumerate(facts) if options.preset.changes(page.width, page.height)]
    changed.sort(key=lambda index: (facts[index].size_bytes, index))
    count = min(SAMPLE_PAGES, len(changed))
    return [changed[(2 * place + 1) * len(changed) // (2 * count)] for place in range(count)]


def estimate_size(options: Options, facts: Sequence[ImageFacts], samples: Sequence[Sample] = ()) -> int:
    """The expected length in bytes of the file made of pages with these facts.

    Exact to a few hundred bytes where pages are only moved. Conversions are guessed, within 15 % with samples (pages as
    they were and as they came out); without samples the guess may be off by half.
    """
    corrections = _corrections(options.preset, samples)
    pages = sum(_page_bytes(options, page, corrections) for page in facts)
    size_bytes = round(pages) + _OVERHEAD_BYTES[options.format] * len(facts)
    return min(size_bytes, options.target_size_bytes) if options.target_size_bytes is not None else size_bytes


def _corrections(preset: Preset, samples: Sequence[Sample]) -> defaultdict[str, float]:
    """By how much the guess was wrong for the samples, for each kind of image they are of, and on average."""
    guessed: defaultdict[str, float] = defaultdict(float)
    found: defaultdict[str, float] = defaultdict(float)
    for before, after in samples:
        for kind in (before.media_type, "all"):
            guessed[kind] += _converted_bytes(preset, before)
            found[kind] += after.size_bytes
    average = found["all"] / guessed["all"] if samples else 1.0
    return defaultdict(lambda: average, {kind: found[kind] / guessed[kind] for kind in guessed})


def _page_bytes(options: Options, page: ImageFacts, corrections: defaultdict[str, float]) -> float:
    preset, size_bytes, size = options.preset, float(page.size_bytes), (page.width, page.height)
    if preset.changes(*size):
        size_bytes = _converted_bytes(preset, page) * corrections[page.media_type]
        size = preset.fit(*size)
    if options.format in {Format.PDF, Format.EPUB} and page.media_type not in {"image/jpeg", "image/png"}:
        size_bytes = max(size_bytes, size[0] * size[1] * _RECODED_BYTES_PER_PIXEL)
    return size_bytes


def _converted_bytes(preset: Preset, page: ImageFacts) -> float:
    width, height = preset.fit(page.width, page.height)
    shrunk: float = (width * height / (page.width * page.height)) ** _SHRINKING
    return page.size_bytes * shrunk * (_GRAY if preset.grayscale else 1)

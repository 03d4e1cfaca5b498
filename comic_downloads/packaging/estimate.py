"""How large a file will be, before anything is converted or written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from ..domain.artifact import Format
from ..domain.library import ImageFacts
from ..domain.manifest import Options
from ..domain.quality import Preset
from .pages import OutputPage
from .pdf_images import pdf_image
from .recoding import EPUB_TYPES, recoded

# A page's headers, its line in ComicInfo.xml or its objects.
_OVERHEAD_BYTES = {Format.CBZ: 250, Format.ZIP: 130, Format.PDF: 650, Format.EPUB: 1400}
_SHRINKING = 0.75  # bytes go with pixels to this power: the smaller a picture, the denser its detail
_GRAY = 0.85  # what is left without colour
_RECODED_BYTES_PER_PIXEL = 1.2  # of drawn pages as PNG
SAMPLE_PAGES = 3

Sample = tuple[ImageFacts, int]  # a page as it is in the library, and how many bytes it takes in the file


def sample_indexes(options: Options, facts: Sequence[ImageFacts]) -> list[int]:
    """Which pages to convert for a sample: few, from small to large. None where nothing is, or the target decides."""
    if _fills_target(options):
        return []
    changed = [index for index, page in enumerate(facts) if options.preset.changes(page) or _may_grow(options.format, page)]
    changed.sort(key=lambda index: (facts[index].size_bytes, index))
    count = min(SAMPLE_PAGES, len(changed))
    return [changed[(2 * place + 1) * len(changed) // (2 * count)] for place in range(count)]


def bytes_in_file(format: Format, page: OutputPage) -> int:
    """How many bytes the image of this page takes in a file of that format. Raises PageUnreadable."""
    if format is Format.PDF and _may_grow(format, page.facts):
        with pdf_image(page) as image:
            return sum(len(chunk) for one in (image, image.mask) if one is not None for chunk in one.data)
    if format is Format.EPUB and _may_grow(format, page.facts):
        return recoded(page).facts.size_bytes
    return page.facts.size_bytes


def estimate_size(options: Options, facts: Sequence[ImageFacts], samples: Sequence[Sample] = ()) -> int:
    """The expected length in bytes of the file made of pages with these facts.

    Exact to a few hundred bytes where pages are only moved. Conversions are guessed, within 15 % with samples; without
    samples the guess may be off by half.
    """
    corrections = _corrections(options, samples)
    sampled = {page.sha256: size_bytes for page, size_bytes in samples}
    size_bytes, parts = 0.0, 0
    for page in facts:
        moved = not (options.preset.changes(page) or _may_grow(options.format, page))
        size_bytes += sampled.get(page.sha256) or _guess(options, page) * (1 if moved else corrections[page.media_type])
        parts += options.preset.parts(page.width, page.height)
    total = round(size_bytes) + _OVERHEAD_BYTES[options.format] * parts
    return total if options.target_size_bytes is None else min(total, options.target_size_bytes)


def _fills_target(options: Options) -> bool:
    """True if every page is made as large as its share of the target."""
    return options.preset.size_share is not None and options.preset.max_height is options.preset.max_width is None


def _may_grow(format: Format, page: ImageFacts) -> bool:
    """True if the format may hold the page in another form than it has."""
    if format is Format.PDF:
        return page.media_type != "image/jpeg"
    return format is Format.EPUB and page.media_type not in EPUB_TYPES


def _corrections(options: Options, samples: Sequence[Sample]) -> defaultdict[str, float]:
    """By how much the guess was wrong for the samples, for each kind of image they are of, and on average."""
    guessed: defaultdict[str, float] = defaultdict(float)
    found: defaultdict[str, float] = defaultdict(float)
    for page, size_bytes in samples:
        for kind in (page.media_type, "all"):
            guessed[kind] += _guess(options, page)
            found[kind] += size_bytes
    average = found["all"] / guessed["all"] if samples else 1.0
    return defaultdict(lambda: average, {kind: found[kind] / guessed[kind] for kind in guessed})


def _guess(options: Options, page: ImageFacts) -> float:
    preset, size_bytes, pixels = options.preset, float(page.size_bytes), page.width * page.height
    if preset.changes(page):
        size_bytes, pixels = _converted_bytes(preset, page), preset.output_pixels(page.width, page.height)
        limit = preset.page_limit(page)
        if limit is None or not _fills_target(options):
            return size_bytes if limit is None else min(size_bytes, limit)
        return limit if preset.reshapes(page) else min(limit, page.size_bytes)
    if _may_grow(options.format, page) and page.media_type != "image/png":
        return max(size_bytes, pixels * _RECODED_BYTES_PER_PIXEL)
    return size_bytes


def _converted_bytes(preset: Preset, page: ImageFacts) -> float:
    shrunk: float = (preset.output_pixels(page.width, page.height) / (page.width * page.height)) ** _SHRINKING
    return page.size_bytes * shrunk * (_GRAY if preset.grayscale else 1)

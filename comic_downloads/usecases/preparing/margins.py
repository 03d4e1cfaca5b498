"""Measure the margins of a comic's pages, so that all of them are cropped alike.

Cropped one by one, pages would be shown in different sizes, and jump when they are turned.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ...domain.errors import PageUnreadable
from ...domain.manifest import Manifest, ManifestComic, ManifestPage
from ...domain.quality import Margins, is_strip
from ...packaging.images import margins_of_all, measured_margins
from .sources import OpenComics

# The pages that are measured, from all over the comic. A page that has something in the margin of
# the others is left whole, so that not every page has to be looked at.
_MAX_MEASURED = 16
# A page's margins, by its SHA-256, for estimates of one choice after the other.
_MAX_REMEMBERED = 4000
_Task = tuple[ManifestComic, ManifestPage]


@dataclass
class _Measured:
    """What this process has measured. Thread-safe."""

    known: OrderedDict[str, Margins | None] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, digest: str, measure: Callable[[], Margins | None]) -> Margins | None:
        with self.lock:
            if digest in self.known:
                self.known.move_to_end(digest)
                return self.known[digest]
        found = measure()
        with self.lock:
            self.known[digest] = found
            while len(self.known) > _MAX_REMEMBERED:
                self.known.popitem(last=False)
        return found


_MEASURED = _Measured()


def with_margins(
    manifest: Manifest, comics: OpenComics, max_pixels: int, check: Callable[[], None]
) -> Manifest:
    """Return the manifest with the margins that its pages lose; unchanged if they lose none.

    Args:
        manifest: The input of the file.
        comics: Opens its pages.
        max_pixels: The largest page that is decoded.
        check: Called before each page, and may raise to stop.

    Raises:
        ComicChanged: A page is not what it was when the library was scanned.
        StorageUnavailable: A page cannot be read now.
    """
    options = manifest.options
    if not (options.preset.crop_margins and options.preset.crops_alike):
        return manifest

    def measure(task: _Task) -> Margins | None:
        check()
        return _MEASURED.of(task[1].facts.sha256, lambda: _measure(comics, task, max_pixels))

    common = margins_of_all(map(measure, _sample(list(manifest.pages()))))
    preset = replace(options.preset, margins=common, crop_margins=common is not None)
    return replace(manifest, options=replace(options, preset=preset))


def _sample(pages: Sequence[_Task]) -> list[_Task]:
    single = [
        (comic, page)
        for comic, page in pages
        if page.facts.spread is None and not is_strip(page.facts.width, page.facts.height)
    ]
    count = min(len(single), _MAX_MEASURED)
    return [single[place * len(single) // count] for place in range(count)]


def _measure(comics: OpenComics, task: _Task, max_pixels: int) -> Margins | None:
    try:
        with comics.read_page(*task) as stream:
            return measured_margins(stream, task[1].facts, max_pixels)
    except PageUnreadable:
        return None  # Its conversion will say what is wrong with it.

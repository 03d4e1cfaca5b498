"""Convert all pages of a job that its preset changes, several at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass
from functools import partial

from ...domain.job import Phase
from ...domain.library import ImageFacts
from ...domain.manifest import ManifestComic, ManifestPage
from ...domain.page_marks import marks_of_part
from ...packaging.naming import part_name
from ...packaging.pages import OutputPage
from .attempt import Attempt
from .page_cache import PageCache
from .sources import OpenComics

# Two pages of 9 megapixels that are decoded in full.
MAX_WORKING_BYTES = 110_000_000

Task = tuple[ManifestComic, ManifestPage]
Converted = tuple[ImageFacts, ...]  # One for each part of the page.


@dataclass(frozen=True)
class ConvertedPages:
    """The pages of one build that were converted: their parts by the key of the original."""

    cache: PageCache
    facts: Mapping[str, Converted]

    def parts_of(self, page: ManifestPage) -> list[OutputPage] | None:
        """Return what the page became, or None if its original is used."""
        parts = self.facts.get(page.facts.key)
        if parts is None:
            return None
        of_spread = page.facts.spread is not None
        return [
            OutputPage(
                part_name(page.name, part, len(parts)),
                facts,
                partial(self.cache.open, page, part),
                marks_of_part(page.marks, part, len(parts), of_spread=of_spread),
            )
            for part, facts in enumerate(parts)
        ]


def convert(
    attempt: Attempt, tasks: list[Task], cache: PageCache, comics: OpenComics
) -> ConvertedPages:
    """Convert the pages that are not in the cache, and return the facts of all.

    At most as many pages are in memory as there are worker threads, and fewer if they are very
    large.

    Raises:
        PageUnreadable: A page cannot be decoded; names the page.
        ComicChanged: A page is not what it was when the library was scanned.
        LeaseLost: The work has to stop, as with TimedOut and WorkerStopping. The parts in hand are
            finished first.
    """
    attempt.progress.start(Phase.CONVERTING)
    conversion = _Conversion(attempt, cache, comics, sum(cache.parts(page) for _, page in tasks))
    # What such a page shows of a strip is on the screens of its neighbours.
    without_parts = {page.facts.key: () for _, page in tasks if not cache.parts(page)}
    made = conversion.run(task for task in tasks if cache.parts(task[1]))
    return ConvertedPages(cache, without_parts | dict(made))


class _Conversion:
    """The conversion of one build's pages by a pool of threads, whose progress is counted."""

    def __init__(
        self, attempt: Attempt, cache: PageCache, comics: OpenComics, parts_total: int
    ) -> None:
        self._progress = attempt.progress
        self._threads = attempt.context.settings.worker_threads
        self._cache = cache
        self._comics = comics
        self._parts_total = parts_total
        self._parts_done = 0
        self._source_bytes = 0
        self._lock = threading.Lock()

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[str, Converted]]:
        """Yield the key of each original and the facts of its parts, in any order."""
        waiting = deque(tasks)
        running: dict[Future[Converted], Task] = {}
        with ThreadPoolExecutor(self._threads, thread_name_prefix="convert") as pool:
            while waiting or running:
                while waiting and self._has_room(running.values(), waiting[0]):
                    task = waiting.popleft()
                    running[pool.submit(self._convert_page, *task)] = task
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    _, page = running.pop(future)
                    yield page.facts.key, future.result()

    def _has_room(self, running: Collection[Task], task: Task) -> bool:
        """Return True if the page may be begun now. A page above the memory limit runs alone."""
        in_use = sum(self._cache.working_bytes(page) for _, page in running)
        return not running or (
            len(running) < self._threads
            and in_use + self._cache.working_bytes(task[1]) <= MAX_WORKING_BYTES
        )

    def _convert_page(self, comic: ManifestComic, page: ManifestPage) -> Converted:
        """Run in a thread of the pool."""
        bytes_per_part = page.facts.size_bytes // self._cache.parts(page)
        found: dict[int, ImageFacts] = {}
        # Closing the generator frees the page's lock even while an error is being handled.
        with closing(self._cache.converted_parts(self._comics, comic, page)) as parts:
            for part, facts in parts:
                found[part] = facts
                self._count_part(bytes_per_part)
        return tuple(found[part] for part in sorted(found))

    def _count_part(self, source_bytes: int) -> None:
        with self._lock:
            self._parts_done += 1
            self._source_bytes += source_bytes
            self._progress.converted(
                self._parts_done, self._parts_done / self._parts_total, self._source_bytes
            )

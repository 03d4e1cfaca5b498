"""Converting all pages of a job that its preset changes, several at a time."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from ...domain.job import Phase
from ...domain.library import ImageFacts
from ...domain.manifest import ManifestComic, ManifestPage
from .page_cache import PageCache
from .progress import AttemptProgress
from .sources import OpenComics

MAX_WORKING_BYTES = 110_000_000  # two pages of 9 megapixels that are decoded in full

Task = tuple[ManifestComic, ManifestPage]
Converted = tuple[ImageFacts, ...]  # one for each part of the page
Convert = Callable[[ManifestComic, ManifestPage], Converted]


def convert_pages(
    tasks: list[Task],
    pages: PageCache,
    comics: OpenComics,
    threads: int,
    progress: AttemptProgress,
) -> dict[str, Converted]:
    """The facts of every converted page, or of each of its parts, by the digest of its source.

    Only as many pages are in memory as there are threads, and fewer where they are very large. Raises what converting a
    page raises, and what ``progress`` raises when the work has to stop: then the parts in hand are finished and no more
    are begun.
    """
    progress.start(Phase.CONVERTING)
    tally = _Tally(progress, sum(pages.parts(page) for _, page in tasks))
    facts: dict[str, Converted] = {}

    def convert(comic: ManifestComic, page: ManifestPage) -> Converted:
        share = page.facts.size_bytes // pages.parts(page)
        return pages.get(comics, comic, page, on_part=lambda: tally.part_done(share))

    with ThreadPoolExecutor(threads, thread_name_prefix="convert") as pool:
        for (_, page), converted in _in_any_order(pool, tasks, pages, convert, threads):
            facts[page.facts.sha256] = converted
    return facts


class _Tally:
    """Counts what is done, whichever thread did it, and reports one after the other."""

    def __init__(self, progress: AttemptProgress, parts_total: int) -> None:
        self._progress = progress
        self._parts_total = parts_total
        self._parts_done = 0
        self._source_bytes = 0
        self._lock = threading.Lock()

    def part_done(self, source_bytes: int) -> None:
        with self._lock:
            self._parts_done += 1
            self._source_bytes += source_bytes
            self._progress.converted(
                self._parts_done, self._parts_done / self._parts_total, self._source_bytes
            )


def _in_any_order(
    pool: ThreadPoolExecutor,
    tasks: Iterable[Task],
    pages: PageCache,
    convert: Convert,
    threads: int,
) -> Iterator[tuple[Task, Converted]]:
    waiting = deque(tasks)
    running: dict[Future[Converted], Task] = {}
    while waiting or running:
        while waiting and _has_room(pages, running.values(), waiting[0], threads):
            task = waiting.popleft()
            running[pool.submit(convert, *task)] = task
        finished, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in finished:
            yield running.pop(future), future.result()


def _has_room(pages: PageCache, running: Collection[Task], task: Task, threads: int) -> bool:
    """True if the page may be begun beside those in hand; a page that is too large for the limit goes alone."""
    in_use = sum(pages.working_bytes(page) for _, page in running)
    return not running or (
        len(running) < threads and in_use + pages.working_bytes(task[1]) <= MAX_WORKING_BYTES
    )

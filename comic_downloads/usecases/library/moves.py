"""Tell which comics were renamed or moved, so that they keep their ids."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from heapq import nsmallest
from itertools import groupby
from operator import itemgetter
from pathlib import PurePosixPath

from ...db.comic_moves import PageId
from ...db.library_changes import KnownComic
from ...domain.library import Page, ScannedComic, fingerprint_of_files
from ...library.scanner import Findings, FoundComic

Known = dict[str, KnownComic]

# A comic that was moved and changed is the one it was if nine tenths of the pages are the same.
SAME_PAGES = 0.9
# Comics that have most pages in common almost surely have one of these in common.
_SMALLEST_IDS = 4
_COMPARED_COMICS = 20


def moved_comics(known: Known, findings: Findings) -> dict[str, str]:
    """Return the new path of each comic whose files were moved unchanged, by its old path.

    Its fingerprint is now at a path that had another comic or none. The path it had is free, or
    has another fingerprint.
    """
    found = {comic.path: comic for comic in findings.comics}
    places: dict[str, list[str]] = defaultdict(list)
    for path, comic in known.items():
        if (
            comic.fingerprint
            and not _stays(comic, found.get(path))
            and (path in found or not findings.may_hold(path))
        ):
            places[fingerprint_of_files(comic.fingerprint)].append(path)
    moves = {}
    for comic in findings.comics:
        if _stays(known.get(comic.path), comic):
            continue
        old_path = _take_nearest(places, comic, known)
        if old_path is not None:
            moves[old_path] = comic.path
    return moves


def _stays(known: KnownComic | None, found: FoundComic | None) -> bool:
    if known is None or found is None:
        return False
    return found.has_fingerprint(fingerprint_of_files(known.fingerprint))


def _take_nearest(places: dict[str, list[str]], comic: FoundComic, known: Known) -> str | None:
    """Remove and return the path with this comic's fingerprint that is most like its own."""
    for fingerprint in (comic.fingerprint, *comic.earlier_fingerprints):
        paths = places.get(fingerprint)
        if paths:
            nearest = max(paths, key=lambda path: _nearness(path, comic.path, known[path]))
            paths.remove(nearest)
            return nearest
    return None


def _nearness(old_path: str, path: str, known: KnownComic) -> tuple[bool, bool]:
    """Return a key that is larger for a comic that was listed until now or has the same name."""
    return not known.is_missing, PurePosixPath(old_path).name == PurePosixPath(path).name


KnownPages = Callable[[Sequence[str]], Iterable[tuple[str, PageId]]]


class GoneComics:
    """The known comics whose files were not found. A new comic may turn out to be one of them.

    Args:
        known: These comics, by path.
        known_pages: Yields comic id and PageId of each page of the comics with these ids.
    """

    def __init__(self, known: Known, known_pages: KnownPages) -> None:
        self._known = {comic.id: comic for comic in known.values()}
        self._paths = {comic.id: path for path, comic in known.items()}
        self._page_counts = sorted(comic.page_count for comic in known.values())
        self._known_pages = known_pages
        self._by_page: dict[PageId, set[str]] | None = None

    def may_be(self, scanned: ScannedComic) -> bool:
        """Return True if only the pages themselves can tell whether the comic is a gone one.

        That is if these were not read and no directory has their checksums, and if a gone comic has
        about as many pages.
        """
        if all(page.is_read or page.listed.crc32 is not None for page in scanned.pages):
            return False
        count = len(scanned.pages)
        at = bisect_left(self._page_counts, math.ceil(SAME_PAGES * count))
        return at < len(self._page_counts) and SAME_PAGES * self._page_counts[at] <= count

    def take_same(self, scanned: ScannedComic) -> str | None:
        """Return the id of the gone comic with the same pages, which is then no longer gone.

        Return None if there is none, or if too few pages are the same to be sure.
        """
        ids = set(filter(None, map(_page_id, scanned.pages)))
        if not self._known or not ids:
            return None
        pages: dict[str, set[PageId]] = defaultdict(set)
        for comic_id, page_id in self._known_pages(self._candidates(ids)):
            pages[comic_id].add(page_id)
        same = {
            comic_id: (len(ids & theirs), self._nearness(comic_id, scanned.path))
            for comic_id, theirs in pages.items()
            if len(ids & theirs) >= SAME_PAGES * max(len(ids), len(theirs))
        }
        if not same:
            return None
        best = max(same, key=lambda comic_id: same[comic_id])
        del self._known[best]
        return best

    def _nearness(self, comic_id: str, path: str) -> tuple[bool, bool]:
        return _nearness(self._paths[comic_id], path, self._known[comic_id])

    def _candidates(self, ids: set[PageId]) -> list[str]:
        """Return the ids of the gone comics that may have these pages."""
        if self._by_page is None:
            self._by_page = defaultdict(set)
            for comic_id, smallest in self._smallest_ids():
                self._by_page[smallest].add(comic_id)
        found = {
            comic_id
            for page_id in nsmallest(_SMALLEST_IDS, ids)
            for comic_id in self._by_page.get(page_id, ())
            if comic_id in self._known
        }
        return nsmallest(
            _COMPARED_COMICS,
            found,
            key=lambda comic_id: abs(self._known[comic_id].page_count - len(ids)),
        )

    def _smallest_ids(self) -> Iterable[tuple[str, PageId]]:
        """Yield comic id and page, a few for each gone comic."""
        rows = self._known_pages(sorted(self._known))
        for comic_id, of_comic in groupby(rows, key=itemgetter(0)):
            for _, page_id in nsmallest(_SMALLEST_IDS, of_comic):
                yield comic_id, page_id


def _page_id(page: Page) -> PageId | None:
    """Return what tells the page from others; None for a page that is damaged or not known yet."""
    if page.facts is not None:
        return page.facts.crc32, page.facts.size_bytes
    size_bytes, crc32 = page.listed
    if page.error or size_bytes is None or not crc32:
        return None
    return crc32, size_bytes

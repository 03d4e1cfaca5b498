"""Take some of the pages of a comic or of a manifest, and parse the range that names them."""

from __future__ import annotations

from dataclasses import replace

from .errors import InvalidRequest
from .manifest import Manifest, ManifestComic, ManifestPage
from .page_marks import marks_of_kept

# Limits the work of parsing, because every part of a range may name all pages of a long comic.
MAX_PAGE_RANGE_LENGTH = 2000


def select_pages(comic: ManifestComic, wanted: frozenset[int] | None) -> ManifestComic:
    """Return the comic with only the wanted page indexes; None keeps all."""
    if wanted is None:
        return comic
    return replace(
        comic,
        pages=_kept_pages(comic, wanted),
        missing=tuple(index for index in comic.missing if index in wanted),
    )


def slice_pages(manifest: Manifest, first: int, end: int) -> Manifest:
    """Return the manifest with only the pages from one place in the file to before another.

    Places count from 0, over all comics. A page that is left out as damaged goes with the page
    before it.
    """
    comics: list[ManifestComic] = []
    place = 0
    for comic in manifest.comics:
        start, stop = max(first - place, 0), min(end - place, len(comic.pages))
        place += len(comic.pages)
        if start < stop:
            comics.append(select_pages(comic, _indexes(comic, start, stop)))
    return replace(manifest, comics=tuple(comics))


def _indexes(comic: ManifestComic, start: int, stop: int) -> frozenset[int]:
    """Return the indexes of these pages, and of the missing ones among and behind them."""
    first = comic.pages[start].index if start else 0
    behind = comic.pages[stop].index if stop < len(comic.pages) else None
    missing = (
        index for index in comic.missing if index >= first and (behind is None or index < behind)
    )
    return frozenset((*(page.index for page in comic.pages[start:stop]), *missing))


def without_pages(comic: ManifestComic, damaged: frozenset[int]) -> ManifestComic:
    """Return the comic without the pages of these indexes, which count as missing."""
    present = frozenset(page.index for page in comic.pages)
    return replace(
        comic,
        pages=_kept_pages(comic, present - damaged),
        missing=tuple(sorted({*comic.missing, *(damaged & present)})),
    )


def _kept_pages(comic: ManifestComic, kept: frozenset[int]) -> tuple[ManifestPage, ...]:
    marks = marks_of_kept((page.marks, page.index in kept) for page in comic.pages)
    pages = (page for page in comic.pages if page.index in kept)
    return tuple(
        replace(page, marks=own) if own != page.marks else page
        for page, own in zip(pages, marks, strict=True)
    )


def parse_page_range(text: str, page_count: int) -> frozenset[int] | None:
    """Parse a range of pages as people write it, such as ``1-10, 15``, counted from 1.

    Return the page indexes, counted from 0. Return None, which means all pages, for ``all`` and for
    an empty text.

    Raises:
        InvalidRequest: The text is not a range of existing pages; the message quotes the wrong
            part.
    """
    if text.strip().lower() in {"", "all"}:
        return None
    if len(text) > MAX_PAGE_RANGE_LENGTH:
        raise InvalidRequest(
            f"The range of pages has {len(text):,} characters; "
            f"at most {MAX_PAGE_RANGE_LENGTH:,} are allowed."
        )
    spans = [_parse_span(part.strip(), page_count) for part in text.split(",") if part.strip()]
    if not spans:
        raise InvalidRequest(f"“{text.strip()}” names no page. Write it like 1-10, 15.")
    wanted: set[int] = set()
    covered = 0
    # In this order each page is added once, however often the text names it.
    for start, end in sorted(spans):
        wanted.update(range(max(start, covered), end))
        covered = max(covered, end)
    return frozenset(wanted)


def _parse_span(text: str, page_count: int) -> tuple[int, int]:
    """Return the first index of ``3``, ``3-`` or ``3-9``, and the index after the last."""
    first, dash, last = text.replace("–", "-").partition("-")
    try:
        start = int(first)
        end = (int(last) if last.strip() else page_count) if dash else start
    except ValueError as error:
        raise InvalidRequest(
            f"“{text}” is not a page or a range of pages. Write it like 1-10, 15."
        ) from error
    if start < 1:
        raise InvalidRequest(f"“{text}” is not a page: pages count from 1.")
    if start > end and last.strip():
        raise InvalidRequest(f"“{text}” is backwards. Did you mean {end}-{start}?")
    if start > page_count:
        raise InvalidRequest(f"Page {start} does not exist: the comic has {page_count} pages.")
    return start - 1, min(end, page_count)

"""What pages show of comics, as frozen values with finished labels."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ...domain.filenames import safe_filename
from ...domain.library import CreatorRole, ReadingDirection
from ...usecases.delivery.file_pages import ReadableFile
from ...usecases.library.status import LibraryStatus
from ...usecases.library.summaries import ComicDetail, ComicSummary, PageView
from .. import routes, wording

COVER_TINTS = 6
THUMBNAIL_HEIGHT = 288  # Twice the height on screen, for high-density displays.
READER_HEIGHT = 2160
DIRECTIONS = {
    ReadingDirection.LEFT_TO_RIGHT: "",
    ReadingDirection.RIGHT_TO_LEFT: "Reads right to left",
    ReadingDirection.VERTICAL: "Long strip",
}
SHOWN_ROLES = (
    (CreatorRole.WRITER, "Written by"),
    (CreatorRole.PENCILLER, "Drawn by"),
    (CreatorRole.INKER, "Inked by"),
    (CreatorRole.COLORIST, "Coloured by"),
    (CreatorRole.TRANSLATOR, "Translated by"),
)


@dataclass(frozen=True)
class PageThumb:
    """One page of the strip. ``number`` counts from 1, ``index`` from 0.

    ``original_url`` leads to the page's own bytes, to save as ``original_name``.
    """

    index: int
    number: int
    thumb_url: str
    image_url: str
    label: str
    problem: str
    original_url: str
    original_name: str


@dataclass(frozen=True)
class ComicPage:
    """The facts on the page of a comic, or of a finished file, which has few."""

    id: str = ""
    title: str = ""
    cover_url: str = ""
    tint: int = 0
    facts: str = ""
    series: str = ""
    series_href: str = ""
    credits: tuple[str, ...] = ()
    summary: str = ""
    direction: str = ""
    reads_right_to_left: bool = False
    problem: str = ""
    damage: str = ""
    left_out: str = ""


def comic_page(comic: ComicDetail) -> ComicPage:
    """Return the facts of a comic."""
    return ComicPage(
        id=comic.id,
        title=comic.name,
        cover_url=_cover(comic),
        tint=_tint(comic),
        facts=wording.facts(
            str(comic.year or ""),
            wording.count(comic.page_count, "page"),
            wording.size(comic.size_bytes),
        ),
        series=comic.series,
        series_href=routes.series_page(comic.series_id) if comic.series_id else "",
        credits=tuple(_credits(comic)),
        summary=comic.summary,
        direction=DIRECTIONS[comic.reading_direction],
        reads_right_to_left=comic.reading_direction is ReadingDirection.RIGHT_TO_LEFT,
        problem=comic.error,
        damage=_damage(comic.pages),
        left_out=_left_out(comic.deleted_pages),
    )


def page_thumbs(comic: ComicDetail) -> list[PageThumb]:
    """Return the strip of pages; damaged pages have a problem in place of images."""
    version = str(comic.size_bytes)
    return [
        PageThumb(
            index=page.index,
            number=page.index + 1,
            thumb_url=routes.page_image(comic.id, page.index, THUMBNAIL_HEIGHT, version)
            if not page.error
            else "",
            image_url=routes.page_image(comic.id, page.index, READER_HEIGHT, version)
            if not page.error
            else "",
            label=f"Page {page.index + 1}",
            problem=page.error,
            original_url=routes.original_page(comic.id, page.index),
            original_name=page_filename(comic.name, page),
        )
        for page in comic.pages
    ]


def page_filename(comic_name: str, page: PageView) -> str:
    """Return the name to save a page under, such as ``Harbour #1 - 003.jpg``."""
    ending = page.name.rpartition(".")[2].lower()
    return safe_filename(
        f"{comic_name} - {page.index + 1:03}", ending if ending.isalnum() else "jpg"
    )


def finished_file(file: ReadableFile) -> ComicPage:
    """Return the facts of a finished file that is read on a page."""
    return ComicPage(
        id=file.job_id,
        title=file.filename,
        reads_right_to_left=file.reading_direction is ReadingDirection.RIGHT_TO_LEFT,
    )


def finished_pages(file: ReadableFile) -> list[PageThumb]:
    """Return the strip of the pages that a finished file holds."""
    job_id, stem = file.job_id, file.filename.rpartition(".")[0]
    return [
        PageThumb(
            index=index,
            number=index + 1,
            thumb_url=routes.finished_page_image(job_id, index, THUMBNAIL_HEIGHT),
            image_url=routes.finished_page_image(job_id, index, READER_HEIGHT),
            label=f"Page {index + 1}",
            problem="",
            original_url=routes.finished_page(job_id, index),
            original_name=f"{stem} - {index + 1:03}",
        )
        for index in range(file.page_count)
    ]


def shortened(lines: Sequence[str], limit: int) -> list[str]:
    """Return the first ``limit`` lines and, as one more line, the number of the others."""
    rest = len(lines) - limit
    return [*lines[:limit], *([f"and {rest} more"] if rest > 0 else [])]


def scan_label(status: LibraryStatus) -> str:
    """Return how the running scan looks for comics; empty if none does."""
    if status.reading:
        return ""
    if status.waiting:
        return "Waiting for a worker to scan"
    if not status.scanning:
        return ""
    if not status.comics_total:
        return "Scanning the library folder"
    number = min(status.comics_done + 1, status.comics_total)
    return f"Looking at comic {number:,} of {status.comics_total:,}"


def looked_label(status: LibraryStatus) -> str:
    """Return what is still to be done with comics that were found; empty if there is nothing."""
    reading = wording.count(status.unread_comics, "comic")
    growing = wording.count(status.growing_comics, "file")
    verb = "is" if status.growing_comics == 1 else "are"
    return wording.facts(
        f"reading the pages of {reading}" if status.unread_comics else "",
        f"{growing} {verb} still being written" if status.growing_comics else "",
    )


def _cover(comic: ComicSummary) -> str:
    return routes.on_backend(comic.cover_url) if comic.cover_url else ""


def tint(name: str) -> int:
    """Return the colour behind a cover, 0 to 5, which is always the same for a name."""
    return zlib.crc32(name.encode()) % COVER_TINTS


def _tint(comic: ComicSummary) -> int:
    """Return the same colour for all comics of a series."""
    return tint(comic.series or comic.name)


def _credits(comic: ComicDetail) -> Iterable[str]:
    for role, words in SHOWN_ROLES:
        names = [creator.name for creator in comic.creators if creator.role == role]
        if names:
            yield f"{words} {wording.listed(names)}"


def _damage(pages: Iterable[PageView]) -> str:
    """Return the numbers of the damaged pages as a sentence; empty if there are none."""
    damaged = [str(page.index + 1) for page in pages if page.error]
    if not damaged:
        return ""
    shown = damaged if len(damaged) <= 8 else [*damaged[:7], f"{len(damaged) - 7} more"]
    return (
        f"Page {damaged[0]} cannot be read."
        if len(damaged) == 1
        else f"Pages {wording.listed(shown)} cannot be read."
    )


def _left_out(deleted_pages: int) -> str:
    """Return a sentence about the pages that the comic marks as deleted; empty if it has none."""
    if not deleted_pages:
        return ""
    verb = "is" if deleted_pages == 1 else "are"
    return f"{wording.count(deleted_pages, 'page')} marked as deleted {verb} left out."

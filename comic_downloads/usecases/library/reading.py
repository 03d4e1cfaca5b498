"""Read the pages of comics that are listed: their sizes, their digests, and what is damaged."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from ...db import reading
from ...db.reading import UnreadComic
from ...domain.errors import ComicChanged, ComicOutOfReach, ComicUnreadable, LibraryAway, Place
from ...domain.library import fingerprint_of_files
from ...library.presence import KnownMounts, away_error
from ...library.reader import PageReader, PageReading, common_error, directed
from ...library.scanner import find_comic
from ...library.sources import open_comic
from ...packaging import images
from ..context import Context

# A process that is killed has read so much in vain at most.
SAVE_SECONDS = 1.0
# Somebody who opens a comic waits so long for its pages; the worker reads the others next.
OPENING_SECONDS = 5.0
# SQLite takes 32,766 values in one statement, and older builds take 999.
_IDS_PER_STATEMENT = 500

log = logging.getLogger(__name__)


class _OutOfTime(Exception):
    """The time to read while somebody waits is over."""


def read_listed(
    context: Context,
    comic_id: str,
    on_page: Callable[[], None],
    *,
    only: Collection[int] | None = None,
) -> None:
    """Read the pages of a listed comic as ``read_pages``, if it has some that were not read yet.

    Raises the errors of ``read_pages``.
    """
    with context.db.read() as session:
        comic = reading.unread_comic(session, comic_id)
    if comic is not None:
        read_pages(context, comic, on_page, only=only)


def read_pages(
    context: Context,
    comic: UnreadComic,
    on_page: Callable[[], None],
    *,
    only: Collection[int] | None = None,
) -> None:
    """Read those pages of a comic that were not read yet, and write what they are.

    Pages are written about once a second, so that those who are stopped continue where they were.

    Args:
        context: The services of this process.
        comic: The comic.
        on_page: Called before each page, and may raise to stop.
        only: The indexes of the pages to read; None for all.

    Raises:
        LibraryAway: Its disk is not mounted. What was not read stays so.
        ComicChanged: Its files are not those that were listed.
    """
    _require_same_files(context, comic)
    work = _Reading(context, comic, on_page)
    try:
        with open_comic(context.settings.library / comic.path, comic.kind) as source:
            for index, name in comic.pages:
                if only is None or index in only:
                    work.add(index, work.reader.read(source, name))
    except ComicUnreadable as error:
        _require_same_files(context, comic)
        _give_up(context, comic, error)
        return
    except BaseException:
        work.save()
        raise
    work.end()


def ask_for(context: Context, comic_ids: Sequence[str]) -> None:
    """Let comics that are not wholly read be read before others by the scan that reads them."""
    with context.db.write() as session:
        for start in range(0, len(comic_ids), _IDS_PER_STATEMENT):
            part = comic_ids[start : start + _IDS_PER_STATEMENT]
            reading.note_asked(session, part, context.clock())


def read_while_waiting(
    context: Context, comic_ids: Sequence[str], *, only: Collection[int] | None = None
) -> None:
    """Read comics that somebody is opening, for OPENING_SECONDS at most.

    A worker reads the rest next. Whatever fails then shows in the comic, or at the next scan.
    """
    if not comic_ids:
        return
    ask_for(context, comic_ids)
    end = context.monotonic() + OPENING_SECONDS

    def check() -> None:
        if context.monotonic() > end:
            raise _OutOfTime

    for comic_id in comic_ids:
        try:
            read_listed(context, comic_id, check, only=only)
        except _OutOfTime:
            return
        except (LibraryAway, ComicChanged) as error:
            log.info(
                "Comic not read while it was opened: %s",
                error.detail,
                extra={"action": "comic_not_read", "comic_id": comic_id},
            )


@dataclass
class _Reading:
    """The pages that were read and not written yet."""

    context: Context
    comic: UnreadComic
    on_page: Callable[[], None]
    read: dict[int, PageReading] = field(default_factory=dict)
    may_pass: bool = False
    saved_at: float = field(init=False)
    reader: PageReader = field(init=False)

    def __post_init__(self) -> None:
        self.saved_at = self.context.monotonic()
        # Looked up now, because tests count the calls of the probe.
        self.reader = PageReader(images.probe, self.context.settings.max_page_pixels, self.on_page)

    def add(self, index: int, page: PageReading) -> None:
        """Take what was read of a page.

        Raises:
            LibraryAway: The page could not be read because its disk is gone.
            ComicChanged: It could not be read because the files are others now.
        """
        if page.error:
            _require_same_files(self.context, self.comic)
        self.may_pass = self.may_pass or page.may_pass
        self.read[index] = page
        if self.context.monotonic() - self.saved_at >= SAVE_SECONDS:
            self.save()

    def save(self) -> None:
        """Write the pages that were read, unless the comic was listed again meanwhile."""
        pages = {index: (page.facts, page.error) for index, page in self.read.items()}
        with self.context.db.write() as session:
            reading.save_pages(session, self.comic, pages)
        self.read.clear()
        self.saved_at = self.context.monotonic()

    def end(self) -> None:
        """Write the last pages and, if none is left, what follows from all for the comic.

        Raises:
            ComicChanged: Its files became others, so nothing is written.
        """
        with suppress(LibraryAway):  # It was read from files that were still open.
            _require_same_files(self.context, self.comic)
        pages = {index: (page.facts, page.error) for index, page in self.read.items()}
        with self.context.db.write() as session:
            if not reading.save_pages(session, self.comic, pages):
                return
            comic, rows = reading.pages_of_read(session, self.comic.id)
            if comic.unread_pages:
                return
            metadata = directed(reading.metadata_of(comic), reading.sizes_of_readable(rows))
            error = common_error([row.error for row in rows])
            reading.conclude(comic, rows, metadata, error, again=self.may_pass)


def _require_same_files(context: Context, comic: UnreadComic) -> None:
    """Check that the comic's files are those that were listed.

    Raises:
        LibraryAway: Their disk is not mounted.
        ComicChanged: They were changed, moved or removed.
    """
    settings = context.settings
    found = find_comic(settings.library, comic.path)
    if found is not None and found.has_fingerprint(fingerprint_of_files(comic.fingerprint)):
        return
    if KnownMounts(settings.library, settings.library_mounts).is_away(comic.path):
        raise away_error()
    raise ComicChanged(
        f"“{comic.path}” was changed, moved or removed after it was listed. "
        "Scan the library, then try again.",
        place=Place(comic.id),
    )


def _give_up(context: Context, comic: UnreadComic, error: ComicUnreadable) -> None:
    log.info(
        "Comic not read: %s", error.detail, extra={"action": "comic_not_read", "comic_id": comic.id}
    )
    with context.db.write() as session:
        reading.give_up(session, comic, error.detail, again=isinstance(error, ComicOutOfReach))

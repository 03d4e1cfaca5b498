"""The state of the library: the progress of its scan, and the problems of the last one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ...db import library, reading, scans
from ...db.library import ListedComic
from ...db.tables import LibraryScan
from ...library.presence import away_message
from ..context import Context

MAX_DAMAGED_LISTED = 100
MAX_METADATA_ERRORS_LISTED = 100


@dataclass(frozen=True)
class DamagedComic:
    """A comic that cannot be read, wholly or in part. ``path`` is relative to the library."""

    id: str
    title: str
    path: str
    reason: str


@dataclass(frozen=True)
class LibraryStatus:
    """The library's state.

    ``comics_done`` and ``comics_total`` belong to the running scan, ``finished_at`` and
    ``problems`` to the last finished one. A scan that is ``reading`` has listed all comics; its
    problems are known then. ``waiting`` means that a scan waits for a worker.

    ``unread_comics`` are listed and not wholly read. ``growing_comics`` still changed at
    ``listed_at``, when all comics were last looked for, and wait until they rest.

    A library that is ``away`` now is the first of the problems, and metadata that cannot be read
    comes last; ``away`` is empty while the library is there.
    """

    scanning: bool
    reading: bool
    waiting: bool
    comics_done: int
    comics_total: int
    comic_count: int
    unread_comics: int
    growing_comics: int
    listed_at: datetime | None
    finished_at: datetime | None
    damaged: tuple[DamagedComic, ...]
    problems: tuple[str, ...]
    away: str


def library_status(context: Context) -> LibraryStatus:
    """Return the state of the library, with at most MAX_DAMAGED_LISTED damaged comics."""
    with context.db.read() as session:
        open_scan, last = scans.latest_scans(session)
        damaged = library.damaged_comics(session, MAX_DAMAGED_LISTED)
        unread = library.metadata_errors(session, MAX_METADATA_ERRORS_LISTED)
        count = library.count_comics(session)
        unread_comics = reading.count_to_read(session)
    is_away = count > 0 and context.library_probe.is_away(context.settings.library)
    away = away_message(context.settings.library) if is_away else ""
    scanning = open_scan is not None and open_scan.started_at is not None
    is_listed = open_scan is not None and open_scan.listed_at is not None
    # Scans of earlier versions listed and read comics at once, until they finished.
    listed = open_scan if is_listed else last
    return LibraryStatus(
        scanning=scanning,
        reading=is_listed,
        waiting=open_scan is not None and not scanning,
        comics_done=open_scan.comics_done if open_scan else 0,
        comics_total=open_scan.comics_total if open_scan else 0,
        comic_count=count,
        unread_comics=unread_comics,
        growing_comics=listed.growing if listed else 0,
        listed_at=(listed.listed_at or listed.finished_at) if listed else None,
        finished_at=last.finished_at if last else None,
        damaged=tuple(map(_damaged_comic, damaged)),
        problems=(
            *((away,) if is_away else ()),
            *_problems(context, open_scan.problems if open_scan and is_listed else _said(last)),
            *(f"{path}: {why}" for path, why in unread),
        ),
        away=away,
    )


def _said(last: LibraryScan | None) -> str:
    return last.error if last else ""


def _problems(context: Context, said: str) -> tuple[str, ...]:
    """Return what the scan could not read; that the library was away then is no news."""
    away = away_message(context.settings.library)
    return tuple(line for line in said.splitlines() if line != away)


def _damaged_comic(listed: ListedComic) -> DamagedComic:
    comic = listed.comic
    pages = "1 page" if comic.damaged_pages == 1 else f"{comic.damaged_pages} pages"
    reason = comic.error or f"{pages} of {comic.page_count} cannot be read."
    return DamagedComic(comic.id, listed.name, comic.path, reason)

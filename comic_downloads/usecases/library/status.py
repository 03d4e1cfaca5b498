"""The state of the library: the progress of its scan, and the problems of the last one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ...db import library, scans
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
    ``problems`` to the last finished one. ``waiting`` means that a scan is requested but has not
    started. A library that is ``away`` now is the first of the problems, and metadata that cannot
    be read comes last; ``away`` is empty while the library is there.
    """

    scanning: bool
    waiting: bool
    comics_done: int
    comics_total: int
    comic_count: int
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
    is_away = count > 0 and context.library_probe.is_away(context.settings.library)
    away = away_message(context.settings.library) if is_away else ""
    scanning = open_scan is not None and open_scan.started_at is not None
    return LibraryStatus(
        scanning=scanning,
        waiting=open_scan is not None and not scanning,
        comics_done=open_scan.comics_done if open_scan else 0,
        comics_total=open_scan.comics_total if open_scan else 0,
        comic_count=count,
        finished_at=last.finished_at if last else None,
        damaged=tuple(map(_damaged_comic, damaged)),
        problems=(
            *((away,) if is_away else ()),
            *_problems(context, last),
            *(f"{path}: {why}" for path, why in unread),
        ),
        away=away,
    )


def _problems(context: Context, last: LibraryScan | None) -> tuple[str, ...]:
    """Return what the scan could not read; that the library was away then is no news."""
    lines = last.error.splitlines() if last else ()
    return tuple(line for line in lines if line != away_message(context.settings.library))


def _damaged_comic(listed: ListedComic) -> DamagedComic:
    comic = listed.comic
    pages = "1 page" if comic.damaged_pages == 1 else f"{comic.damaged_pages} pages"
    reason = comic.error or f"{pages} of {comic.page_count} cannot be read."
    return DamagedComic(comic.id, listed.name, comic.path, reason)
